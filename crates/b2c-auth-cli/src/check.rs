//! `b2c-auth check`: whether the gateway could use a configuration.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use crate::{cli::CheckArguments, configuration::Configuration, user_map::UserMap};

pub(crate) fn run(arguments: &CheckArguments) -> Result<ExitCode, Box<dyn Error>> {
    let (configuration, source) = match &arguments.file {
        Some(file) => {
            let configuration = Configuration::read_file(file, &arguments.references)?;
            (configuration, file.display().to_string())
        }
        None => (Configuration::of_env()?, "the environment".to_owned()),
    };
    let configuration = configuration.with_users(arguments.user_map.is_some())?;
    arguments
        .user_map
        .as_deref()
        .map(UserMap::read)
        .transpose()?;
    let layer = configuration.layer(None);
    drop(layer.map_err(|error| format!("{source}: {error}"))?);
    let mut out = io::stdout().lock();
    for remark in &configuration.remarks {
        writeln!(out, "{remark}")?;
    }
    if let Some(setting) = configuration.setting_about_originals() {
        writeln!(
            out,
            "{setting}: the gateway needs --forwarded for it, unless it serves only Envoy over gRPC"
        )?;
    }
    writeln!(out, "{source}: usable")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
