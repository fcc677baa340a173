use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use super::support::*;
use crate::{MAX_SIGNATURE_BYTES, MAX_TOKEN_BYTES, Part, Scratch, TokenError};

const SHAPE: TokenError = TokenError::Malformed(Part::Shape);
const BAD_HEADER: TokenError = TokenError::Malformed(Part::Header);
const BAD_CLAIMS: TokenError = TokenError::Malformed(Part::Claims);
const BAD_SIGNATURE_TEXT: TokenError = TokenError::Malformed(Part::Signature);

fn refusal(token: &str) -> Option<TokenError> {
    judge(token).err()
}

#[test]
fn a_good_token_is_accepted() {
    let claims = judge(&good_token()).unwrap();
    assert_eq!(claims.subject(), Some("alice"));
}

#[test]
fn tokens_without_three_parts_are_refused() {
    for (token, expected) in [
        ("a", SHAPE),
        ("a.b", SHAPE),
        (".", SHAPE),
        ("..", SHAPE),
        ("...", SHAPE),
        ("....", SHAPE),
        (".....", SHAPE),
        ("a..c", SHAPE),
        (".b.c", SHAPE),
        ("a.b.", SHAPE),
        ("a.b.c.d", SHAPE),
        ("a.b.c.d.e.f", SHAPE),
        ("a.b.c.d.e", TokenError::Encrypted),
        ("a..c.d.e", TokenError::Encrypted),
    ] {
        assert_eq!(refusal(token), Some(expected), "{token}");
    }
    assert_eq!(refusal(&".".repeat(MAX_TOKEN_BYTES)), Some(SHAPE));
}

#[test]
fn a_token_above_the_limit_is_refused_before_anything_else() {
    assert_eq!(refusal(&"a".repeat(MAX_TOKEN_BYTES)), Some(SHAPE));
    assert_eq!(
        refusal(&"a".repeat(MAX_TOKEN_BYTES + 1)),
        Some(TokenError::TooLarge)
    );
    assert_eq!(refusal(&".".repeat(100_000)), Some(TokenError::TooLarge));
    assert_eq!(refusal(&"a.".repeat(100_000)), Some(TokenError::TooLarge));
}

#[test]
fn base64_is_strict_in_every_part() {
    let token = good_token();
    let parts: Vec<_> = token.split('.').collect();
    for (position, error) in [(0, BAD_HEADER), (1, BAD_CLAIMS), (2, BAD_SIGNATURE_TEXT)] {
        for spoil in [
            |part: &str| format!("{part}="),
            |part: &str| format!("{part}=="),
            |part: &str| format!("+{}", &part[1..]),
            |part: &str| format!("/{}", &part[1..]),
            |part: &str| format!("~{}", &part[1..]),
            // The length of Base64 text is never one more than a multiple of four.
            |part: &str| format!("{}A", &part[..part.len() / 4 * 4]),
        ] {
            let mut spoiled: Vec<_> = parts.iter().map(ToString::to_string).collect();
            spoiled[position] = spoil(parts[position]);
            let spoiled = spoiled.join(".");
            let outcome = validated(&rules(), &spoiled, &mut Scratch::default(), |_| ());
            assert_eq!(outcome, Err(error), "{spoiled}");
        }
    }
}

#[test]
fn stray_bits_at_the_end_of_base64_are_refused() {
    // 256 bytes end in two characters that carry 8 of 12 bits; the last four must be zero.
    let token = good_token();
    let last = token.chars().last().unwrap();
    assert!("AQgw".contains(last));
    for stray in ["B", "R", "h", "x"] {
        let spoiled = format!("{}{stray}", &token[..token.len() - 1]);
        assert_eq!(refusal(&spoiled), Some(BAD_SIGNATURE_TEXT));
    }
    let (header, rest) = token.split_once('.').unwrap();
    assert_eq!(
        header.len() % 4,
        0,
        "choose a header whose Base64url has no spare bits"
    );
    let padded = RsaSigner::ours().sign_parts(
        &RSA_PKCS1_SHA256,
        "eyJhbGciOiJSUzI1NiJ9Cg",
        rest.split_once('.').unwrap().0,
    );
    assert!(
        judge(&padded).is_ok(),
        "a newline after the header is white space"
    );
    let stray = RsaSigner::ours().sign_parts(
        &RSA_PKCS1_SHA256,
        "eyJhbGciOiJSUzI1NiJ9Ch",
        rest.split_once('.').unwrap().0,
    );
    assert_eq!(refusal(&stray), Some(BAD_HEADER));
}

#[test]
fn signatures_longer_than_any_key_makes_are_refused_before_a_key_is_looked_up() {
    for (length, expected) in [
        (1, None),
        (MAX_SIGNATURE_BYTES, None),
        (MAX_SIGNATURE_BYTES + 1, Some(BAD_SIGNATURE_TEXT)),
        (8000, Some(BAD_SIGNATURE_TEXT)),
    ] {
        let token = format!(
            "{}.{}.{}",
            b64(HEADER),
            b64(good_claims("")),
            b64(vec![1; length])
        );
        assert_eq!(
            validated(&rules(), &token, &mut Scratch::default(), |_| ()).err(),
            expected,
            "{length}"
        );
    }
}

#[test]
fn scratch_buffers_carry_nothing_from_one_token_to_the_next() {
    let (long, short) = (
        RsaSigner::ours().sign(HEADER, &good_claims(r#","x":"\n\n\n","y":["a","b"]"#)),
        good_token(),
    );
    let mut scratch = Scratch::default();
    for token in [
        &long,
        &short,
        &"e30.e30.AA".to_owned(),
        &"e30.e30.AA".to_owned(),
        &"_w._w._w".to_owned(),
        &"_w._w._w".to_owned(),
        &short,
        &RsaSigner::ours().sign(r#"{"alg":"none"}"#, &good_claims("")),
        &RsaSigner::ours().sign(r#"{"alg":"none"}"#, &good_claims("")),
        &RsaSigner::ours().sign(r#"{"alg":"RS256","alg":"RS256"}"#, &good_claims("")),
        &RsaSigner::ours().sign(r#"{"alg":"RS256","alg":"RS256"}"#, &good_claims("")),
        &short,
        &long,
    ] {
        let fresh = judge(token).map(|claims| claims.deserialize::<serde_json::Value>().unwrap());
        let reused = validated(&rules(), token, &mut scratch, |token| {
            token.verify(&RsaSigner::ours().key())
        });
        let reused = reused.and_then(|verified| verified);
        assert_eq!(
            reused.map(|claims| claims.deserialize::<serde_json::Value>().unwrap()),
            fresh
        );
    }
}
