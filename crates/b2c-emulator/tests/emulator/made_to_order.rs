//! Tokens of `POST /emulator/tokens` and of the page.

use b2c_emulator::{Emulator, Seed};
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

/// The bug: in B2C, it was Alex of the default tenant, whatever users the seed has.
#[tokio::test]
async fn the_user_is_the_first_one_of_the_seed() {
    let emulator = started("subject = 'not-supported'", USERS).await;
    let token = ordered(&emulator.base_url(), json!({})).await;
    let expected = json!(["ute", "Ute", ["ute@fabrikam.example"]]);
    let seen = ["oid", "name", "emails"].map(|name| token[name].clone());
    assert_eq!(json!(seen), expected);
    assert_eq!(token["sub"], "Not supported currently. Use oid claim.");
    assert_eq!(token["given_name"], Value::Null, "Ute has none");
    assert_eq!(token["roles"], Value::Null, "the order names none");
    for token in [
        emulator.token("B2C_1_susi"),
        emulator.id_token("B2C_1_susi"),
    ] {
        assert_eq!(claims(&token.sign())["oid"], "ute");
    }
    emulator.remove_user("ute");
    let token = ordered(&emulator.base_url(), json!({})).await;
    assert_eq!(token["oid"], "otto");
}

/// The bug: if the page made a token for another user, the claims that this user lacks were filled in from the first user.
#[tokio::test]
async fn the_page_s_token_has_nothing_of_another_user() {
    let emulator = started("", USERS).await;
    let url = format!("{}/emulator/page", emulator.base_url());
    let page = send("POST", &url, "action=mint&user=otto").await;
    let page = String::from_utf8(page.body).unwrap();
    let (_, minted) = page.split_once("id=\"minted\"").unwrap();
    let (_, token) = minted.split_once('>').unwrap();
    let (token, _) = token.split_once('<').unwrap();
    let token = claims(token);
    assert_eq!(token["oid"], "otto");
    assert_eq!(token["emails"], Value::Null, "{token}");
}

#[tokio::test]
async fn without_users_it_is_alex_of_the_default_tenant() {
    let without = started("", "").await;
    let default = Emulator::start().await.unwrap();
    let names = ["oid", "sub", "name", "given_name", "family_name", "emails"];
    let [alex, token] = [default.token(POLICY), without.token("B2C_1_susi")].map(|token| {
        let claims = claims(&token.sign());
        names.map(|name| claims[name].clone())
    });
    assert_eq!(alex, token);
    assert_eq!(alex[2], "Alex Example");
}

/// The bug: a tenant of any kind took any text as `tenant_id`.
#[tokio::test]
async fn another_tenant_issues_it_only_in_entra_id_and_only_under_a_guid() {
    let emulator = started("", WORK).await;
    let url = |tenant: &str| format!("{}/emulator/tokens?tenant={tenant}", emulator.base_url());
    for (tenant, id, text) in [
        ("fabrikam", OTHER, "fabrikam is not an Entra ID tenant"),
        ("work", "zz", "write a GUID"),
        ("work", "", "write a GUID"),
    ] {
        let order = json!({ "tenant_id": id }).to_string();
        let answer = send("POST", &url(tenant), &order).await;
        assert_eq!(answer.status(), 422, "{tenant}, {id}");
        let error = error(&answer);
        assert!(
            error.starts_with("tenant_id \"") && error.contains(text),
            "{error}"
        );
    }
    let order = json!({ "tenant_id": OTHER }).to_string();
    let token = issued(&send("POST", &url("work"), &order).await);
    assert_eq!(token["tid"], OTHER);
}

/// The bug: the command asked the default emulator, which has no Entra ID tenant, and got a token of B2C.
#[tokio::test]
async fn the_order_in_the_readme_works_with_the_seed_in_the_readme() {
    let readme = include_str!("../../README.md");
    let (_, section) = readme.split_once("## Entra ID, for any tenant").unwrap();
    let (_, seed) = section.split_once("```toml\n").unwrap();
    let (seed, _) = seed.split_once("```").unwrap();
    let mut lines = section.lines();
    let command = lines.find(|line| line.starts_with("curl ") && line.contains("tenant_id"));
    let (_, command) = command.unwrap().split_once("$B").unwrap();
    let (path, order) = command.split_once(" --json '").unwrap();
    let (order, _) = order.split_once('\'').unwrap();

    let seed = Seed::from_toml(&format!("{B2C}\n{seed}")).unwrap();
    let emulator = Emulator::builder().seed(seed).control(true);
    let emulator = emulator.start().await.unwrap();
    let url = format!("{}{}", emulator.base_url(), path.trim_end_matches('"'));
    let token = issued(&send("POST", &url, order).await);
    assert_eq!(token["tid"], OTHER);
    assert_eq!(
        token["iss"],
        format!("https://login.microsoftonline.com/{OTHER}/v2.0")
    );
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

/// The B2C tenant, with this setting and these further tables.
async fn started(setting: &str, tables: &str) -> Emulator {
    let b2c = B2C.replace("kind = \"b2c\"", &format!("kind = \"b2c\"\n{setting}"));
    let seed = Seed::from_toml(&format!("{b2c}\n{tables}")).unwrap();
    let emulator = Emulator::builder().seed(seed).control(true);
    emulator.start().await.unwrap()
}

const OTHER: &str = "ddddeeee-3333-ffff-4444-aaaa5555bbbb";
const B2C: &str = r#"
    [[tenant]]
    kind = "b2c"
    name = "fabrikam"
    id = "eeeeffff-4444-aaaa-5555-bbbb6666cccc"

    [[tenant.policy]]
    name = "B2C_1_susi"
"#;
const USERS: &str = r#"
    [[tenant.user]]
    object_id = "ute"
    name = "Ute"
    emails = ["ute@fabrikam.example"]
    claims = { roles = ["Tasks.Admin"] }

    [[tenant.user]]
    object_id = "otto"
    name = "Otto"
"#;
const WORK: &str = r#"
    [[tenant]]
    kind = "entra-id"
    name = "work"
    id = "ccccdddd-2222-eeee-3333-ffff4444aaaa"
"#;
