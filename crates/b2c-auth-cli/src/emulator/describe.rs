//! The output of the command once the emulator is ready.

use std::{
    io::{self, Write},
    path::Path,
};

use b2c_emulator::{Emulator, TenantHandle};

use crate::cli::EmulatorArguments;

/// Prints the base URL first. Scripts wait for this line. `ca` is the file of the certificate authority.
pub(super) fn describe(
    emulator: &Emulator,
    arguments: &EmulatorArguments,
    ca: Option<&Path>,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "base     {}", emulator.base_url())?;
    for tenant in emulator.tenants() {
        describe_tenant(&mut out, &tenant)?;
    }
    writeln!(out, "control  {}/emulator/", emulator.base_url())?;
    writeln!(out, "page     {}/emulator", emulator.base_url())?;
    if let Some(ca) = ca {
        describe_trust(&mut out, emulator, ca)?;
    }
    describe_tokens(&mut out, emulator, arguments)?;
    out.flush()
}

fn describe_tenant(out: &mut impl Write, tenant: &TenantHandle) -> io::Result<()> {
    writeln!(out, "tenant   {} ({})", tenant.tenant(), tenant.tenant_id())?;
    for issuer in tenant.issuers() {
        writeln!(out, "issuer   {issuer}")?;
    }
    for url in tenant.metadata_urls() {
        writeln!(out, "metadata {url}")?;
    }
    Ok(())
}

fn describe_trust(out: &mut impl Write, emulator: &Emulator, ca: &Path) -> io::Result<()> {
    let file = ca.display();
    writeln!(out, "ca       {}/emulator/ca.pem", emulator.base_url())?;
    writeln!(
        out,
        "\n# to trust it: Node.js, OpenSSL and curl, Python's requests"
    )?;
    writeln!(out, "export NODE_EXTRA_CA_CERTS={file}")?;
    writeln!(out, "export SSL_CERT_FILE={file}")?;
    writeln!(out, "export REQUESTS_CA_BUNDLE={file}")?;
    writeln!(out, "# Chromium's profile (package libnss3-tools)")?;
    writeln!(
        out,
        "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n b2c-auth-emulator -i {file}"
    )
}

fn describe_tokens(
    out: &mut impl Write,
    emulator: &Emulator,
    arguments: &EmulatorArguments,
) -> io::Result<()> {
    let mut applications = emulator.applications().iter();
    let audience = arguments.audience.as_deref().or_else(|| {
        let api = applications.find(|application| !application.scopes.is_empty())?;
        Some(emulator.audience_of(api))
    });
    let mut tokens: Vec<_> = emulator.policies().map(|it| (it, it)).collect();
    // Only a B2C tenant has policies; without a policy, it issues no tokens. The other tenants ignore the policy.
    if tokens.is_empty() && !emulator.metadata_urls().is_empty() {
        tokens.push((emulator.tenant(), ""));
    }
    if tokens.is_empty() {
        return Ok(());
    }
    for (name, policy) in tokens {
        let mut token = match audience {
            Some(audience) => {
                writeln!(out, "\n# {name}, for {audience}, valid for an hour")?;
                emulator.token_for(policy, audience)
            }
            None => emulator.token(policy),
        };
        if !arguments.scope.is_empty() {
            token = token.scope(arguments.scope.join(" "));
        }
        writeln!(out, "TOKEN={}", token.sign())?;
    }
    writeln!(
        out,
        "\ncurl -i -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:3000/tasks"
    )
}
