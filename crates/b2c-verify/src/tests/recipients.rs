use super::support::*;
use crate::{
    Algorithm, AlgorithmSet, Audiences, Authority, Claim, Credentials, IssuerChanged,
    MAX_AUTHORITIES, Scratch, TokenError, TooManyAuthorities, Verifier,
};

fn claims(iss: &str, aud: &str) -> String {
    format!(r#"{{"iss":{iss},"aud":{aud},"exp":{}}}"#, NOW + 3600)
}

fn one(authority: Authority) -> Verifier {
    Verifier::new(vec![authority]).unwrap()
}

#[test]
fn issuers_are_compared_byte_for_byte() {
    for (iss, expected) in [
        (format!(r#""{ISS}""#), None),
        (format!(r#""{}""#, ISS.replace('/', "\\/")), None),
        (
            format!(r#""{}""#, ISS.trim_end_matches('/')),
            Some(TokenError::UnknownIssuer),
        ),
        (format!(r#""{ISS}/""#), Some(TokenError::UnknownIssuer)),
        (format!(r#""{ISS} ""#), Some(TokenError::UnknownIssuer)),
        (format!(r#""{ISS}\u0000""#), Some(TokenError::UnknownIssuer)),
        (
            format!(r#""{}""#, ISS.to_uppercase()),
            Some(TokenError::UnknownIssuer),
        ),
        (
            format!(r#""{}""#, ISS.replace("https", "http")),
            Some(TokenError::UnknownIssuer),
        ),
        (
            format!(r#""{}""#, ISS.replace("contoso", "contos\u{43e}")),
            Some(TokenError::UnknownIssuer),
        ),
        (
            format!(
                r#""{}""#,
                ISS.replace("https://", "https://contoso.b2clogin.com@")
            ),
            Some(TokenError::UnknownIssuer),
        ),
        (
            format!(r#""{}""#, &ISS[..30]),
            Some(TokenError::UnknownIssuer),
        ),
        (r#""""#.into(), Some(TokenError::UnknownIssuer)),
        ("null".into(), Some(TokenError::InvalidClaim(Claim::Iss))),
        ("1".into(), Some(TokenError::InvalidClaim(Claim::Iss))),
        (
            format!(r#"["{ISS}"]"#),
            Some(TokenError::InvalidClaim(Claim::Iss)),
        ),
        (
            format!(r#"{{"a":"{ISS}"}}"#),
            Some(TokenError::InvalidClaim(Claim::Iss)),
        ),
    ] {
        assert_eq!(
            validate_claims(&verifier(), &claims(&iss, &format!(r#""{AUD}""#))).err(),
            expected,
            "{iss}"
        );
    }
    let without = format!(r#"{{"aud":"{AUD}","exp":{}}}"#, NOW + 3600);
    assert_eq!(
        validate_claims(&verifier(), &without),
        Err(TokenError::MissingClaim(Claim::Iss))
    );
}

#[test]
fn an_audience_is_a_string_or_an_array_of_strings() {
    let ten_thousand = |last: &str| format!("[{}\"{last}\"]", "\"\",".repeat(3500));
    for (aud, expected) in [
        (format!(r#""{AUD}""#), None),
        (format!(r#"["{AUD}"]"#), None),
        (format!(r#"["other","{AUD}","{AUD}"]"#), None),
        (
            format!(r#"[ "other" , "{}" ]"#, AUD.replace('0', "\\u0030")),
            None,
        ),
        (ten_thousand(AUD), None),
        (ten_thousand("other"), Some(TokenError::WrongAudience)),
        (r#""other""#.into(), Some(TokenError::WrongAudience)),
        (r#""""#.into(), Some(TokenError::WrongAudience)),
        ("[]".into(), Some(TokenError::WrongAudience)),
        (format!(r#""{AUD}/""#), Some(TokenError::WrongAudience)),
        (format!(r#""{} ""#, AUD), Some(TokenError::WrongAudience)),
        (
            format!(r#""{}""#, AUD.to_uppercase()),
            Some(TokenError::WrongAudience),
        ),
        (format!(r#""{AUD} other""#), Some(TokenError::WrongAudience)),
        ("null".into(), Some(TokenError::InvalidClaim(Claim::Aud))),
        ("1".into(), Some(TokenError::InvalidClaim(Claim::Aud))),
        ("true".into(), Some(TokenError::InvalidClaim(Claim::Aud))),
        (
            format!(r#"{{"a":"{AUD}"}}"#),
            Some(TokenError::InvalidClaim(Claim::Aud)),
        ),
        (
            format!(r#"["{AUD}",1]"#),
            Some(TokenError::InvalidClaim(Claim::Aud)),
        ),
        (
            format!(r#"["{AUD}",null]"#),
            Some(TokenError::InvalidClaim(Claim::Aud)),
        ),
        (
            format!(r#"[["{AUD}"]]"#),
            Some(TokenError::InvalidClaim(Claim::Aud)),
        ),
    ] {
        assert_eq!(
            validate_claims(&verifier(), &claims(&format!(r#""{ISS}""#), &aud)).err(),
            expected,
            "{aud:.80}"
        );
    }
    let without = format!(r#"{{"iss":"{ISS}","exp":{}}}"#, NOW + 3600);
    assert_eq!(
        validate_claims(&verifier(), &without),
        Err(TokenError::MissingClaim(Claim::Aud))
    );
}

#[test]
fn any_audience_accepts_all_and_none_but_not_a_wrong_type() {
    let any = one(Authority::new(Audiences::danger_any()).issuers([ISS]));
    let iss = format!(r#""{ISS}""#);
    for aud in [r#""other""#, "[]", r#"["a","b"]"#] {
        assert_eq!(validate_claims(&any, &claims(&iss, aud)), Ok(()), "{aud}");
    }
    assert_eq!(
        validate_claims(&any, &format!(r#"{{"iss":"{ISS}","exp":{}}}"#, NOW + 3600)),
        Ok(())
    );
    assert_eq!(
        validate_claims(&any, &claims(&iss, "1")),
        Err(TokenError::InvalidClaim(Claim::Aud))
    );
    let nobody = one(Authority::new(Audiences::any_of([""; 0])).issuers([ISS]));
    assert_eq!(
        validate_claims(&nobody, &claims(&iss, r#""other""#)),
        Err(TokenError::WrongAudience)
    );
}

#[test]
fn the_discovered_issuer_is_pinned_by_the_first_document() {
    let verifier = one(Authority::new(Audiences::any_of([AUD])));
    let claims = |iss: &str| claims(&format!(r#""{iss}""#), &format!(r#""{AUD}""#));
    assert_eq!(verifier.authorities()[0].discovered_issuer(), None);
    assert_eq!(
        validate_claims(&verifier, &claims(ISS)),
        Err(TokenError::UnknownIssuer)
    );
    assert_eq!(
        validate_claims(&verifier, &claims("")),
        Err(TokenError::UnknownIssuer)
    );

    assert_eq!(verifier.authorities()[0].discover_issuer(ISS), Ok(()));
    assert_eq!(validate_claims(&verifier, &claims(ISS)), Ok(()));

    assert_eq!(
        verifier.authorities()[0].discover_issuer("https://evil.example/"),
        Err(IssuerChanged)
    );
    assert_eq!(verifier.authorities()[0].discover_issuer(ISS), Ok(()));
    assert_eq!(verifier.authorities()[0].discovered_issuer(), Some(ISS));
    assert_eq!(
        validate_claims(&verifier, &claims("https://evil.example/")),
        Err(TokenError::UnknownIssuer)
    );
}

/// Two authorities share an issuer, a third has another; each has its own audience, and one its own algorithm.
#[test]
fn only_authorities_that_accept_issuer_audience_and_algorithm_are_named() {
    let verifier = Verifier::new(vec![
        Authority::new(Audiences::any_of(["a", "both"])).issuers(["one"]),
        Authority::new(Audiences::any_of(["b", "both"]))
            .issuers(["one"])
            .algorithms(AlgorithmSet::new([Algorithm::RS256, Algorithm::PS256])),
        Authority::new(Audiences::any_of(["c", "both"])).issuers(["two"]),
    ])
    .unwrap();
    for (alg, iss, aud, expected) in [
        ("RS256", "one", "a", Ok(vec![0])),
        ("RS256", "one", "b", Ok(vec![1])),
        ("RS256", "one", "both", Ok(vec![0, 1])),
        ("RS256", "two", "both", Ok(vec![2])),
        ("PS256", "one", "both", Ok(vec![1])),
        ("RS256", "one", "c", Err(TokenError::WrongAudience)),
        ("RS256", "two", "a", Err(TokenError::WrongAudience)),
        ("RS256", "three", "both", Err(TokenError::UnknownIssuer)),
        ("PS256", "one", "a", Err(TokenError::UnsupportedAlgorithm)),
        ("PS256", "two", "c", Err(TokenError::UnsupportedAlgorithm)),
        ("ES256", "three", "x", Err(TokenError::UnsupportedAlgorithm)),
    ] {
        let header = format!(r#"{{"alg":"{alg}","kid":"k"}}"#);
        let claims = claims(&format!(r#""{iss}""#), &format!(r#""{aud}""#));
        let token = format!("{}.{}.AAAA", b64(header), b64(claims));
        let mut scratch = Scratch::default();
        let outcome = verifier.validate(
            Credentials::from_bare(token.as_bytes()).unwrap(),
            now(),
            &mut scratch,
        );
        let named = outcome.map(|token| token.authorities().iter().collect::<Vec<_>>());
        assert_eq!(named, expected, "{alg} {iss} {aud}");
    }
}

#[test]
fn a_validated_token_says_which_key_and_when_it_was_issued() {
    for (times, expected) in [
        (r#","iat":5,"nbf":6"#, Some(5)),
        (r#","nbf":6"#, Some(6)),
        ("", None),
    ] {
        let claims = format!(
            r#"{{"iss":"{ISS}","aud":"{AUD}","exp":{}{times}}}"#,
            NOW + 3600
        );
        let token = format!("{}.{}.AAAA", b64(HEADER), b64(claims));
        let (verifier, mut scratch) = (verifier(), Scratch::default());
        let token = verifier
            .validate(
                Credentials::from_bare(token.as_bytes()).unwrap(),
                now(),
                &mut scratch,
            )
            .unwrap();
        assert_eq!(
            token.issued_at().map(|date| date.as_unix().as_secs()),
            expected
        );
        assert_eq!((token.kid(), token.alg()), (Some(KID), Algorithm::RS256));
        assert_eq!(token.authorities().iter().collect::<Vec<_>>(), [0]);
    }
}

#[test]
fn a_verifier_has_at_most_64_authorities_and_none_accepts_nothing() {
    let many = |count| (0..count).map(|_| authority()).collect::<Vec<_>>();
    let full = Verifier::new(many(MAX_AUTHORITIES)).unwrap();
    assert_eq!(validate_claims(&full, &good_claims("")), Ok(()));
    assert_eq!(
        Verifier::new(many(MAX_AUTHORITIES + 1)).err(),
        Some(TooManyAuthorities)
    );
    let none = Verifier::new(vec![]).unwrap();
    assert_eq!(
        validate_claims(&none, &good_claims("")),
        Err(TokenError::UnsupportedAlgorithm)
    );
}
