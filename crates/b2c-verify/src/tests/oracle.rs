//! Compares verdicts with jsonwebtoken's.

use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};

use super::support::*;
use crate::{Algorithm, AlgorithmSet, TokenError};

/// Both check issuer, audience, `exp` and `nbf`, with a leeway of 60 seconds. jsonwebtoken uses the system's clock, so the times here are far in the past or
/// future.
fn their_opinion(alg: jsonwebtoken::Algorithm, token: &str) -> Option<Value> {
    let key =
        DecodingKey::from_rsa_components(&b64(RsaSigner::ours().n()), &b64(RsaSigner::ours().e()))
            .unwrap();
    let mut validation = Validation::new(alg);
    validation.set_issuer(&[ISS]);
    validation.set_audience(&[AUD]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;
    decode(token, &key, &validation)
        .ok()
        .map(|data| data.claims)
}

const LONG_AGO: u64 = 1_000_000_000;
const FAR_AWAY: u64 = 5_000_000_000;

#[test]
fn tokens_of_jsonwebtoken_are_accepted_with_the_same_claims() {
    let key = EncodingKey::from_rsa_der(&RsaSigner::ours().private_der());
    for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        let (ours, theirs): (Algorithm, jsonwebtoken::Algorithm) =
            (name.parse().unwrap(), name.parse().unwrap());
        let mut header = Header::new(theirs);
        header.kid = Some(KID.into());
        let claims = json!({"iss": ISS, "aud": [AUD, "x"], "exp": FAR_AWAY, "nbf": LONG_AGO, "name": "Zoë \"Z\" \n\u{1f600}", "n": {"a": [1, 2.5]}});
        let token = encode(&header, &claims, &key).unwrap();
        assert_eq!(their_opinion(theirs, &token), Some(claims.clone()));

        let allowed = AlgorithmSet::new([ours]);
        let rules = rules().algorithms(allowed);
        let verified = judge_with(&rules, &token, &RsaSigner::ours().key_for(allowed)).unwrap();
        assert_eq!(verified.deserialize::<Value>(), Ok(claims.clone()));
        assert_eq!(verified.name(), claims["name"].as_str());
    }
}

#[test]
fn jsonwebtoken_refuses_the_same_tokens() {
    let good = json!({"iss": ISS, "aud": AUD, "exp": FAR_AWAY, "nbf": LONG_AGO});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        RsaSigner::ours().sign(HEADER, &claims.to_string())
    };
    let mut tampered = with("a", json!(1)).into_bytes();
    let last = tampered.len() - 9;
    tampered[last] = if tampered[last] == b'A' { b'B' } else { b'A' };
    for (token, ours) in [
        (with("iss", json!(ISS)), None),
        (with("exp", json!(LONG_AGO)), Some(TokenError::Expired)),
        (with("nbf", json!(FAR_AWAY)), Some(TokenError::NotYetValid)),
        (
            with("iss", json!("https://evil.example/")),
            Some(TokenError::UnknownIssuer),
        ),
        (with("aud", json!("other")), Some(TokenError::WrongAudience)),
        (
            String::from_utf8(tampered).unwrap(),
            Some(TokenError::BadSignature),
        ),
        (
            RsaSigner::other().sign(HEADER, &good.to_string()),
            Some(TokenError::BadSignature),
        ),
        (
            RsaSigner::ours().sign_pss(HEADER, &good.to_string()),
            Some(TokenError::BadSignature),
        ),
    ] {
        assert_eq!(judge(&token).err(), ours);
        assert_eq!(
            their_opinion(jsonwebtoken::Algorithm::RS256, &token).is_some(),
            ours.is_none(),
            "{ours:?}"
        );
    }
}
