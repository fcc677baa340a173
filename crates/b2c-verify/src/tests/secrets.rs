//! Neither `Debug` nor any error shows a token, a claim's value or a key.

use std::fmt::{Debug, Display};

use super::support::*;
use crate::{
    Algorithm, AlgorithmSet, Claim, Credentials, JwkSet, Part, Scratch, TokenError,
    UnverifiedToken, VerificationKey,
};

const SECRET: &str = "the-value-of-a-claim";

fn assert_clean(printed: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!printed.contains(secret), "{printed} has {secret}");
    }
}

fn debugged(thing: &impl Debug) -> String {
    format!("{thing:?} {thing:#?}")
}

#[test]
fn tokens_and_claims_are_never_printed() {
    let claims = good_claims(&format!(
        r#","name":"{SECRET}","list":["{SECRET}"],"object":{{"a":"{SECRET}"}}"#
    ));
    let token = RsaSigner::ours().sign(&format!(r#"{{"alg":"RS256","kid":"{SECRET}"}}"#), &claims);
    let parts: Vec<_> = token.split('.').collect();
    let secrets = [&token, parts[0], parts[1], parts[2], SECRET, "alice", ISS];

    let (rules, key, mut scratch) = (rules(), RsaSigner::ours().key(), Scratch::default());
    let bearer = Credentials::from_bare(token.as_bytes()).unwrap();
    assert_clean(&debugged(&bearer), &secrets);
    assert_eq!(
        format!("{bearer:?}"),
        format!("Credentials(<{} bytes>)", token.len())
    );

    let unverified =
        UnverifiedToken::parse(bearer, rules.allowed_algorithms(), &mut scratch).unwrap();
    assert_clean(&debugged(&unverified), &secrets);
    let validated = rules.validate(&unverified, ISS, now()).unwrap();
    assert_clean(&debugged(&validated), &secrets);
    let verified = validated.verify(&key).unwrap();
    assert_clean(&debugged(&scratch), &secrets);
    assert_clean(&debugged(&verified), &secrets);
    assert_eq!(
        format!("{verified:?}"),
        r#"VerifiedToken {"iss", "aud", "exp", "nbf", "sub", "name", "list", "object"}"#
    );
}

#[test]
fn claim_errors_do_not_contain_the_value() {
    let claims = judge_claims(&good_claims(&format!(
        r#","name":"{SECRET}","number":123456789,"deep":{{"{SECRET}":1}}"#
    )))
    .unwrap();
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Empty {}
    let errors = [
        claims.get::<u8>("name").unwrap_err(),
        claims.get::<u8>("number").unwrap_err(),
        claims.get::<bool>("number").unwrap_err(),
        claims.get::<Empty>("deep").map(drop).unwrap_err(),
        claims
            .extension::<u8>("x")
            .map(drop)
            .map_err(|_| ())
            .and(Err(()))
            .unwrap_or_else(|()| claims.deserialize::<Empty>().map(drop).unwrap_err()),
    ];
    for error in errors {
        assert_clean(
            &format!("{error} {}", debugged(&error)),
            &[SECRET, "123456789", "alice"],
        );
    }
}

#[test]
fn keys_are_printed_without_their_material() {
    let ours = RsaSigner::ours();
    let key = ours.key();
    assert_eq!(
        format!("{key:?}"),
        format!("VerificationKey {{ kid: Some({KID:?}), algorithms: [RS256], .. }}")
    );
    let material = format!("{:?}", &ours.n()[..4]);
    let set = JwkSet::parse(
        format!(
            r#"{{"keys":[{},{{"kty":"oct","kid":"x","k":"{SECRET}"}}]}}"#,
            ours.jwk("a")
        )
        .as_bytes(),
        AlgorithmSet::default(),
    );
    let set = set.unwrap();
    let skipped = set.skipped()[0].to_string();
    assert_clean(
        &(debugged(&set) + &skipped),
        &[material.trim_matches(['[', ']']), &b64(ours.n()), SECRET],
    );

    let secret = VerificationKey::secret(
        Some("s"),
        SECRET.repeat(2).as_bytes(),
        AlgorithmSet::new([Algorithm::HS256]),
    )
    .unwrap();
    assert_clean(&debugged(&secret), &[SECRET, "116, 104"]);
    assert_eq!(
        format!("{secret:?}"),
        r#"VerificationKey { kid: Some("s"), algorithms: [HS256], .. }"#
    );
}

#[test]
fn refusals_are_one_line_in_lower_case_with_unique_names() {
    let parts = [
        Part::Shape,
        Part::Header,
        Part::Claims,
        Part::Signature,
        Part::Encryption,
    ];
    let claims = [Claim::Iss, Claim::Aud, Claim::Exp, Claim::Nbf, Claim::Iat];
    let mut errors = vec![
        TokenError::TooLarge,
        TokenError::Encrypted,
        TokenError::UnsupportedAlgorithm,
        TokenError::CriticalHeader,
        TokenError::UnsupportedType,
        TokenError::DuplicateMember(Part::Header),
        TokenError::DuplicateMember(Part::Claims),
        TokenError::DecryptionFailed,
        TokenError::UnknownIssuer,
        TokenError::WrongAudience,
        TokenError::Expired,
        TokenError::NotYetValid,
        TokenError::LifetimeTooLong,
        TokenError::TooOld,
        TokenError::ForeignClient,
        TokenError::WrongTenant,
        TokenError::KeyBound,
        TokenError::MissingKeyId,
        TokenError::UnknownKey,
        TokenError::ForeignKey,
        TokenError::UnsuitableKey,
        TokenError::BadSignature,
    ];
    errors.extend(parts.map(TokenError::Malformed));
    errors.extend(claims.map(TokenError::MissingClaim));
    errors.extend(claims.map(TokenError::InvalidClaim));
    let is_plain = |text: &dyn Display| {
        let text = text.to_string();
        !text.contains(['\n', '\r', '"', '\\'])
            && text.starts_with(|first: char| first.is_lowercase())
    };
    assert!(errors.iter().all(|error| is_plain(error)));
    let mut names: Vec<_> = errors.iter().map(|error| error.as_str()).collect();
    assert!(names.iter().all(|name| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    }));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), errors.len());
}
