//! Nothing of a token, no value of a claim and no key is ever printed: not in logs, not in `Debug`, not in errors.

use std::{convert::Infallible, fmt::Debug};

use axum::body::Body;
use b2c_emulator::{Emulator, Fault, TokenBuilder};
use http::{Request, Response, StatusCode};
use serde_json::json;
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};
use tower_b2c_auth::{
    AuthError, AuthoritySettings, B2cAuth, B2cAuthLayer, ForgottenKey, ReportOnly, Settings,
    VerifiedClaims, scope,
};

use crate::support::{API_ID, POLICY, layer_for, logged, start_log};

/// Values that stand out, in every claim that a person can be recognised by.
const CLAIM_VALUES: [&str; 5] = [
    "sub-7c1f",
    "oid-9d2e",
    "Ada Secretname",
    "ada@secret.example",
    "nested-3b",
];
/// Part of the settings, and so no secret.
const SCOPE: &str = "tasks.read";

#[tokio::test]
async fn no_request_makes_the_log_contain_a_secret() {
    start_log();
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).build().unwrap();
    let service = protected(&auth);
    let tokens = tokens(&tenant);
    for (token, status) in &tokens {
        assert_eq!(send(&service, token).await.status(), *status);
    }
    for malformed in ["", "Bearer", "Basic c2VjcmV0", "Bearer sub-7c1f oid-9d2e"] {
        let request = Request::get("/").header("authorization", malformed);
        let refused = service
            .clone()
            .oneshot(request.body(()).unwrap())
            .await
            .unwrap();
        assert!(matches!(refused.status().as_u16(), 400 | 401));
    }
    tenant.fault(b2c_emulator::Endpoint::Keys, Fault::PrivateMembers);
    auth.refresh_now().await.unwrap_err();
    assert!(auth.forget_key(ForgottenKey::everywhere(tenant.signing_key(POLICY).kid())));
    let reporting = layer_for(&tenant).danger_report_only().build().unwrap();
    for (token, _) in &tokens {
        assert_eq!(send(&protected(&reporting), token).await.status(), 418);
    }
    let log = logged();
    for expected in [
        "request refused",
        "keys fetched",
        "keys cannot be fetched",
        "bad_signature",
        "would be refused",
    ] {
        assert!(
            log.contains(expected),
            "nothing about {expected:?}, so the log proves nothing: {log}"
        );
    }
    assert_clean("the log", &log, &secrets(&tenant, &tokens));
}

#[tokio::test]
async fn debug_and_display_contain_no_secrets() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).build().unwrap();
    let service = protected(&auth);
    let tokens = tokens(&tenant);
    let secrets = secrets(&tenant, &tokens);
    for (token, _) in &tokens {
        let request = with_token(token);
        let future = service.clone().call(request);
        assert_clean("the future", &debugged(&future), &secrets);
        let response = future.await.unwrap();
        if let Some(error) = response.extensions().get::<AuthError>() {
            assert_clean(
                "an error",
                &format!("{error} {}", debugged(error)),
                &secrets,
            );
        }
        if let Some(claims) = response.extensions().get::<VerifiedClaims>() {
            assert_clean("the claims", &debugged(claims), &secrets);
            let error = claims.get::<u8>("name").unwrap_err();
            assert_clean(
                "a claim's error",
                &format!("{error} {}", debugged(&error)),
                &secrets,
            );
        }
    }
    // By now, the layer holds keys and verified tokens.
    assert!(auth.health().is_ready());
    assert_clean("the layer", &debugged(&auth), &secrets);
    assert_clean("the service", &debugged(&service), &secrets);
    assert_clean("the health", &debugged(&auth.health()), &secrets);
    assert_clean(
        "the key snapshot",
        &debugged(&auth.key_snapshot()),
        &secrets,
    );
    assert_clean(
        "the migration report",
        &debugged(&auth.migration_report()),
        &secrets,
    );
}

#[test]
fn keys_that_were_given_inline_are_not_repeated_when_they_are_wrong() {
    let jwks = r#"{"keys":[{"kty":"oct","kid":"k","k":"c2VjcmV0LWtleQ"}]}"#;
    let authority = AuthoritySettings {
        jwks: Some(jwks.into()),
        issuers: vec!["https://contoso.b2clogin.com/t/v2.0/".into()],
        ..AuthoritySettings::default()
    };
    let settings = Settings {
        audiences: vec![API_ID.into()],
        authorities: vec![authority],
        ..Settings::default()
    };
    let error = B2cAuthLayer::from_settings(settings).unwrap_err();
    assert_eq!(error.mistakes()[0].field, "authorities[0].jwks");
    assert_clean(
        "the error",
        &format!("{error} {error:?}"),
        &["c2VjcmV0LWtleQ".into()],
    );
}

/// The bug: a key or a salt that was written where the path of its file, or its id, belongs was in the error.
#[test]
fn keys_and_salts_in_the_wrong_place_are_not_repeated() {
    const SALT: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const LINE: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{LINE}\n-----END PRIVATE KEY-----\n");
    let long_id = pem.repeat(4);
    let migration = "legacy_issuers = 'https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/'\ncount_users = true";
    for tables in [
        format!("[[decryption_keys]]\nfile = '''{pem}'''\n"),
        format!("[[decryption_keys]]\nid = '''{pem}'''\n"),
        format!("[[decryption_keys]]\nid = '''{long_id}'''\npem = ''\n"),
        format!("[fetch]\nca_file = '''{pem}'''\n"),
        format!("[migration]\n{migration}\nuser_salt_file = '{SALT}'\n"),
        format!("[[authorities]]\nissuers = 'https://a.example/'\nkeys = [{{ id = '{SALT}' }}]\n"),
        format!(
            "[[authorities]]\nissuers = 'https://a.example/'\nkeys = [{{ id = '{SALT}', secret = 'the id' }}]\n"
        ),
    ] {
        let authority = "[[authorities]]\ntenant = 'contoso'\npolicy = 'B2C_1_a'\n";
        let text = format!("audiences = '{API_ID}'\n{authority}{tables}");
        let settings = Settings::from_toml(&text).unwrap();
        let error = B2cAuthLayer::from_settings(settings).unwrap_err();
        assert_clean(
            &tables,
            &format!("{error} {error:?}"),
            &[SALT.into(), LINE.into()],
        );
    }
}

#[test]
fn a_password_in_a_metadata_url_is_not_repeated() {
    for policy in [None, Some("B2C_1_a".to_owned())] {
        let url = "https://svc:hunter2@contoso.b2clogin.com/m";
        let settings = Settings {
            audiences: vec![API_ID.into()],
            authorities: vec![AuthoritySettings {
                policy,
                ..AuthoritySettings::openid_config(url)
            }],
            ..Settings::default()
        };
        let error = B2cAuthLayer::from_settings(settings).unwrap_err();
        assert_eq!(error.mistakes()[0].field, "authorities[0].openid_config");
        let told = format!("{error} {error:?}");
        assert_clean("the error", &told, &["hunter2".into()]);
    }
}

/// A handler behind the layer and a requirement for a scope. It returns the claims.
fn protected(auth: &B2cAuthLayer) -> B2cAuth<impl Handler> {
    let give = service_fn(async |request: Request<()>| {
        let mut response = Response::new(Body::empty());
        if let Some(claims) = request.extensions().get::<VerifiedClaims>() {
            response.extensions_mut().insert(claims.clone());
        }
        if request.extensions().get::<ReportOnly>().is_some() {
            *response.status_mut() = StatusCode::IM_A_TEAPOT;
        }
        Ok::<_, Infallible>(response)
    });
    auth.layer(auth.require(scope(SCOPE)).layer(give))
}

trait Handler:
    tower::Service<Request<()>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Debug
{
}

impl<S> Handler for S where
    S: tower::Service<Request<()>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Debug
{
}

async fn send(service: &B2cAuth<impl Handler>, token: &str) -> Response<Body> {
    service.clone().oneshot(with_token(token)).await.unwrap()
}

fn with_token(token: &str) -> Request<()> {
    let value = format!("Bearer {token}");
    Request::get("/")
        .header("authorization", value)
        .body(())
        .unwrap()
}

/// Good and bad tokens with the status that each gets.
fn tokens(tenant: &Emulator) -> Vec<(String, u16)> {
    let token = || -> TokenBuilder {
        let [sub, oid, name, email, nested] = CLAIM_VALUES;
        tenant
            .token(POLICY)
            .claim("sub", sub)
            .claim("oid", oid)
            .claim("name", name)
            .claim("emails", json!([email]))
            .scope(SCOPE)
            .claim("extension_deep", json!({ "in": [nested] }))
    };
    let good = token().sign();
    let (input, _) = good.rsplit_once('.').unwrap();
    vec![
        (good.clone(), 200),
        (good.clone(), 200),
        (token().scope("other").sign(), 403),
        (token().issued_at(1_500_000_000).sign(), 401),
        (token().audience("sub-7c1f").sign(), 401),
        (token().issuer("https://oid-9d2e.example/").sign(), 401),
        (token().kid("nested-3b").sign(), 401),
        (token().header("alg", "oid-9d2e").sign(), 401),
        (token().claim("exp", "sub-7c1f").sign(), 401),
        (token().sign_with_none(), 401),
        (format!("{input}.{}", "A".repeat(342)), 401),
        (
            format!("{input}.{}.{}", "A".repeat(342), "A".repeat(342)),
            401,
        ),
    ]
}

/// What must not be seen: the parts of the tokens, the values of their claims, and the keys.
fn secrets(tenant: &Emulator, tokens: &[(String, u16)]) -> Vec<String> {
    let parts = tokens
        .iter()
        .flat_map(|(token, _)| token.split('.').map(str::to_owned));
    let key = tenant.signing_key(POLICY).public_jwk();
    let modulus = key["n"].as_str().unwrap().to_owned();
    let values = CLAIM_VALUES.map(str::to_owned);
    parts
        .chain([modulus])
        .chain(values)
        .filter(|secret| !secret.is_empty())
        .collect()
}

fn assert_clean(what: &str, printed: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(
            !printed.contains(secret.as_str()),
            "{what} shows {secret}: {printed}"
        );
    }
}

fn debugged(thing: &impl Debug) -> String {
    format!("{thing:?} {thing:#?}")
}
