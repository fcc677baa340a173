use aws_lc_rs::signature::RSA_PKCS1_SHA256;

use super::support::*;
use crate::{
    Algorithm, AlgorithmSet, Claim, Credentials, MAX_CLAIMS, MAX_KID_BYTES, MAX_SIGNATURE_BYTES,
    MAX_TOKEN_BYTES, Part, Scratch, TokenError, UnverifiedToken,
};

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
fn anything_but_three_parts_is_refused() {
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
            // One character more than whole groups of four can never be.
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
        "choose a header of which no bits are left over"
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
fn headers_are_judged_by_what_is_in_them() {
    let deep = format!(
        r#"{{"alg":"RS256","x":{}{}}}"#,
        "[".repeat(33),
        "]".repeat(33)
    );
    for (header, expected) in [
        // What is accepted.
        (r#"{"alg":"RS256"}"#, None),
        (r#" { "alg" : "RS256" } "#, None),
        (r#"{"alg":"\u0052S256"}"#, None),
        (r#"{"alg":"RS256","typ":"JWT"}"#, None),
        (r#"{"alg":"RS256","typ":"jwt"}"#, None),
        (r#"{"alg":"RS256","typ":"at+jwt"}"#, None),
        (r#"{"alg":"RS256","typ":"AT+JWT"}"#, None),
        (r#"{"alg":"RS256","typ":"application/jwt"}"#, None),
        (r#"{"alg":"RS256","typ":"Application/at+jwt"}"#, None),
        (r#"{"alg":"RS256","cty":"text/plain"}"#, None),
        (
            r#"{"alg":"RS256","kid":"../../etc/passwd' OR 1=1 --\r\n\u0000"}"#,
            None,
        ),
        // Keys and links to keys are ignored.
        (
            r#"{"alg":"RS256","jwk":{"kty":"oct","k":"AA"},"jku":"https://evil.example/","x5u":"https://evil.example/","x5c":["AA"]}"#,
            None,
        ),
        // The algorithm.
        (r#"{}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"typ":"JWT"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"none"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"None"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"NONE"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"nOnE"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":""}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"rs256"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (
            r#"{"alg":"RS256 "}"#,
            Some(TokenError::UnsupportedAlgorithm),
        ),
        (r#"{"alg":"EdDSA"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"RS384"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"PS256"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"ES256"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":"HS256"}"#, Some(TokenError::UnsupportedAlgorithm)),
        (r#"{"alg":null}"#, Some(BAD_HEADER)),
        (r#"{"alg":256}"#, Some(BAD_HEADER)),
        (r#"{"alg":["RS256"]}"#, Some(BAD_HEADER)),
        // Critical members.
        (
            r#"{"alg":"RS256","crit":["exp"],"exp":1}"#,
            Some(TokenError::CriticalHeader),
        ),
        (
            r#"{"alg":"RS256","crit":["b64"],"b64":false}"#,
            Some(TokenError::CriticalHeader),
        ),
        (
            r#"{"alg":"RS256","crit":[]}"#,
            Some(TokenError::CriticalHeader),
        ),
        (
            r#"{"alg":"RS256","crit":["a","a"]}"#,
            Some(TokenError::CriticalHeader),
        ),
        (
            r#"{"alg":"RS256","crit":"exp"}"#,
            Some(TokenError::CriticalHeader),
        ),
        (
            r#"{"alg":"RS256","crit":null}"#,
            Some(TokenError::CriticalHeader),
        ),
        (
            r#"{"alg":"RS256","b64":false}"#,
            Some(TokenError::CriticalHeader),
        ),
        // The type.
        (
            r#"{"alg":"RS256","typ":"JWE"}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","typ":"logout+jwt"}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","typ":"dpop+jwt"}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","typ":""}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","typ":"text/jwt"}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","typ":1}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","typ":null}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","cty":"JWT"}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","cty":"jwt"}"#,
            Some(TokenError::UnsupportedType),
        ),
        (
            r#"{"alg":"RS256","zip":"DEF"}"#,
            Some(TokenError::UnsupportedType),
        ),
        // The key id.
        (r#"{"alg":"RS256","kid":1}"#, Some(BAD_HEADER)),
        (r#"{"alg":"RS256","kid":null}"#, Some(BAD_HEADER)),
        (r#"{"alg":"RS256","kid":["a"]}"#, Some(BAD_HEADER)),
        (r#"{"alg":"RS256","kid":""}"#, Some(BAD_HEADER)),
        // A name twice, also when it is written differently.
        (
            r#"{"alg":"RS256","alg":"RS256"}"#,
            Some(TokenError::DuplicateMember(Part::Header)),
        ),
        (
            r#"{"alg":"RS256","\u0061lg":"none"}"#,
            Some(TokenError::DuplicateMember(Part::Header)),
        ),
        (
            r#"{"alg":"RS256","x":1,"x":2}"#,
            Some(TokenError::DuplicateMember(Part::Header)),
        ),
        // Not an object.
        (r#"[]"#, Some(BAD_HEADER)),
        (r#""RS256""#, Some(BAD_HEADER)),
        (r#"null"#, Some(BAD_HEADER)),
        (r#"{"alg":"RS256""#, Some(BAD_HEADER)),
        (r#"{"alg":"RS256"}x"#, Some(BAD_HEADER)),
        (r#"{"alg":"RS256"}{}"#, Some(BAD_HEADER)),
        (r#"{"alg":"RS256",}"#, Some(BAD_HEADER)),
        (r#"{alg:"RS256"}"#, Some(BAD_HEADER)),
        ("{\"alg\":\"RS256\",\"kid\":\"a\nb\"}", Some(BAD_HEADER)),
        ("\u{feff}{\"alg\":\"RS256\"}", Some(BAD_HEADER)),
        (deep.as_str(), Some(BAD_HEADER)),
    ] {
        assert_eq!(judge_header(header).err(), expected, "{header}");
    }
}

#[test]
fn a_key_id_may_be_long_but_not_too_long() {
    let header = |length| format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(length));
    assert_eq!(judge_header(&header(MAX_KID_BYTES)).err(), None);
    assert_eq!(
        judge_header(&header(MAX_KID_BYTES + 1)).err(),
        Some(BAD_HEADER)
    );
    let escaped = format!(
        r#"{{"alg":"RS256","kid":"{}"}}"#,
        "\\u006b".repeat(MAX_KID_BYTES)
    );
    assert_eq!(judge_header(&escaped).err(), None);
}

#[test]
fn the_header_of_a_parsed_token_is_its_algorithm_and_key_id() {
    let token = RsaSigner::ours().sign(r#"{"alg":"RS256","kid":"a\u0062\"c"}"#, "{}");
    let mut scratch = Scratch::default();
    let token = UnverifiedToken::parse(
        Credentials::from_bare(token.as_bytes()).unwrap(),
        AlgorithmSet::RS256,
        &mut scratch,
    )
    .unwrap();
    assert_eq!(token.kid(), Some("ab\"c"));
    assert_eq!(token.alg().as_str(), "RS256");
}

#[test]
fn payloads_that_are_no_object_are_refused() {
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
fn duplicate_claims_are_refused_however_they_are_written() {
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

#[test]
fn a_header_that_some_rules_allow_is_judged_anew_by_others() {
    let token = good_token();
    let strict = rules().algorithms(AlgorithmSet::new([Algorithm::ES256]));
    let mut scratch = Scratch::default();
    for _ in 0..2 {
        assert!(validated(&rules(), &token, &mut scratch, |_| ()).is_ok());
        assert_eq!(
            validated(&strict, &token, &mut scratch, |_| ()),
            Err(TokenError::UnsupportedAlgorithm)
        );
    }
}

/// Claims of any shape must fit into their storage.
#[test]
fn the_largest_tokens_of_escapes_and_of_elements_are_verified() {
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
