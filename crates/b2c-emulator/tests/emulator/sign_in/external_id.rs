//! External ID, in the same process as B2C.

use axum::http::StatusCode;
use b2c_emulator::{Endpoint, Fault};

use super::browser::{ORIGIN, SPA, VERIFIER, Visit, query};

const TENANT: &str = "/bbbbcccc-1111-dddd-2222-eeee3333ffff";
const ISSUER: &str = "https://bbbbcccc-1111-dddd-2222-eeee3333ffff.ciamlogin.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0";
const CLIENT: &str = "33334444-dddd-5555-eeee-6666ffff7777";
const API: &str = "22223333-cccc-4444-dddd-5555eeee6666";
const ALEX: &str = "00aa00aa-bb11-cc22-dd33-44ee44ee44ee";

/// The bug: the fault was kept for a policy that no request names.
#[tokio::test]
async fn a_fault_of_a_policy_affects_the_whole_tenant_because_it_has_no_policies() {
    let mut visit = Visit::new();
    let tenant = visit.emulator.tenants().nth(1).unwrap();
    let keys = format!("{TENANT}/discovery/v2.0/keys");
    assert_eq!(visit.get(&keys).await.status, StatusCode::OK);
    let fault = Fault::Status {
        code: 500,
        retry_after: None,
    };
    tenant.fault_of("any", Endpoint::Keys, fault);
    assert_eq!(visit.get(&keys).await.status.as_u16(), 500);
}

#[tokio::test]
async fn external_id_metadata_and_keys_have_entras_shape() {
    let mut visit = Visit::new();
    for domain in [TENANT, "/contosocustomers.onmicrosoft.com"] {
        let metadata = visit
            .get(&format!("{domain}/v2.0/.well-known/openid-configuration"))
            .await
            .json();
        assert_eq!(metadata["issuer"], ISSUER);
        let keys = format!("http://127.0.0.1:0{TENANT}/discovery/v2.0/keys");
        assert_eq!(metadata["jwks_uri"], keys);
    }
    let keys = visit
        .get(&format!("{TENANT}/discovery/v2.0/keys"))
        .await
        .json();
    let key = &keys["keys"][0];
    assert_eq!(key["issuer"], ISSUER);
    assert_eq!(key["x5t"], key["kid"]);
    assert!(key["x5c"][0].as_str().unwrap().starts_with("MII"));
    assert!(key["alg"].is_null() && key["nbf"].is_null(), "{key}");
    let tfp = visit
        .get(&format!("/tfp{TENANT}/discovery/v2.0/keys"))
        .await;
    assert_eq!(tfp.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn external_id_tokens_have_entras_claims() {
    let mut visit = Visit::new();
    let scope = format!("openid offline_access api://{API}/tasks.read");
    let request = query(&[("client_id", CLIENT), ("scope", &scope)]);
    let page = visit
        .get(&format!("{TENANT}/oauth2/v2.0/authorize?{request}"))
        .await;
    let back = visit.post(&page.form_action(), &[("user", ALEX)]).await;
    let (code, changes) = (back.param("code").unwrap(), [("client_id", CLIENT)]);
    let answer = visit.redeem_at(TENANT, &code, &changes).await;
    let claims = answer.claims("access_token");
    assert_eq!(
        (&claims["iss"], &claims["ver"]),
        (&ISSUER.into(), &"2.0".into())
    );
    assert_eq!(
        (&claims["aud"], &claims["azp"]),
        (&API.into(), &CLIENT.into())
    );
    assert_eq!(
        (&claims["scp"], &claims["roles"][0]),
        (&"tasks.read".into(), &"Tasks.Admin".into())
    );
    assert_eq!(claims["oid"], ALEX);
    assert_ne!(claims["sub"], ALEX, "it differs from client to client");
    assert_eq!(claims["tid"], TENANT.trim_start_matches('/'));
    assert!(claims["tfp"].is_null() && claims["nonce"].is_null());
    assert_eq!(
        answer.claims("id_token")["preferred_username"],
        "alex@contoso.example"
    );
    let used = visit.redeem_at(TENANT, &code, &changes).await;
    assert_eq!(used.error(), ("invalid_grant".into(), "AADSTS54005".into()));
    assert_eq!(used.json()["error_codes"][0], 54005);
}

#[tokio::test]
async fn a_daemons_token_has_roles_and_no_scp() {
    let mut visit = Visit::new();
    let scope = format!("api://{API}/.default");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", "emulator-secret"),
        ("scope", &scope),
    ];
    let answer = visit
        .post(&format!("{TENANT}/oauth2/v2.0/token"), &form)
        .await;
    let claims = answer.claims("access_token");
    assert_eq!(claims["roles"][0], "tasks.read.all");
    assert!(claims["scp"].is_null());
}

#[tokio::test]
async fn neither_tenant_knows_the_others_clients_and_users() {
    let mut visit = Visit::new();
    let page = visit
        .get(&format!("{TENANT}/oauth2/v2.0/authorize?{}", query(&[])))
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("AADSTS700016"), "{}", page.body);
    let other = visit.authorize(&[("client_id", CLIENT)]).await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    assert!(other.body.contains("AADB2C90018"));
    let stranger = visit.choose(&[], &[("user", ALEX)]).await;
    assert!(stranger.body.contains("Choose one of the users."));
}

#[tokio::test]
async fn without_a_session_it_answers_login_required_and_create_opens_the_form_to_sign_up() {
    let mut visit = Visit::new();
    let scope = format!("openid api://{API}/tasks.read");
    let path = |prompt| {
        let request = query(&[("client_id", CLIENT), ("scope", &scope), ("prompt", prompt)]);
        format!("{TENANT}/oauth2/v2.0/authorize?{request}")
    };
    let silent = visit.get(&path("none")).await;
    let expected = ("login_required".into(), "AADSTS50058".into());
    assert_eq!(silent.redirected_error(), expected);
    let page = visit.get(&path("create")).await;
    assert!(
        page.body.contains("<details id=\"sign-up-form\" open>"),
        "{}",
        page.body
    );
}

/// The bug: a page could redeem the codes of a desktop application, and a server those of a page. Such a mistake in an application would have shown only in
/// production.
#[tokio::test]
async fn only_pages_redeem_the_codes_of_single_page_applications_and_no_others() {
    let mut visit = Visit::new();
    let scope = format!("openid api://{API}/tasks.read");
    for (redirect_uri, refused, error, accepted) in [
        (SPA, None, "AADSTS9002327", Some(ORIGIN)),
        (
            "http://localhost:8400/",
            Some(ORIGIN),
            "AADSTS9002326",
            None,
        ),
    ] {
        let changes = [
            ("client_id", CLIENT),
            ("scope", &scope),
            ("redirect_uri", redirect_uri),
            ("prompt", "login"),
        ];
        let path = format!("{TENANT}/oauth2/v2.0/authorize?{}", query(&changes));
        let page = visit.get(&path).await;
        let back = visit.post(&page.form_action(), &[("user", ALEX)]).await;
        let code = back.param("code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("code", &code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        let path = format!("{TENANT}/oauth2/v2.0/token");
        let answer = visit.post_from(refused, &path, &form).await;
        assert_eq!(answer.error(), ("invalid_request".into(), error.into()));
        let answer = visit.post_from(accepted, &path, &form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
}
