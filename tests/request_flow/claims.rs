//! What a handler can read of the tokens that B2C issues.

use std::{sync::Mutex, time::Duration};

use axum::{Router, extract::State, routing::get};
use b2c_emulator::{Emulator, IssuerForm, TokenBuilder};
use b2c_verify::NumericDate;
use serde_json::json;
use std::sync::Arc;
use tower_b2c_auth::{B2cAuthBuilder, VerifiedClaims};

use crate::support::{API_ID, Api, LIFETIME, NOW, POLICY, layer_for, manual_clock, tenant_at};

#[tokio::test]
async fn an_access_token_is_read_by_the_names_of_its_claims() {
    let (tenant, api) = collecting_api().await;
    let token = tenant.token(POLICY).scope("tasks.read tasks.write");
    let claims = api.claims(token).await;

    assert_eq!(claims.subject(), Some(USER));
    assert_eq!(claims.object_id(), Some(USER));
    assert_eq!(claims.user_id(), Some(USER));
    assert_eq!(claims.issuer(), tenant.issuer(&IssuerForm::Default));
    assert_eq!(claims.audiences().collect::<Vec<_>>(), [API_ID]);
    assert_eq!(claims.policy(), Some(POLICY));
    assert_eq!(
        claims.scopes().collect::<Vec<_>>(),
        ["tasks.read", "tasks.write"]
    );
    assert!(claims.has_scope("tasks.write") && !claims.has_scope("tasks"));
    assert_eq!(claims.client_id(), Some(API_ID));
    assert_eq!(claims.name(), Some("Alex Example"));
    assert_eq!(claims.given_name(), Some("Alex"));
    assert_eq!(claims.family_name(), Some("Example"));
    assert_eq!(
        claims.emails().collect::<Vec<_>>(),
        ["alex@contoso.example"]
    );
    assert_eq!(claims.issued_at(), Some(NumericDate::from_secs(NOW)));
    assert_eq!(claims.not_before(), Some(NumericDate::from_secs(NOW)));
    let end = NumericDate::from_secs(NOW).saturating_add(LIFETIME);
    assert_eq!(claims.expires_at(), Some(end));
    assert_eq!(claims.get::<String>("ver"), Ok(Some("1.0".into())));

    assert_eq!(claims.identity_provider(), None);
    assert_eq!(claims.auth_time(), None);
    assert_eq!(claims.is_new_user(), None);
    assert_eq!(claims.roles().count(), 0);
}

#[tokio::test]
async fn an_id_token_is_read_by_the_names_of_its_claims() {
    let (tenant, api) = collecting_api_with(B2cAuthBuilder::danger_accept_any_tokens).await;
    let claims = api
        .claims(tenant.id_token(POLICY).claim("newUser", true))
        .await;
    assert_eq!(claims.identity_provider(), Some("facebook.com"));
    assert_eq!(claims.auth_time(), Some(NumericDate::from_secs(NOW)));
    assert_eq!(claims.is_new_user(), Some(true));
    assert_eq!(claims.text("nonce"), Some("defaultNonce"));
    assert_eq!(claims.scopes().count(), 0);
    assert_eq!(claims.client_id(), None);
}

#[tokio::test]
async fn the_older_and_the_custom_shapes_of_claims_are_read_too() {
    let (tenant, api) = collecting_api().await;
    let token = tenant
        .token(POLICY)
        .without("tfp")
        .claim("acr", "b2c_1a_signin")
        .without("azp")
        .claim("appid", "daemon")
        .without("emails")
        .claim("email", "one@contoso.example")
        .claim("sub", "Not supported currently. Use oid claim.")
        .claim("scp", json!(["a", "b"]))
        .claim("roles", json!(["admin"]))
        .audiences(["x", API_ID]);
    let claims = api.claims(token).await;
    assert_eq!(claims.policy(), Some("b2c_1a_signin"));
    assert_eq!(claims.client_id(), Some("daemon"));
    assert_eq!(claims.emails().collect::<Vec<_>>(), ["one@contoso.example"]);
    assert_eq!((claims.subject(), claims.user_id()), (None, Some(USER)));
    assert_eq!(
        (claims.text("sub"), claims.texts("sub").next()),
        (None, None)
    );
    assert_eq!(claims.get::<String>("sub"), Ok(None));
    let raw = "\"Not supported currently. Use oid claim.\"";
    assert_eq!(claims.raw("sub"), Some(raw), "the token as it is");
    assert_eq!(claims.scopes().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(claims.roles().collect::<Vec<_>>(), ["admin"]);
    assert_eq!(claims.audiences().collect::<Vec<_>>(), ["x", API_ID]);
}

#[tokio::test]
async fn claims_of_the_tenants_own_go_into_types_of_the_users_own() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Loyalty {
        level: u8,
        since: String,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Mine {
        oid: String,
        #[serde(rename = "extension_loyalty")]
        loyalty: Loyalty,
    }
    let (tenant, api) = collecting_api().await;
    let value = json!({ "level": 3, "since": "2019" });
    let claims = api
        .claims(tenant.token(POLICY).claim("extension_loyalty", value))
        .await;
    let loyalty = || Loyalty {
        level: 3,
        since: "2019".into(),
    };
    assert_eq!(claims.extension::<Loyalty>("loyalty"), Ok(Some(loyalty())));
    assert_eq!(claims.extension::<Loyalty>("other"), Ok(None));
    let mine = Mine {
        oid: USER.into(),
        loyalty: loyalty(),
    };
    assert_eq!(claims.deserialize::<Mine>(), Ok(mine));
    let error = claims.extension::<String>("loyalty").unwrap_err();
    assert_eq!(error.claim(), Some("extension_loyalty"));
}

#[tokio::test]
async fn a_token_that_comes_again_brings_the_same_claims() {
    let (tenant, api) = collecting_api().await;
    let token = tenant.token(POLICY).lifetime(Duration::from_secs(60));
    let (first, again) = (api.claims(token.clone()).await, api.claims(token).await);
    assert_eq!(first.raw("exp"), Some(&*(NOW + 60).to_string()));
    let all = |claims: &VerifiedClaims| claims.deserialize::<serde_json::Value>().unwrap();
    assert_eq!(all(&first), all(&again));
    assert_eq!(tenant.requests().keys(), 1);
}

/// An API that keeps the claims its handler got.
struct CollectingApi {
    api: Api,
    last: Arc<Mutex<Option<VerifiedClaims>>>,
}

impl CollectingApi {
    async fn claims(&self, token: TokenBuilder) -> VerifiedClaims {
        let answer = self.api.get("/", &token.sign()).await;
        assert_eq!(answer.status, 200);
        self.last.lock().unwrap().take().unwrap()
    }
}

async fn collecting_api() -> (Emulator, CollectingApi) {
    collecting_api_with(|builder| builder).await
}

async fn collecting_api_with(
    change: impl FnOnce(B2cAuthBuilder) -> B2cAuthBuilder,
) -> (Emulator, CollectingApi) {
    type Last = Arc<Mutex<Option<VerifiedClaims>>>;
    async fn keep(State(last): State<Last>, claims: VerifiedClaims) {
        *last.lock().unwrap() = Some(claims);
    }
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = change(layer_for(&tenant).clock(clock)).build().unwrap();
    let last = Last::default();
    let router = Router::new()
        .route("/", get(keep))
        .layer(auth)
        .with_state(Arc::clone(&last));
    let api = Api::serve(router).await;
    (tenant, CollectingApi { api, last })
}

/// The emulator's user.
const USER: &str = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
