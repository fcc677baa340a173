//! Entra ID, where users of any tenant sign in.

use axum::http::StatusCode;
use b2c_emulator::{Emulator, IssuerForm, Seed, User};
use serde_json::{Value, json};

use super::browser::{Answer, Visit, query};
use crate::tokens::claims;

const HOME: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
const OTHER: &str = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
const CLIENT: &str = "33334444-dddd-5555-eeee-6666ffff7777";
const API: &str = "22223333-cccc-4444-dddd-5555eeee6666";
const SEED: &str = r#"
    [[tenant]]
    kind = "entra-id"
    name = "contosowork"
    id = "bbbbcccc-1111-dddd-2222-eeee3333ffff"

    [[tenant.application]]
    client_id = "22223333-cccc-4444-dddd-5555eeee6666"
    app_id_uri = "api://tasks"
    scopes = ["tasks.read"]

    [[tenant.application]]
    client_id = "44445555-eeee-6666-ffff-7777aaaa8888"
    app_id_uri = "api://legacy"
    access_token_version = "1.0"
    scopes = ["tasks.read"]
    app_roles = ["tasks.read.all"]

    [[tenant.application]]
    client_id = "33334444-dddd-5555-eeee-6666ffff7777"
    secrets = ["emulator-secret"]
    spa_redirect_uris = ["http://localhost:3000/"]

    [[tenant.user]]
    object_id = "alex"
    name = "Alex Example"
    emails = ["alex@contoso.example"]

    [[tenant.user]]
    object_id = "bo"
    name = "Bo Example"
    emails = ["bo@fabrikam.example"]
    tenant_id = "ccccdddd-2222-eeee-3333-ffff4444aaaa"
"#;

fn visit() -> Visit {
    let seed = Seed::from_toml(SEED).unwrap();
    Visit::with(Emulator::builder().seed(seed).control(true))
}

fn v2(id: &str) -> String {
    format!("https://login.microsoftonline.com/{id}/v2.0")
}

fn v1(id: &str) -> String {
    format!("https://sts.windows.net/{id}/")
}

async fn page(visit: &mut Visit, authority: &str, scope: &str) -> Answer {
    let request = query(&[("client_id", CLIENT), ("scope", scope)]);
    let path = format!("/{authority}/oauth2/v2.0/authorize?{request}");
    visit.get(&path).await
}

/// The token endpoint's answer once this user has signed in.
async fn signed_in(visit: &mut Visit, authority: &str, user: &str, scope: &str) -> Answer {
    let page = page(visit, authority, scope).await;
    let back = visit.post(&page.form_action(), &[("user", user)]).await;
    let (base, code) = (format!("/{authority}"), back.param("code").unwrap());
    let changes = [("client_id", CLIENT)];
    visit.redeem_at(&base, &code, &changes).await
}

#[tokio::test]
async fn metadata_and_keys_for_any_tenant_name_a_template_and_those_of_one_tenant_its_issuer() {
    let mut visit = visit();
    for (domain, authority, issuer) in [
        ("organizations", "organizations", v2("{tenantid}")),
        ("Common", "common", v2("{tenantid}")),
        (HOME, HOME, v2(HOME)),
        ("contosowork.onmicrosoft.com", HOME, v2(HOME)),
    ] {
        let path = format!("/{domain}/v2.0/.well-known/openid-configuration");
        let metadata = visit.get(&path).await.json();
        assert_eq!(metadata["issuer"], issuer, "{domain}");
        let keys = format!("/{authority}/discovery/v2.0/keys");
        assert_eq!(metadata["jwks_uri"], format!("http://127.0.0.1:0{keys}"));
        let keys = visit.get(&keys).await.json();
        assert_eq!(keys["keys"][0]["issuer"], issuer, "{domain}");
    }
    for unknown in [OTHER, "consumers", "tfp/organizations"] {
        let keys = visit.get(&format!("/{unknown}/discovery/v2.0/keys")).await;
        assert_eq!(keys.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    // A tenant of another product has no such endpoints.
    let b2c = Visit::new().get("/organizations/discovery/v2.0/keys").await;
    assert_eq!(b2c.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_user_gets_the_tokens_of_their_own_tenant() {
    for (user, tenant) in [("alex", HOME), ("bo", OTHER)] {
        for authority in ["organizations", "common"] {
            let scope = "openid api://tasks/tasks.read";
            let answer = signed_in(&mut visit(), authority, user, scope).await;
            for token in ["id_token", "access_token"] {
                let claims = answer.claims(token);
                let expected = json!([v2(tenant), tenant, user, "2.0"]);
                let claims = ["iss", "tid", "oid", "ver"].map(|name| claims[name].clone());
                assert_eq!(json!(claims), expected, "{token}");
            }
            let claims = answer.claims("access_token");
            assert_eq!(
                (&claims["aud"], &claims["azp"], &claims["scp"]),
                (&json!(API), &json!(CLIENT), &json!("tasks.read"))
            );
        }
    }
}

#[tokio::test]
async fn users_of_other_tenants_cannot_sign_in_at_one_tenants_endpoint() {
    let mut visit = visit();
    let scope = "openid api://tasks/tasks.read";
    let form = page(&mut visit, HOME, scope).await;
    assert!(form.body.contains("Alex Example") && !form.body.contains("Bo Example"));
    assert!(!form.body.contains("sign-up"), "nor sign up");
    let refused = visit.post(&form.form_action(), &[("user", "bo")]).await;
    assert!(refused.body.contains("Choose one of the users."));
    // A session from another endpoint does not help either.
    signed_in(&mut visit, "organizations", "bo", scope).await;
    let form = page(&mut visit, HOME, scope).await;
    assert_eq!(form.status, StatusCode::OK);
    let silent = page(&mut visit, "common", scope).await;
    assert_eq!(silent.status, StatusCode::SEE_OTHER);
}

/// The claims of a token for the client itself.
async fn daemon(visit: &mut Visit) -> Value {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "emulator-secret"),
        ("scope", "api://legacy/.default"),
    ];
    let path = format!("/{HOME}/oauth2/v2.0/token");
    visit.post(&path, &form).await.claims("access_token")
}

#[tokio::test]
async fn an_api_may_want_version_1() {
    let mut visit = visit();
    let scope = "openid api://legacy/tasks.read";
    let answer = signed_in(&mut visit, "organizations", "bo", scope).await;
    let user = answer.claims("access_token");
    assert_eq!(user["unique_name"], "bo@fabrikam.example");
    assert_eq!(answer.claims("id_token")["iss"], v2(OTHER));
    let daemon = daemon(&mut visit).await;
    assert_eq!(daemon["roles"][0], "tasks.read.all");
    for (claims, tenant) in [(&user, OTHER), (&daemon, HOME)] {
        let expected = json!([v1(tenant), tenant, "1.0", "api://legacy", CLIENT]);
        let names = ["iss", "tid", "ver", "aud", "appid"];
        assert_eq!(json!(names.map(|name| claims[name].clone())), expected);
        assert!(claims["azp"].is_null() && claims["preferred_username"].is_null());
    }
}

/// The bug: each scope of the request was compared with the permissions as text, even `.default`, so it was either refused or it granted everything.
#[tokio::test]
async fn default_means_the_scopes_that_the_client_was_granted() {
    let seed = SEED
        .replacen("[\"tasks.read\"]", "[\"tasks.read\", \"tasks.write\"]", 1)
        .replace(
            "secrets",
            "permissions = [\"api://tasks/tasks.read\"]\nsecrets",
        );
    let seed = Seed::from_toml(&seed).unwrap();
    let visit = || Visit::with(Emulator::builder().seed(seed.clone()));
    for scope in [
        "api://tasks/.default",
        "22223333-cccc-4444-dddd-5555eeee6666/.default",
        "22223333-cccc-4444-dddd-5555eeee6666/tasks.read",
    ] {
        let answer = signed_in(&mut visit(), "common", "alex", scope).await;
        let claims = answer.claims("access_token");
        assert_eq!(claims["scp"], "tasks.read", "{scope}");
    }
    for scope in ["api://tasks/tasks.write", "api://legacy/.default"] {
        let refused = page(&mut visit(), "common", scope).await;
        assert_eq!(refused.redirected_error().1, "AADSTS65001", "{scope}");
    }
}

/// The bug: a client that was granted `.default` was refused every scope of the API, and a daemon got no roles.
#[tokio::test]
async fn a_client_that_was_granted_default_may_use_the_whole_api() {
    let seed = SEED.replace(
        "secrets",
        "permissions = [\"api://legacy/.default\"]\nsecrets",
    );
    let seed = Seed::from_toml(&seed).unwrap();
    let visit = || Visit::with(Emulator::builder().seed(seed.clone()));
    for scope in ["api://legacy/.default", "api://legacy/tasks.read"] {
        let answer = signed_in(&mut visit(), "common", "alex", scope).await;
        let claims = answer.claims("access_token");
        assert_eq!(claims["scp"], "tasks.read", "{scope}");
    }
    let daemon = daemon(&mut visit()).await;
    assert_eq!(daemon["roles"], json!(["tasks.read.all"]));
    let refused = page(&mut visit(), "common", "api://tasks/tasks.read").await;
    assert_eq!(refused.redirected_error().1, "AADSTS65001");
}

/// The bug: `roles` was there and empty.
#[tokio::test]
async fn a_daemon_without_a_role_has_no_roles() {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "emulator-secret"),
        ("scope", "api://tasks/.default"),
    ];
    let path = format!("/{HOME}/oauth2/v2.0/token");
    let answer = visit().post(&path, &form).await;
    assert_eq!(answer.claims("access_token").get("roles"), None);
}

#[tokio::test]
async fn tokens_of_any_tenant_are_made_by_the_builder_and_over_http() {
    let mut visit = visit();
    let issued = |token: &str| {
        let claims = claims(token);
        json!([claims["iss"], claims["tid"], claims["ver"]])
    };
    let token = || visit.emulator.token("").of_tenant(OTHER);
    assert_eq!(issued(&token().sign()), json!([v2(OTHER), OTHER, "2.0"]));
    let version_1 = json!([v1(OTHER), OTHER, "1.0"]);
    assert_eq!(issued(&token().version_1().sign()), version_1);
    let own = visit.emulator.token("").version_1();
    assert_eq!(issued(&own.of_tenant(OTHER).sign()), version_1);
    // The client's claim has the name that the version gives it, in either order.
    for token in [
        token().version_1().client_id("c"),
        token().client_id("c").version_1(),
    ] {
        let claims = claims(&token.sign());
        assert_eq!((&claims["appid"], claims.get("azp")), (&json!("c"), None));
    }

    let request = axum::http::Request::post("/emulator/tokens")
        .header("content-type", "application/json")
        .body(json!({ "tenant_id": OTHER }).to_string().into())
        .unwrap();
    let made = visit.send(request).await.json();
    let made = made["access_token"].as_str().unwrap();
    assert_eq!(issued(made), json!([v2(OTHER), OTHER, "2.0"]));
    assert_eq!(claims(made)["aud"], API);
}

/// The bug: its audience was the API's client id, which an API of version 1.0 does not accept.
#[tokio::test]
async fn a_token_made_for_an_api_of_version_1_has_its_uri_as_the_audience() {
    let legacy_first = SEED.replacen("scopes = [\"tasks.read\"]", "", 1);
    let seed = Seed::from_toml(&legacy_first).unwrap();
    let mut visit = Visit::with(Emulator::builder().seed(seed).control(true));
    for (kind, issuer, audience) in [
        ("access", v1(HOME), "api://legacy"),
        ("id", v2(HOME), "44445555-eeee-6666-ffff-7777aaaa8888"),
    ] {
        let request = axum::http::Request::post("/emulator/tokens")
            .header("content-type", "application/json")
            .body(json!({ "kind": kind }).to_string().into())
            .unwrap();
        let claims = visit.send(request).await.claims("access_token");
        assert_eq!(
            (&claims["iss"], &claims["aud"]),
            (&json!(issuer), &json!(audience))
        );
    }
}

/// The bug: a token for an API that was not the tenant's first had the version and the scopes of the first.
#[tokio::test]
async fn a_token_made_for_an_audience_has_the_version_and_the_scopes_of_its_api() {
    let own_scopes = SEED.replacen(
        "tasks.read\"]\n    app_roles",
        "old.read\"]\n    app_roles",
        1,
    );
    let seed = Seed::from_toml(&own_scopes).unwrap();
    let mut visit = Visit::with(Emulator::builder().seed(seed).control(true));
    for (audience, issuer, version, scope) in [
        (API, v2(HOME), "2.0", "tasks.read"),
        ("api://legacy", v1(HOME), "1.0", "old.read"),
        (
            "44445555-eeee-6666-ffff-7777aaaa8888",
            v1(HOME),
            "1.0",
            "old.read",
        ),
        // Names no API.
        ("other", v2(HOME), "2.0", "tasks.read"),
        // Exposes no scopes: the token still is an access token.
        (CLIENT, v2(HOME), "2.0", "tasks.read"),
    ] {
        let request = axum::http::Request::post("/emulator/tokens")
            .header("content-type", "application/json")
            .body(json!({ "audience": audience }).to_string().into())
            .unwrap();
        let ordered = visit.send(request).await.claims("access_token");
        let built = claims(&visit.emulator.token_for("", audience).sign());
        for token in [ordered, built] {
            let seen = json!([token["aud"], token["iss"], token["ver"], token["scp"]]);
            assert_eq!(seen, json!([audience, issuer, version, scope]));
        }
    }
}

#[tokio::test]
async fn a_key_may_be_published_for_one_issuer_or_for_none() {
    let mut visit = visit();
    let key = visit.emulator.signing_key("");
    for named in [
        key.with_issuer(v2(OTHER)).with_kid("one"),
        key.without_issuer().with_kid("none"),
    ] {
        visit.emulator.publish_key(&named);
    }
    let order = json!({ "publish": true, "sign": false, "kid": "http", "issuer": v2(HOME) });
    let request = axum::http::Request::post("/emulator/keys")
        .header("content-type", "application/json")
        .body(order.to_string().into())
        .unwrap();
    visit.send(request).await.json();
    let keys = visit.get("/common/discovery/v2.0/keys").await.json();
    let issuers: Vec<&Value> = (0..4).map(|at| &keys["keys"][at]["issuer"]).collect();
    let expected = [
        json!(v2("{tenantid}")),
        json!(v2(OTHER)),
        Value::Null,
        json!(v2(HOME)),
    ];
    assert!(issuers.into_iter().eq(&expected), "{keys}");
}

/// Unless the seed says so, the emulator must not answer there: a program that trusts its certificate authority would take it for Microsoft's own host.
#[tokio::test]
async fn it_answers_at_a_clouds_host_only_if_the_seed_says_so_and_its_issuer_has_that_host_then() {
    const PATH: &str = "/organizations/v2.0/.well-known/openid-configuration";
    let url = |host: &str| format!("http://{host}{PATH}");
    let unknown = visit().get(&url("login.microsoftonline.com")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let domain = "custom_domain = \"login.microsoftonline.us\"\nname = ";
    let seed = Seed::from_toml(&SEED.replacen("name = ", domain, 1)).unwrap();
    let mut cloud = Visit::with(Emulator::builder().seed(seed));
    let metadata = cloud.get(&url("login.microsoftonline.us")).await.json();
    let expected = "https://login.microsoftonline.us/{tenantid}/v2.0";
    assert_eq!(metadata["issuer"], expected);
    let issuer = cloud.emulator.issuer(&IssuerForm::Default);
    assert_eq!(issuer, expected.replace("{tenantid}", HOME));
}

/// The bug: the reason for refusing two tenants was that "common" and "organizations" occurred twice in the seed, which contained neither.
#[test]
fn one_tenant_stands_for_every_tenant_and_ids_are_checked() {
    let second = SEED
        .replace("contosowork", "fabrikamwork")
        .replace(HOME, OTHER);
    let two = Seed::from_toml(&format!("{SEED}{second}")).unwrap_err();
    let expected = "only one tenant may have kind = \"entra-id\", but these all have it: contosowork, fabrikamwork";
    assert_eq!(two.to_string(), expected);
    let no_id =
        Seed::from_toml(&SEED.replace(&format!("tenant_id = \"{OTHER}\""), "tenant_id = \"zz\""));
    let elsewhere = Seed::from_toml(&SEED.replace("entra-id", "external-id"));
    for refused in [no_id, elsewhere] {
        let error = refused.unwrap_err();
        assert!(
            error.to_string().starts_with("the user's tenant id"),
            "{error}"
        );
    }
    let user = User {
        tenant_id: Some(OTHER.into()),
        ..User::default()
    };
    let sent = serde_json::to_value(&user).unwrap();
    assert_eq!(sent["tenant_id"], OTHER, "the control endpoint shows it");
}
