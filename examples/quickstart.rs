//! The main job: an API behind the layer, a local B2C tenant, and what happens to good and bad tokens.
//!
//! Run with `cargo run --example quickstart`. It sends real requests over real sockets and exits 0 only if every answer was right.
//! With `-- --serve` it stays up and prints lines for curl.

#![expect(
    clippy::print_stdout,
    reason = "printing what happens is what this example is for"
)]

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use axum::{Router, routing::get};
use b2c_emulator::{Emulator, SigningKey};
use tower_b2c_auth::{B2cAuthLayer, VerifiedClaims, from_metadata, scope};

const POLICY: &str = "B2C_1_signupsignin1";
const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
const SECOND_API: &str = "11112222-bbbb-3333-cccc-4444dddd5555";

type Error = Box<dyn std::error::Error>;

fn app(tenant: &Emulator) -> Result<Router, Error> {
    let auth = B2cAuthLayer::builder()
        .authority(from_metadata(tenant.metadata_url(POLICY)))
        .audience(API)
        .audience(SECOND_API)
        .build()?;
    Ok(Router::new()
        .route("/tasks", get(list))
        .route(
            "/tasks/new",
            get(list).layer(auth.require(scope("tasks.write"))),
        )
        .layer(auth))
}

async fn list(claims: VerifiedClaims) -> String {
    format!("hello {}", claims.name().unwrap_or("stranger"))
}

/// A request and the answer it must get.
struct Case {
    name: &'static str,
    path: &'static str,
    authorization: Option<String>,
    status: u16,
    answer: &'static str,
}

fn cases(tenant: &Emulator) -> Result<Vec<Case>, Error> {
    let token = || tenant.token(POLICY).audience(API).scope("tasks.read");
    let bearer = |token: String| Some(format!("Bearer {token}"));
    let good = token().sign();
    let public_key = tenant.signing_key(POLICY).public_key_pem();
    let refused = |name, token| Case {
        name,
        path: "/tasks",
        authorization: bearer(token),
        status: 401,
        answer: r#"error="invalid_token""#,
    };
    Ok(vec![
        Case {
            name: "valid token",
            path: "/tasks",
            authorization: bearer(good.clone()),
            status: 200,
            answer: "hello",
        },
        Case {
            name: "token of the second application",
            path: "/tasks",
            authorization: bearer(tenant.token(POLICY).audience(SECOND_API).sign()),
            status: 200,
            answer: "hello",
        },
        Case {
            name: "no token",
            path: "/tasks",
            authorization: None,
            status: 401,
            answer: "Bearer",
        },
        Case {
            name: "empty token",
            path: "/tasks",
            authorization: bearer(String::new()),
            status: 400,
            answer: r#"error="invalid_request""#,
        },
        refused(
            "expired",
            token()
                .issued_at(1_500_000_000)
                .lifetime(Duration::from_secs(3600))
                .sign(),
        ),
        refused(
            "wrong audience",
            tenant
                .token(POLICY)
                .audience("99999999-0000-0000-0000-000000000000")
                .sign(),
        ),
        refused(
            "wrong issuer",
            token()
                .issuer("https://fabrikam.b2clogin.com/99999999-0000-0000-0000-000000000000/v2.0/")
                .sign(),
        ),
        refused("tampered payload", tampered(&good)),
        refused(
            "signed with another key",
            token().key(&SigningKey::generate()?).sign(),
        ),
        refused("alg none", token().sign_with_none()),
        refused(
            "HS256 with the public key as secret",
            token().sign_hs256(public_key.as_bytes()),
        ),
        Case {
            name: "missing scope",
            path: "/tasks/new",
            authorization: bearer(good),
            status: 403,
            answer: r#"error="insufficient_scope", error_description="the access token does not allow this", scope="tasks.write""#,
        },
    ])
}

/// The token with another character in the middle of its payload.
fn tampered(token: &str) -> String {
    let (head, rest) = token.split_once('.').unwrap_or((token, ""));
    let (payload, signature) = rest.split_once('.').unwrap_or((rest, ""));
    let at = payload.len() / 2;
    let flip = |(position, character)| match character {
        'A' if position == at => 'B',
        _ if position == at => 'A',
        other => other,
    };
    let payload: String = payload.chars().enumerate().map(flip).collect();
    format!("{head}.{payload}.{signature}")
}

/// Sends the request, and prints the answer and whether it is the expected one.
async fn try_case(client: &reqwest::Client, api: SocketAddr, case: &Case) -> Result<bool, Error> {
    let mut request = client.get(format!("http://{api}{}", case.path));
    if let Some(authorization) = &case.authorization {
        request = request.header("authorization", authorization);
    }
    let response = request.send().await?;
    let status = response.status().as_u16();
    let challenge = response
        .headers()
        .get("www-authenticate")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let answer = match challenge {
        Some(challenge) => challenge,
        None => response.text().await?,
    };
    let right = status == case.status && answer.contains(case.answer);
    println!(
        "{} {:<36} {status}  {answer}",
        if right { "ok   " } else { "WRONG" },
        case.name
    );
    Ok(right)
}

fn print_curl_lines(tenant: &Emulator, api: SocketAddr) {
    println!(
        "\nTOKEN={}",
        tenant
            .token(POLICY)
            .audience(API)
            .scope("tasks.read")
            .sign()
    );
    println!("curl -i http://{api}/tasks");
    println!("curl -i -H \"Authorization: Bearer $TOKEN\" http://{api}/tasks");
    println!("curl -i -H \"Authorization: Bearer $TOKEN\" http://{api}/tasks/new");
}

#[tokio::main]
async fn main() -> Result<ExitCode, Error> {
    let tenant = Emulator::start().await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let api = listener.local_addr()?;
    let server = tokio::spawn(axum::serve(listener, app(&tenant)?).into_future());

    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut all_right = true;
    for case in cases(&tenant)? {
        all_right &= try_case(&client, api, &case).await?;
    }

    if std::env::args().any(|argument| argument == "--serve") {
        print_curl_lines(&tenant, api);
        server.await??;
    }
    Ok(if all_right {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
