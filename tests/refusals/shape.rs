//! Malformed and unsupported tokens (RFC 7515, RFC 8725 §3).

use b2c_verify::{MAX_KID_BYTES, MAX_NESTING, MAX_TOKEN_BYTES, Part};
use serde_json::json;
use tower_b2c_auth::TokenError::{
    CriticalHeader, DuplicateMember, Encrypted, Malformed, TooLarge, UnsupportedAlgorithm,
    UnsupportedType,
};

use super::*;

#[tokio::test]
async fn texts_that_are_not_tokens_are_refused() {
    let world = World::start().await;
    let good = world.token().sign();
    let part = |at: usize| good.split('.').nth(at).unwrap();
    let (header, payload, signature) = (part(HEADER), part(PAYLOAD), part(SIGNATURE));
    let nested = "[".repeat(MAX_NESTING + 1) + &"]".repeat(MAX_NESTING + 1);
    let large = "x".repeat(MAX_TOKEN_BYTES);
    world
        .assert_invalid_tokens([
            ("one part", "abc".to_owned(), Malformed(Part::Shape)),
            (
                "two parts",
                format!("{header}.{payload}"),
                Malformed(Part::Shape),
            ),
            (
                "four parts",
                format!("{good}.{signature}"),
                Malformed(Part::Shape),
            ),
            (
                "five parts",
                format!("{good}.{payload}.{signature}"),
                Encrypted,
            ),
            (
                "five parts, no encrypted key",
                format!("{header}..{payload}.{payload}.{payload}"),
                Encrypted,
            ),
            ("dots", "..".to_owned(), Malformed(Part::Shape)),
            (
                "no header",
                format!(".{payload}.{signature}"),
                Malformed(Part::Shape),
            ),
            (
                "no payload",
                format!("{header}..{signature}"),
                Malformed(Part::Shape),
            ),
            (
                "no signature",
                format!("{header}.{payload}."),
                Malformed(Part::Shape),
            ),
            (
                "a header that is no Base64url",
                format!("A.{payload}.{signature}"),
                Malformed(Part::Header),
            ),
            (
                "a header of the other alphabet",
                format!("+/+/.{payload}.{signature}"),
                Malformed(Part::Header),
            ),
            (
                "a header that is no JSON",
                with_part(&good, HEADER, "RS256"),
                Malformed(Part::Header),
            ),
            (
                "a header that is an array",
                with_part(&good, HEADER, r#"["RS256"]"#),
                Malformed(Part::Header),
            ),
            (
                "a header with more behind it",
                with_part(&good, HEADER, r#"{"alg":"RS256"}{}"#),
                Malformed(Part::Header),
            ),
            (
                "a payload that is no Base64url",
                format!("{header}.A.{signature}"),
                Malformed(Part::Claims),
            ),
            (
                "a payload that is no JSON",
                with_part(&good, PAYLOAD, "alice"),
                Malformed(Part::Claims),
            ),
            (
                "a payload that is an array",
                with_part(&good, PAYLOAD, "[]"),
                Malformed(Part::Claims),
            ),
            (
                "a payload nested too deeply",
                with_part(&good, PAYLOAD, &format!(r#"{{"deep":{nested}}}"#)),
                Malformed(Part::Claims),
            ),
            (
                "a signature that is no Base64url",
                format!("{header}.{payload}.A"),
                Malformed(Part::Signature),
            ),
            (
                "a signature that is too long",
                format!("{header}.{payload}.{}", "A".repeat(1400)),
                Malformed(Part::Signature),
            ),
            (
                "a token that is too large",
                world.token().claim("large", large).sign(),
                TooLarge,
            ),
        ])
        .await;
    world
        .assert_accepted([("the token that the cases vary", good)])
        .await;
}

#[tokio::test]
async fn only_rs256_is_accepted_whatever_the_header_says() {
    let world = World::start().await;
    let key = world.tenant.signing_key(POLICY);
    let with_alg = |alg: &str| world.token().header("alg", alg).sign();
    let hs256 = |secret: &[u8]| world.token().sign_hs256(secret);
    let jwk = key.public_jwk().to_string();
    world
        .assert_invalid_tokens([
            (
                "none, and no signature",
                world.token().sign_with_none(),
                Malformed(Part::Shape),
            ),
            ("none", with_alg("none"), UnsupportedAlgorithm),
            ("None", with_alg("None"), UnsupportedAlgorithm),
            ("NONE", with_alg("NONE"), UnsupportedAlgorithm),
            ("an empty name", with_alg(""), UnsupportedAlgorithm),
            ("rs256", with_alg("rs256"), UnsupportedAlgorithm),
            (
                "HS256 with the public key in PEM",
                hs256(key.public_key_pem().as_bytes()),
                UnsupportedAlgorithm,
            ),
            (
                "HS256 with the public key in PEM, trimmed",
                hs256(key.public_key_pem().trim().as_bytes()),
                UnsupportedAlgorithm,
            ),
            (
                "HS256 with the public key in DER",
                hs256(&key.public_key_der()),
                UnsupportedAlgorithm,
            ),
            (
                "HS256 with the key as it is published",
                hs256(jwk.as_bytes()),
                UnsupportedAlgorithm,
            ),
            (
                "HS256 with an empty secret",
                hs256(b""),
                UnsupportedAlgorithm,
            ),
            ("RS384", with_alg("RS384"), UnsupportedAlgorithm),
            ("PS256", with_alg("PS256"), UnsupportedAlgorithm),
            ("ES256", with_alg("ES256"), UnsupportedAlgorithm),
            (
                "no alg",
                world.token().without_header("alg").sign(),
                UnsupportedAlgorithm,
            ),
            (
                "alg null",
                world.token().header("alg", Value::Null).sign(),
                Malformed(Part::Header),
            ),
            (
                "alg as an array",
                world.token().header("alg", json!(["RS256"])).sign(),
                Malformed(Part::Header),
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_header_that_asks_for_more_than_we_understand_is_refused() {
    let world = World::start().await;
    let with = |name: &str, value: Value| world.token().header(name, value).sign();
    world
        .assert_invalid_tokens([
            ("crit", with("crit", json!(["exp"])), CriticalHeader),
            ("an empty crit", with("crit", json!([])), CriticalHeader),
            ("crit null", with("crit", Value::Null), CriticalHeader),
            (
                "an unencoded payload",
                with("b64", json!(false)),
                CriticalHeader,
            ),
            (
                "another typ",
                with("typ", json!("logout+jwt")),
                UnsupportedType,
            ),
            ("an empty typ", with("typ", json!("")), UnsupportedType),
            (
                "a typ that is no text",
                with("typ", json!(1)),
                UnsupportedType,
            ),
            ("a nested token", with("cty", json!("JWT")), UnsupportedType),
            ("compression", with("zip", json!("DEF")), UnsupportedType),
            (
                "an empty kid",
                with("kid", json!("")),
                Malformed(Part::Header),
            ),
            (
                "a kid that is no text",
                with("kid", json!(7)),
                Malformed(Part::Header),
            ),
            (
                "a kid that is too long",
                with("kid", json!("k".repeat(MAX_KID_BYTES + 1))),
                Malformed(Part::Header),
            ),
        ])
        .await;
    world
        .assert_accepted([
            ("no typ", world.token().without_header("typ").sign()),
            ("at+jwt", with("typ", json!("at+jwt"))),
            (
                "application/at+jwt",
                with("typ", json!("application/at+jwt")),
            ),
            (
                "a header of which nothing is known",
                with("x-unknown", json!({"a": 1})),
            ),
        ])
        .await;
}

#[tokio::test]
async fn duplicate_members_are_refused() {
    let world = World::start().await;
    let good = world.token().sign();
    let claims = claims_of(&good).to_string();
    let claims = claims.strip_prefix('{').unwrap();
    let header = r#""kid":"k","typ":"JWT","alg":"RS256"}"#;
    let payload = |first: &str| with_part(&good, PAYLOAD, &format!("{{{first},{claims}"));
    let double_header = |first: &str| with_part(&good, HEADER, &format!("{{{first},{header}"));
    world
        .assert_invalid_tokens([
            (
                "aud",
                payload(r#""aud":"somebody else""#),
                DuplicateMember(Part::Claims),
            ),
            (
                "iss, escaped",
                payload(r#""\u0069ss":"somebody else""#),
                DuplicateMember(Part::Claims),
            ),
            (
                "a claim that is not checked",
                payload(r#""name":"Mallory""#),
                DuplicateMember(Part::Claims),
            ),
            (
                "alg",
                double_header(r#""alg":"none""#),
                DuplicateMember(Part::Header),
            ),
            (
                "kid",
                double_header(r#""kid":"other""#),
                DuplicateMember(Part::Header),
            ),
        ])
        .await;
}
