//! Tokens of `POST /emulator/tokens` and of the page.

use b2c_emulator::Emulator;
use serde_json::{Value, json};

use crate::{
    POLICY,
    client::{Answer, get, send},
    tokens::claims,
};

/// The bug: it was always the issuer of the base URL, so an API with the metadata of another name of this machine refused the token.
#[tokio::test]
async fn the_issuer_is_that_of_the_metadata_at_the_same_host() {
    let emulator = Emulator::builder().control(true).start().await.unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let at = |url: &str| url.replace("127.0.0.1", host);
        let base = at(&emulator.base_url());
        let metadata = get(&at(&emulator.metadata_url(POLICY))).await.json();
        assert!(metadata["issuer"].as_str().unwrap().contains(host));
        for kind in ["access", "id"] {
            let token = ordered(&base, json!({ "kind": kind })).await;
            assert_eq!(token["iss"], metadata["issuer"], "{kind}");
        }
        let page = send("POST", &format!("{base}/emulator/page"), "action=mint").await;
        let page = String::from_utf8(page.body).unwrap();
        let (_, minted) = page.split_once("id=\"minted\"").unwrap();
        let (_, token) = minted.split_once('>').unwrap();
        let (token, _) = token.split_once('<').unwrap();
        assert_eq!(claims(token)["iss"], metadata["issuer"], "the page's");
    }
}

async fn ordered(base: &str, order: Value) -> Value {
    let url = format!("{base}/emulator/tokens");
    issued(&send("POST", &url, &order.to_string()).await)
}

/// The claims of the token in this answer.
fn issued(answer: &Answer) -> Value {
    assert_eq!(answer.status(), 200, "{}", error(answer));
    claims(answer.json()["access_token"].as_str().unwrap())
}

fn error(answer: &Answer) -> String {
    let text: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    text["error"].as_str().unwrap_or_default().to_owned()
}
