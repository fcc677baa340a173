use std::time::{Duration, SystemTime};

use b2c_emulator::{Emulator, IssuerForm, Kind, Seed, SigningKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind, jwk::Jwk};
use serde_json::Value;

use crate::{POLICY, client::get};

#[tokio::test]
async fn a_token_verifies_with_the_key_that_is_served_under_its_kid() {
    let tenant = Emulator::start().await.unwrap();
    let other = SigningKey::generate().unwrap();
    let good = || tenant.token(POLICY).audience("my-api");
    let jwk = served_jwk(&tenant).await;
    assert_eq!(header(&good().sign())["kid"], jwk["kid"]);
    let issuer = tenant.issuer(&IssuerForm::Default);
    let pem = other.public_key_pem();
    let cases = [
        (good().sign(), None),
        (good().audiences(["x", "my-api"]).sign(), None),
        (tenant.id_token(POLICY).audience("my-api").sign(), None),
        (good().key(&other).sign(), Some(ErrorKind::InvalidSignature)),
        (
            good().audience("other-api").sign(),
            Some(ErrorKind::InvalidAudience),
        ),
        (
            good().issuer("https://elsewhere/").sign(),
            Some(ErrorKind::InvalidIssuer),
        ),
        (
            good().issued_at(1_600_000_000).sign(),
            Some(ErrorKind::ExpiredSignature),
        ),
        (
            good().sign_hs256(pem.as_bytes()),
            Some(ErrorKind::InvalidAlgorithm),
        ),
    ];
    for (token, refused) in cases {
        let verified = verify(&token, &jwk, &issuer);
        assert_eq!(verified.err().map(|error| error.into_kind()), refused);
    }
}

/// The bug: External ID's tokens had B2C's user, and a `sub` equal to `oid`, which in External ID only tokens without a user have.
#[test]
fn a_token_of_external_id_is_its_first_user_s_and_has_another_sub() {
    let emulator = Emulator::builder().seed(Seed::default());
    let emulator = emulator.without_socket().unwrap();
    let tenant = emulator
        .tenants()
        .find(|it| it.kind() == Kind::ExternalId)
        .unwrap();
    let [first, second, ..] = &tenant.users()[..] else {
        panic!("the seed has users")
    };
    let claims_now = || claims(&tenant.token("").sign());
    let token = claims_now();
    assert_eq!(token["oid"], *first.object_id);
    assert_eq!(token["name"], *first.name);
    assert_ne!(token["sub"], token["oid"]);
    assert_eq!(token["roles"], Value::Null);
    tenant.remove_user(&first.object_id);
    assert_eq!(claims_now()["oid"], *second.object_id);
}

#[tokio::test]
async fn an_access_token_and_an_id_token_have_the_claims_of_b2c() {
    let tenant = Emulator::start().await.unwrap();
    let access = tenant.token(POLICY).scope("tasks.read tasks.write").sign();
    let id = tenant.id_token(POLICY).sign();
    for token in [&access, &id] {
        let header = header(token);
        assert_eq!(header["typ"], "JWT");
        assert_eq!(header["alg"], "RS256");
        let claims = claims(token);
        assert_eq!(claims["sub"], claims["oid"]);
        assert_eq!(claims["tfp"], POLICY);
        assert_eq!(claims["ver"], "1.0");
        let issued_at = claims["iat"].as_u64().unwrap();
        assert_eq!(claims["exp"], issued_at + 3600);
        assert_eq!(claims["nbf"], issued_at);
        assert!(claims["emails"].is_array());
    }
    let (access, id) = (claims(&access), claims(&id));
    assert_eq!(access["scp"], "tasks.read tasks.write");
    for member in ["nonce", "auth_time", "idp"] {
        assert!(access.get(member).is_none() && id.get(member).is_some());
    }
    assert!(access.get("azp").is_some() && id.get("azp").is_none());
    assert!(id.get("scp").is_none());
}

#[tokio::test]
async fn each_setting_ends_up_in_the_token() {
    let tenant = Emulator::start().await.unwrap();
    let token = tenant
        .token(POLICY)
        .subject("somebody")
        .client_id("my-client")
        .issued_at(1_000)
        .lifetime(Duration::from_secs(60))
        .not_before(900)
        .claim("extension_level", 7)
        .without("name")
        .kid("another")
        .header("crit", vec!["b64"])
        .without_header("typ");
    let signed = token.clone().sign();
    let (header, body) = (header(&signed), claims(&signed));
    assert_eq!(body["sub"], "somebody");
    assert_eq!(body["azp"], "my-client");
    assert_eq!(body["exp"], 1_060);
    assert_eq!(body["nbf"], 900);
    assert_eq!(body["extension_level"], 7);
    assert!(body.get("name").is_none());
    assert_eq!(header["kid"], "another");
    assert_eq!(header["crit"][0], "b64");
    assert!(header.get("typ").is_none());
    assert!(signed.starts_with(&token.signing_input()));
    assert_eq!(claims(&token.expires_at(5).sign())["exp"], 5);
}

#[tokio::test]
async fn forged_tokens_have_the_requested_header() {
    let tenant = Emulator::start().await.unwrap();
    let none = tenant.token(POLICY).sign_with_none();
    assert_eq!(header(&none)["alg"], "none");
    assert!(none.ends_with('.'));

    let secret = tenant.signing_key(POLICY).public_key_der();
    let symmetric = tenant.token(POLICY).sign_hs256(&secret);
    let mut rules = Validation::new(Algorithm::HS256);
    rules.validate_aud = false;
    let key = DecodingKey::from_secret(&secret);
    assert!(jsonwebtoken::decode::<Value>(&symmetric, &key, &rules).is_ok());
}

#[tokio::test]
async fn times_come_from_the_given_clock() {
    let tenant = Emulator::builder()
        .clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(42))
        .start()
        .await
        .unwrap();
    let claims = claims(&tenant.token(POLICY).sign());
    assert_eq!(claims["iat"], 42);
    assert_eq!(claims["exp"], 3_642);
}

#[tokio::test]
async fn debug_texts_contain_no_secrets() {
    let tenant = Emulator::start().await.unwrap();
    let key = tenant.signing_key(POLICY);
    let token = tenant.token(POLICY).claim("extension_secret", "swordfish");
    let texts = format!("{tenant:?} {key:?} {token:?} {:?}", Emulator::builder());
    assert!(texts.contains(key.kid()));
    let jwk = key.public_jwk();
    for secret in [jwk["n"].as_str().unwrap(), "swordfish", "PRIVATE", "alex@"] {
        assert!(!texts.contains(secret), "{secret}");
    }
}

pub(crate) async fn served_jwk(tenant: &Emulator) -> Value {
    let metadata = get(&tenant.metadata_url(POLICY)).await.json();
    get(metadata["jwks_uri"].as_str().unwrap()).await.json()["keys"][0].clone()
}

pub(crate) fn claims(token: &str) -> Value {
    part(token, 1)
}

pub(crate) fn header(token: &str) -> Value {
    part(token, 0)
}

/// By somebody else's library, so that two mistakes of ours cannot agree.
pub(crate) fn verify(
    token: &str,
    jwk: &Value,
    issuer: &str,
) -> Result<Value, jsonwebtoken::errors::Error> {
    let jwk: Jwk = serde_json::from_value(jwk.clone()).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&["my-api"]);
    rules.set_issuer(&[issuer]);
    let key = DecodingKey::from_jwk(&jwk)?;
    jsonwebtoken::decode(token, &key, &rules).map(|data| data.claims)
}

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The bug: the panic said only "the tenant has this policy".
#[tokio::test]
async fn a_token_of_a_policy_that_does_not_exist_panics_and_names_those_that_do() {
    let emulator = Emulator::start().await.unwrap();
    let asks: [&dyn Fn(); 3] = [
        &|| drop(emulator.token("B2C_1_nope")),
        &|| drop(emulator.id_token("B2C_1_nope")),
        &|| drop(emulator.signing_key("B2C_1_nope")),
    ];
    for ask in asks {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask));
        let panicked = panicked.unwrap_err();
        let message = panicked.downcast_ref::<String>().unwrap();
        let expected = "the tenant contoso has no policy B2C_1_nope, only ";
        assert!(message.starts_with(expected), "{message}");
    }
}
