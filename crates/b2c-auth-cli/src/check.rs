//! `b2c-auth check`: whether the gateway could use a configuration.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use crate::{cli::CheckArguments, configuration::Configuration};

pub(crate) fn run(arguments: &CheckArguments) -> Result<ExitCode, Box<dyn Error>> {
    let file = &arguments.file;
    let configuration = Configuration::read_file(file, &arguments.references)?;
    let layer = configuration.layer(None);
    drop(layer.map_err(|error| format!("{}: {error}", file.display()))?);
    let mut out = io::stdout().lock();
    for remark in &configuration.remarks {
        writeln!(out, "{remark}")?;
    }
    if let Some(setting) = configuration.setting_about_originals() {
        writeln!(
            out,
            "{setting}: the gateway needs --forwarded for it, unless Envoy asks over gRPC alone"
        )?;
    }
    writeln!(out, "{}: usable", file.display())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
