use super::support::*;
use crate::{Claim, MAX_CLAIMS, MAX_TOKEN_BYTES, Part, TokenError};

const SHAPE: TokenError = TokenError::Malformed(Part::Shape);
const BAD_CLAIMS: TokenError = TokenError::Malformed(Part::Claims);

fn refusal(token: &str) -> Option<TokenError> {
    judge(token).err()
}

#[test]
fn payloads_that_are_not_objects_are_refused() {
    for payload in [
        b"".as_slice(),
        b"null",
        b"[]",
        b"\"text\"",
        b"1",
        b"{",
        b"{}}",
        b"{} {}",
        b"{\"a\":1,}",
        b"{'a':1}",
        b"{\"a\":01}",
        b"{\"a\":NaN}",
        b"{\"a\":Infinity}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"\\ud800\":1}",
        b"{\"a\":\"\x01\"}",
        b"{\"a\":\"\xff\"}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":1}\0",
        b"<html></html>",
    ] {
        let token = format!("{}.{}.{}", b64(HEADER), b64(payload), b64([1; 256]));
        let expected = if payload.is_empty() {
            SHAPE
        } else {
            BAD_CLAIMS
        };
        assert_eq!(
            refusal(&token),
            Some(expected),
            "{}",
            payload.escape_ascii()
        );
    }
    assert_eq!(
        judge_claims("{}").err(),
        Some(TokenError::MissingClaim(Claim::Iss))
    );
}

#[test]
fn duplicate_claims_are_refused_even_if_escaped() {
    let duplicate = Some(TokenError::DuplicateMember(Part::Claims));
    for more in [
        r#","sub":"bob""#,
        r#","s\u0075b":"bob""#,
        r#","iss":"https://evil.example/""#,
        r#","a":1,"b":2,"a":1"#,
        r#","":1,"":2"#,
        r#","\/":1,"/":2"#,
    ] {
        assert_eq!(judge_claims(&good_claims(more)).err(), duplicate, "{more}");
    }
    assert!(judge_claims(&good_claims(r#","Sub":"bob","sub ":1,"":2"#)).is_ok());
    assert!(judge_claims(&good_claims(r#","a":{"x":1},"b":{"x":1}"#)).is_ok());
}

#[test]
fn the_number_of_claims_is_limited_and_duplicates_are_found_among_many() {
    let many = |count: usize| {
        (5..count)
            .map(|index| format!(r#","c{index:04}":{index}"#))
            .collect::<String>()
    };
    assert!(judge_claims(&good_claims(&many(MAX_CLAIMS))).is_ok());
    assert_eq!(
        judge_claims(&good_claims(&many(MAX_CLAIMS + 1))).err(),
        Some(BAD_CLAIMS)
    );
    let twice = format!(r#"{},"c0005":0"#, many(MAX_CLAIMS - 1));
    assert_eq!(
        judge_claims(&good_claims(&twice)).err(),
        Some(TokenError::DuplicateMember(Part::Claims))
    );
}

/// Claims of any shape must fit into their storage.
#[test]
fn the_largest_tokens_with_escapes_or_elements_are_verified() {
    let elements = format!(r#","x":["a"{}]"#, r#","b""#.repeat(2_700));
    let escapes = format!(r#","x":"{}""#, r"\u00e9".replace(r"\\", r"\").repeat(1_500));
    for more in [elements, escapes] {
        let token = RsaSigner::ours().sign(HEADER, &good_claims(&more));
        assert!(
            token.len() > MAX_TOKEN_BYTES * 3 / 4 && token.len() <= MAX_TOKEN_BYTES,
            "{}",
            token.len()
        );
        let claims = judge(&token).unwrap();
        assert!(claims.raw("x").is_some_and(|x| x.len() > 8_000));
    }
}
