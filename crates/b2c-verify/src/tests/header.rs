use super::support::*;
use crate::{
    Algorithm, AlgorithmSet, Credentials, MAX_KID_BYTES, Part, Scratch, TokenError, UnverifiedToken,
};

const BAD_HEADER: TokenError = TokenError::Malformed(Part::Header);

#[test]
fn headers_are_judged_by_what_is_in_them() {
    let deep = format!(
        r#"{{"alg":"RS256","x":{}{}}}"#,
        "[".repeat(33),
        "]".repeat(33)
    );
    for (header, expected) in [
        // Accepted headers.
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
            // As long as `application/`.
            r#"{"alg":"RS256","typ":"urn:example:jwt"}"#,
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
        // A name twice, even in different spellings.
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
