//! `b2c-auth emulator`: a local tenant until somebody stops it.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use b2c_emulator::{Emulator, IssuerForm};

use crate::{cli::EmulatorArguments, signals::Stops};

pub(crate) async fn run(arguments: EmulatorArguments) -> Result<ExitCode, Box<dyn Error>> {
    let mut stops = Stops::new()?;
    let mut builder = Emulator::builder()
        .listen(arguments.listen)
        .tenant(&arguments.tenant)
        .tenant_id(&arguments.tenant_id)
        .control(true);
    for policy in &arguments.policy {
        builder = builder.policy(policy);
    }
    let tenant = builder.start().await?;
    describe(&tenant, &arguments)?;
    stops.next().await?;
    Ok(ExitCode::SUCCESS)
}

fn describe(tenant: &Emulator, arguments: &EmulatorArguments) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "tenant   {} ({})", tenant.tenant(), tenant.tenant_id())?;
    writeln!(out, "issuer   {}", tenant.issuer(&IssuerForm::Default))?;
    for policy in tenant.policies() {
        writeln!(out, "metadata {}", tenant.metadata_url(policy))?;
    }
    writeln!(out, "control  {}/emulator/", tenant.base_url())?;
    for policy in tenant.policies() {
        let mut token = tenant.token(policy).audience(&arguments.audience);
        if !arguments.scope.is_empty() {
            token = token.scope(arguments.scope.join(" "));
        }
        writeln!(
            out,
            "\n# {policy}, for {}, valid for an hour",
            arguments.audience
        )?;
        writeln!(out, "TOKEN={}", token.sign())?;
    }
    writeln!(
        out,
        "\ncurl -i -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:3000/tasks"
    )?;
    out.flush()
}
