//! `b2c-auth token`: a token from a running emulator.

use std::{error::Error, fmt, iter::successors, process::ExitCode};

use reqwest::{StatusCode, Url};
use serde_json::{Map, Value, json};

use crate::{cli::TokenArguments, file, output};

pub(crate) async fn run(arguments: TokenArguments) -> Result<ExitCode, Box<dyn Error>> {
    let mut url = arguments.emulator.join("/emulator/tokens")?;
    if let Some(tenant) = &arguments.tenant {
        url.query_pairs_mut().append_pair("tenant", tenant);
    }
    let request = client(&arguments)?
        .post(url)
        .header("content-type", "application/json")
        .body(token_request(&arguments).to_string());
    let response = request.send().await;
    let response = response.map_err(|error| failed(error, &arguments))?;
    let status = response.status();
    let answer = response.bytes().await?;
    // Without JSON, it is perhaps no emulator.
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    if status != StatusCode::OK {
        let error = answer["error"].as_str().map(str::to_owned);
        let error = error.unwrap_or_else(|| format!("the emulator answered with status {status}"));
        return Err(error.into());
    }
    let token = answer["access_token"].as_str();
    let token = token.ok_or("the emulator answered without a token")?;
    output::print(&format!("{token}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Says what to do about a certificate of the emulator's own authority. The certificate may have been refused for another reason, such as its date, so the
/// error keeps the client's error as its source.
fn failed(error: reqwest::Error, arguments: &TokenArguments) -> Box<dyn Error> {
    let causes = successors(error.source(), |&cause| cause.source());
    let is_certificate = causes
        .map(ToString::to_string)
        .any(|it| it.contains("certificate"));
    match is_certificate && arguments.ca.is_none() {
        true => Box::new(Untrusted {
            emulator: arguments.emulator.clone(),
            cause: error,
        }),
        false => error.into(),
    }
}

#[derive(Debug)]
struct Untrusted {
    emulator: Url,
    cause: reqwest::Error,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remedy =
            "give the file that the emulator names in its output, with --ca or in SSL_CERT_FILE";
        let Self { emulator, .. } = self;
        write!(
            f,
            "the emulator's certificate is refused: {remedy} ({emulator})"
        )
    }
}

impl Error for Untrusted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

/// The body for the control endpoint.
fn token_request(arguments: &TokenArguments) -> Value {
    let claims = arguments.claims.iter();
    let claims: Map<String, Value> = claims
        .map(|(name, text)| {
            let value = serde_json::from_str(text);
            (name.clone(), value.unwrap_or_else(|_| json!(text)))
        })
        .collect();
    let scope = (!arguments.scope.is_empty()).then(|| arguments.scope.join(" "));
    let expires_in = arguments.expires_in.map(|time| time.as_secs());
    json!({
        "policy": arguments.policy,
        "tenant_id": arguments.tenant_id,
        "audience": arguments.audience,
        "scope": scope,
        "roles": arguments.role,
        "claims": claims,
        "expires_in": expires_in,
        "kind": if arguments.id_token { "id" } else { "access" },
    })
}

/// A client that uses no proxy, because the emulator is on this machine.
fn client(arguments: &TokenArguments) -> Result<reqwest::Client, Box<dyn Error>> {
    let mut client = reqwest::Client::builder().no_proxy();
    if let Some(file) = &arguments.ca {
        let authority = reqwest::Certificate::from_pem(file::read(file)?.as_bytes())?;
        client = client.tls_certs_merge([authority]);
    }
    Ok(client.build()?)
}
