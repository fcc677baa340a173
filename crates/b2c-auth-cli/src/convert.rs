//! `b2c-auth convert`: a `validate-jwt` document as TOML.

use std::{error::Error, future::ready, pin::Pin, process::ExitCode};

use tower_b2c_auth::{B2cAuthBuilder, Fetch, FetchError};

use crate::{cli::ConvertArguments, output, validate_jwt};

pub(crate) fn run(arguments: &ConvertArguments) -> Result<ExitCode, Box<dyn Error>> {
    let (converted, remarks) =
        validate_jwt::read(&arguments.document, None, &arguments.references)?;
    for remark in remarks {
        output::note(remark);
    }
    let toml = converted.to_toml()?;
    // Settings that cannot be used are printed too, because the operator can correct them.
    output::print(&toml)?;
    let builder = B2cAuthBuilder::from(converted.settings).fetch(NoFetch);
    match builder.build() {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error.in_toml(OUTPUT, &toml).into()),
    }
}

/// Instead of the default fetcher, which cannot be made on a machine without trusted certificates.
#[derive(Debug)]
struct NoFetch;

impl Fetch for NoFetch {
    fn get(
        &self,
        _url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        Box::pin(ready(Err(FetchError::Connect)))
    }
}

/// Instead of the name of a file, in front of the lines of mistakes.
const OUTPUT: &str = "output";
