use std::{error::Error, io, process::ExitCode};

use b2c_emulator::{Emulator, Https, Seed};

use super::{
    ca_folder::{self, PublicCopy},
    describe::describe,
};
use crate::{cli::EmulatorArguments, file, signals::Stops};

pub(crate) async fn run(arguments: EmulatorArguments) -> Result<ExitCode, Box<dyn Error>> {
    // Before anything is made that has to be deleted at the end, and before scripts learn that the emulator is ready.
    let mut stops = Stops::new()?;
    let seed = match &arguments.seed {
        Some(file) => Seed::from_toml(&file::read(file)?)
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
        builder = builder.https(match (&arguments.ca_folder, arguments.ephemeral) {
            (_, true) => Https::ephemeral(),
            (Some(folder), false) => Https::kept_in(folder),
            (None, false) => Https::kept_in(ca_folder::default()?),
        });
    }
    let emulator = builder.start().await?;
    // Clients read the certificate from a file, so an ephemeral authority gets a temporary one.
    let copy = emulator
        .authority()
        .filter(|authority| authority.file().is_none())
        .map(PublicCopy::write)
        .transpose()?;
    match describe(&emulator, &arguments, copy.as_ref()) {
        // A script may close the pipe after reading the lines that it needs, and go on using the emulator.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    stops.next().await?;
    Ok(ExitCode::SUCCESS)
}
