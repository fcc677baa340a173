//! Which key signed, and what (RFC 7515 §5.2).

use b2c_emulator::SigningKey;
use b2c_verify::Part;
use serde_json::json;
use tower_b2c_auth::TokenError::{BadSignature, Malformed, MissingKeyId, UnknownKey};

use crate::support::NOW;

use super::*;

#[tokio::test]
async fn any_change_to_a_signed_token_is_refused() {
    let world = World::start().await;
    let good = world.token().sign();
    let claims = claims_of(&good);
    let with_claim = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        with_part(&good, PAYLOAD, &claims.to_string())
    };
    let kid = world.tenant.signing_key(POLICY).kid().to_owned();
    let header = json!({ "alg": "RS256", "kid": kid, "typ": "JWT", "x": 1 }).to_string();
    world
        .assert_invalid_tokens([
            (
                "the user",
                with_claim("oid", json!("somebody else")),
                BadSignature,
            ),
            (
                "a scope",
                with_claim("scp", json!("tasks.write")),
                BadSignature,
            ),
            (
                "a later exp",
                with_claim("exp", json!(1_900_000_000)),
                BadSignature,
            ),
            ("a header", with_part(&good, HEADER, &header), BadSignature),
            (
                "the first character of the signature",
                with_signature_character(&good, 0),
                BadSignature,
            ),
            (
                "a character in its middle",
                with_signature_character(&good, 170),
                BadSignature,
            ),
            (
                "bits behind its last byte",
                with_trailing_bit(&good),
                Malformed(Part::Signature),
            ),
            (
                "half of the signature",
                good[..good.len() - 170].to_owned(),
                BadSignature,
            ),
            (
                "another token's signature",
                swapped(&good, &world.token().subject("other").sign()),
                BadSignature,
            ),
        ])
        .await;
    world
        .assert_accepted([("the token that the cases vary", good)])
        .await;
}

#[tokio::test]
async fn only_the_tenants_own_keys_count_and_none_that_comes_with_the_token() {
    let world = World::start().await;
    let key = SigningKey::generate().unwrap();
    let evil = Emulator::builder().signing_key(key.clone());
    let evil = evil.start().await.unwrap();
    let jku = evil.metadata_url(POLICY).replace(
        "v2.0/.well-known/openid-configuration",
        "discovery/v2.0/keys",
    );
    let forged = || world.token().key(&key);
    world
        .assert_invalid_tokens([
            ("a key under the right kid", forged().sign(), BadSignature),
            (
                "a key in the header",
                forged().header("jwk", key.public_jwk()).sign(),
                BadSignature,
            ),
            (
                "a key in the header under its own kid",
                forged()
                    .issued_at(NOW - 300)
                    .kid(key.kid())
                    .header("jwk", key.public_jwk())
                    .sign(),
                UnknownKey,
            ),
            (
                "a link to a key",
                forged()
                    .issued_at(NOW - 300)
                    .kid(key.kid())
                    .header("jku", jku.as_str())
                    .sign(),
                UnknownKey,
            ),
            (
                "a link to a certificate",
                forged()
                    .issued_at(NOW - 300)
                    .kid(key.kid())
                    .header("x5u", jku.as_str())
                    .sign(),
                UnknownKey,
            ),
            (
                "an unknown kid",
                world.token().issued_at(NOW - 300).kid("unknown").sign(),
                UnknownKey,
            ),
            (
                "a kid in another case",
                world
                    .token()
                    .issued_at(NOW - 300)
                    .kid(key_id_in_other_case(&world.tenant))
                    .sign(),
                UnknownKey,
            ),
            (
                "a kid that looks like a path",
                world
                    .token()
                    .issued_at(NOW - 300)
                    .kid("../../../keys")
                    .sign(),
                UnknownKey,
            ),
            (
                "a kid that looks like a query",
                world.token().issued_at(NOW - 300).kid("' OR 1=1 --").sign(),
                UnknownKey,
            ),
            (
                "no kid",
                world.token().without_header("kid").sign(),
                MissingKeyId,
            ),
        ])
        .await;
    assert_eq!(evil.requests().total(), 0, "a link in a token was followed");
}

#[tokio::test]
async fn a_token_that_fails_the_cheap_checks_never_causes_a_fetch() {
    let world = World::start().await;
    world
        .assert_accepted([("the first", world.token().sign())])
        .await;
    let before = world.tenant.requests();
    let unknown = || world.token().issued_at(NOW - 300).kid("unknown");
    world
        .assert_invalid_tokens([
            (
                "unknown issuer",
                unknown().issuer("https://evil.example/").sign(),
                TokenError::UnknownIssuer,
            ),
            (
                "wrong audience",
                unknown().audience("other").sign(),
                TokenError::WrongAudience,
            ),
            (
                "expired",
                unknown().issued_at(1_500_000_000).sign(),
                TokenError::Expired,
            ),
            (
                "alg none",
                unknown().header("alg", "none").sign(),
                TokenError::UnsupportedAlgorithm,
            ),
        ])
        .await;
    assert_eq!(world.tenant.requests(), before);
    world
        .assert_invalid_tokens([("one that passes them", unknown().sign(), UnknownKey)])
        .await;
    assert_eq!(world.tenant.requests().keys(), before.keys() + 1);
}

#[tokio::test]
async fn two_tenants_with_one_key_do_not_accept_each_others_tokens() {
    let clock = manual_clock();
    let key = SigningKey::generate().unwrap();
    let tenant = |name: &str, id: &str| {
        let builder = Emulator::builder()
            .tenant(name)
            .tenant_id(id)
            .signing_key(key.clone());
        builder.clock(crate::support::emulator_time(&clock)).start()
    };
    let ours = tenant("contoso", "aaaabbbb-0000-cccc-1111-dddd2222eeee")
        .await
        .unwrap();
    let theirs = tenant("fabrikam", "bbbbcccc-1111-dddd-2222-eeee3333ffff")
        .await
        .unwrap();
    let api =
        |tenant: &Emulator| protected(layer_for(tenant).clock(clock.clone()).build().unwrap());
    let world = |tenant, router| World {
        clock: clock.clone(),
        tenant,
        router,
    };
    let (our_api, their_api) = (api(&ours), api(&theirs));
    let (ours, theirs) = (world(ours, our_api), world(theirs, their_api));

    let (our_token, their_token) = (ours.token().sign(), theirs.token().sign());
    ours.assert_accepted([("ours", our_token.clone())]).await;
    theirs
        .assert_accepted([("theirs", their_token.clone())])
        .await;
    ours.assert_invalid_tokens([("theirs", their_token, TokenError::UnknownIssuer)])
        .await;
    theirs
        .assert_invalid_tokens([("ours", our_token, TokenError::UnknownIssuer)])
        .await;
}

/// Another character at this place of the signature.
fn with_signature_character(token: &str, at: usize) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut characters: Vec<char> = signature.chars().collect();
    characters[at] = if characters[at] == 'A' { 'B' } else { 'A' };
    format!("{input}.{}", characters.into_iter().collect::<String>())
}

/// 256 bytes leave four bits of the last character unused; here one of them is set.
fn with_trailing_bit(token: &str) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    let other = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        "w" => "x",
        _ => panic!("the last character of a 2048-bit signature holds two bits"),
    };
    format!("{rest}{other}")
}

fn swapped(token: &str, other: &str) -> String {
    let (input, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    format!("{input}.{signature}")
}

fn key_id_in_other_case(tenant: &Emulator) -> String {
    let swap = |character: char| {
        if character.is_ascii_lowercase() {
            character.to_ascii_uppercase()
        } else {
            character.to_ascii_lowercase()
        }
    };
    tenant.signing_key(POLICY).kid().chars().map(swap).collect()
}
