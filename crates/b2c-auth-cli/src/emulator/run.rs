use std::{
    error::Error,
    fs, io,
    path::{self, PathBuf},
    process::ExitCode,
};

use b2c_emulator::{Emulator, EmulatorError, Https, Seed};

use super::{ca_folder, describe::describe};
use crate::{cli::EmulatorArguments, file, signals::Stops};

pub(crate) async fn run(arguments: EmulatorArguments) -> Result<ExitCode, Box<dyn Error>> {
    // Before scripts learn that the emulator is ready.
    let mut stops = Stops::new()?;
    let seed = match &arguments.seed {
        Some(file) => Seed::from_toml(&file::read(file, Some("--seed"))?)
            .map_err(|error| format!("{}: {error}", file.display()))?,
        None => Seed::default(),
    };
    let mut builder = Emulator::builder()
        .listen(arguments.listen)
        .seed(seed)
        .strict_openid(arguments.strict_openid)
        .control(true);
    if let Some(name) = &arguments.tenant {
        builder = builder.tenant(name);
    }
    if let Some(id) = &arguments.tenant_id {
        builder = builder.tenant_id(id);
    }
    for policy in &arguments.policy {
        builder = builder.policy(policy);
    }
    if arguments.https {
        builder = builder.https(match (&arguments.ca_folder, &arguments.ephemeral) {
            (_, Some(_)) => Https::ephemeral(),
            (Some(folder), None) => Https::kept_in(folder),
            (None, None) => Https::kept_in(ca_folder::default()?),
        });
    }
    let emulator = match builder.start().await {
        Err(EmulatorError::Listen(error)) => {
            let address = arguments.listen;
            return Err(format!("cannot listen on {address} (--listen): {error}").into());
        }
        started => started?,
    };
    let ca = ca_file(&emulator, &arguments)?;
    match describe(&emulator, &arguments, ca.as_deref()) {
        // A script may close the pipe after reading the lines that it needs, and go on using the emulator.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    stops.next().await?;
    Ok(ExitCode::SUCCESS)
}

/// The file with the certificate of the authority, from which clients read it. It has no key.
fn ca_file(
    emulator: &Emulator,
    arguments: &EmulatorArguments,
) -> Result<Option<PathBuf>, Box<dyn Error>> {
    let Some(authority) = emulator.authority() else {
        return Ok(None);
    };
    let Some(file) = &arguments.ephemeral else {
        return Ok(authority.file().map(PathBuf::from));
    };
    fs::write(file, authority.pem()).map_err(|error| format!("{}: {error}", file.display()))?;
    // For clients in another folder.
    Ok(Some(path::absolute(file)?))
}
