//! `b2c-auth check`: whether the gateway could use a configuration.

use std::{error::Error, fmt::Write as _, process::ExitCode};

use crate::{
    all_errors::AllErrors, cli::CheckArguments, configuration::Configuration,
    gateway::token_removal::RemovingProxy, output, user_map::UserMap,
};

pub(crate) fn run(arguments: &CheckArguments) -> Result<ExitCode, Box<dyn Error>> {
    let (configuration, source) = match &arguments.file {
        Some(file) => (
            Configuration::read_file(file, &arguments.references),
            file.display().to_string(),
        ),
        None => (
            Configuration::of_env(&arguments.references),
            "the environment".to_owned(),
        ),
    };
    let mut errors = AllErrors::default();
    errors.value(arguments.proxy.check());
    let map = arguments.user_map.as_deref();
    let users = map.and_then(|map| errors.value(UserMap::read(map)).zip(Some(map)));
    let Some(mut configuration) = errors.value(configuration) else {
        return Err(errors.into());
    };
    if arguments.user_map.is_some() {
        errors.value(configuration.set_users(true));
    }
    errors.value(configuration.check_headers());
    let proxy = RemovingProxy::named_by(&arguments.proxy);
    errors.value(proxy.removal(&configuration.settings.token));
    configuration.note_headers(arguments.proxy.forwarded);
    let layer = configuration.layer(None);
    errors.value(layer.map_err(|error| format!("{source}: {error}")));
    errors.finish()?;
    let mut out = String::new();
    for remark in &configuration.remarks {
        writeln!(out, "{remark}")?;
    }
    for remark in users.iter().flat_map(|(users, map)| users.remarks(map)) {
        writeln!(out, "{remark}")?;
    }
    // In the gateway, the layer logs these.
    for warning in configuration.warnings() {
        writeln!(out, "{warning}")?;
    }
    if let Some(setting) = configuration.setting_about_originals()
        && arguments.proxy.forwarded.is_none()
    {
        let note = "the gateway needs --forwarded or B2C_AUTH_FORWARDED for this, unless it serves only Envoy over gRPC";
        let note = configuration.remark(setting, format_args!("…"), note);
        writeln!(out, "{note}")?;
    }
    if arguments.proxy.remove_token && arguments.proxy.forwarded.is_none() {
        writeln!(
            out,
            "--remove-token: the gateway needs --forwarded or B2C_AUTH_FORWARDED for this, unless it serves only Envoy over gRPC; give --forwarded here too, and the removal is checked as well"
        )?;
    }
    if arguments.user_map.is_none()
        && let Some(note) = configuration.note_on_users()
    {
        writeln!(out, "{note}")?;
    }
    writeln!(out, "{source}: usable")?;
    output::print(&output::printable(&out))?;
    Ok(ExitCode::SUCCESS)
}
