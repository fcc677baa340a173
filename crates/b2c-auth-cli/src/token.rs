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

/// Adds to the client's error what to do about it, where that is known. A certificate may have been refused for another reason, such as its date, so the new
/// error keeps the client's as its source.
fn failed(error: reqwest::Error, arguments: &TokenArguments) -> Box<dyn Error> {
    let causes = successors(error.source(), |&cause| cause.source());
    let causes = causes.map(ToString::to_string).collect::<Vec<_>>();
    let has = |text: &str| causes.iter().any(|it| it.contains(text));
    let remedy = match (&arguments.ca, arguments.emulator.scheme()) {
        (None, _) if has("certificate") => {
            "the emulator's certificate is refused: give, with --ca or in SSL_CERT_FILE, the file that the emulator names in its output".into()
        }
        (Some(file), _) if has("certificate") => format!(
            "the emulator's certificate is refused: {} is perhaps of another run; give the file that this emulator names in its output",
            file.display()
        ),
        // TLS is not HTTP, and HTTP is not TLS.
        (_, "http") if has("invalid HTTP version") => {
            "the emulator is perhaps served over TLS: write https://".into()
        }
        (_, "https") if has("InvalidContentType") => {
            "the emulator is perhaps served without TLS: write http://".into()
        }
        _ => return error.into(),
    };
    Box::new(Failed {
        remedy,
        emulator: arguments.emulator.clone(),
        cause: error,
    })
}

#[derive(Debug)]
struct Failed {
    remedy: String,
    emulator: Url,
    cause: reqwest::Error,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            remedy, emulator, ..
        } = self;
        write!(f, "{remedy} ({emulator})")
    }
}

impl Error for Failed {
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
        let authorities = file::read(file, Some("--ca"))?;
        let authorities = reqwest::Certificate::from_pem_bundle(authorities.as_bytes())?;
        if authorities.is_empty() {
            let file = file.display();
            return Err(format!("--ca {file}: contains no certificate in PEM; give the file that the emulator names in its output").into());
        }
        client = client.tls_certs_merge(authorities);
    }
    Ok(client.build()?)
}
