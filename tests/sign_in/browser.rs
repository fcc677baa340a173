//! An application and its user's browser, as far as they matter to an API.

use std::collections::HashMap;

use reqwest::{Url, redirect::Policy};
use serde_json::Value;

/// An application at a tenant.
pub(super) struct Client<'a> {
    /// Everything before `/oauth2/v2.0/`.
    pub(super) authority: String,
    pub(super) id: &'a str,
    pub(super) scope: &'a str,
    pub(super) user: &'a str,
}

/// Signs in and returns the answer of the token endpoint.
pub(super) async fn sign_in(client: &Client<'_>) -> Value {
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let request = [
        ("client_id", client.id),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", client.scope),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let endpoint = |name: &str| format!("{}/oauth2/v2.0/{name}", client.authority);
    let page = Url::parse_with_params(&endpoint("authorize"), request).unwrap();
    let text = http.get(page.clone()).send().await.unwrap().text().await;
    let action = text.unwrap();
    let action = action.split("action=\"").nth(1).expect("a form");
    let action = action.split('"').next().unwrap().replace("&amp;", "&");
    let picked = http
        .post(page.join(&action).unwrap())
        .body(form(&[("user", client.user)]))
        .send()
        .await
        .unwrap();
    let back = Url::parse(picked.headers()["location"].to_str().unwrap()).unwrap();
    let answer: HashMap<_, _> = back.query_pairs().into_owned().collect();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("client_id", client.id),
        ("redirect_uri", REDIRECT_URI),
        ("code", &answer["code"]),
        ("code_verifier", VERIFIER),
    ];
    let tokens = http
        .post(endpoint("token"))
        // External ID and Entra ID accept codes of single-page applications from pages only.
        .header("origin", "http://localhost:3000")
        .body(form(&redeem))
        .send()
        .await;
    let tokens = tokens.unwrap().text().await.unwrap();
    serde_json::from_str(&tokens).unwrap()
}

fn form(pairs: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://unused.example", pairs).unwrap();
    url.query().unwrap().to_owned()
}

const REDIRECT_URI: &str = "http://localhost:3000/";
/// The example of RFC 7636.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
