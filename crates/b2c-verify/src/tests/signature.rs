use aws_lc_rs::{
    hmac::{HMAC_SHA256, HMAC_SHA384, HMAC_SHA512},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::support::*;
use crate::{Algorithm, AlgorithmSet, AnyTenant, Part, TokenError, TokenRules, VerificationKey};

fn rules_for(algorithms: AlgorithmSet) -> TokenRules {
    rules().algorithms(algorithms)
}

fn header(alg: &str) -> String {
    format!(r#"{{"alg":"{alg}","typ":"JWT","kid":"{KID}"}}"#)
}

#[test]
fn changing_any_single_character_of_a_token_is_noticed() {
    let (token, rules, key) = (good_token(), rules(), RsaSigner::ours().key());
    for position in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[position] = if changed[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        let changed = String::from_utf8(changed).unwrap();
        assert!(
            judge_with(&rules, &changed, &key).is_err(),
            "position {position}"
        );
    }
}

#[test]
fn signatures_cut_at_any_length_are_refused() {
    let (token, rules, key) = (good_token(), rules(), RsaSigner::ours().key());
    let signature = token.rsplit_once('.').unwrap().1.len();
    for cut in 1..=signature {
        let error = judge_with(&rules, &token[..token.len() - cut], &key).unwrap_err();
        let expected = match signature - cut {
            0 => TokenError::Malformed(Part::Shape),
            _ if error == TokenError::Malformed(Part::Signature) => error,
            _ => TokenError::BadSignature,
        };
        assert_eq!(error, expected, "{cut}");
    }
    assert_eq!(
        judge_with(&rules, &format!("{token}AAAA"), &key).err(),
        Some(TokenError::BadSignature)
    );
}

#[test]
fn payload_header_and_signature_of_different_tokens_do_not_fit_together() {
    let one = good_token();
    let two = RsaSigner::ours().sign(
        r#"{"alg":"RS256","kid":"other"}"#,
        &good_claims(r#","admin":true"#),
    );
    let (one, two): (Vec<_>, Vec<_>) = (one.split('.').collect(), two.split('.').collect());
    for mixed in [
        [two[0], one[1], one[2]],
        [one[0], two[1], one[2]],
        [one[0], one[1], two[2]],
    ] {
        assert_eq!(
            judge(&mixed.join(".")).err(),
            Some(TokenError::BadSignature)
        );
    }
    for signature in [[0; 256], [0xff; 256]] {
        let token = format!("{}.{}.{}", one[0], one[1], b64(signature));
        assert_eq!(judge(&token).err(), Some(TokenError::BadSignature));
    }
}

#[test]
fn a_key_with_the_right_id_that_did_not_sign_is_refused() {
    let token = RsaSigner::other().sign(HEADER, &good_claims(""));
    assert_eq!(judge(&token).err(), Some(TokenError::BadSignature));
    assert!(judge_with(&rules(), &token, &RsaSigner::other().key()).is_ok());
}

#[test]
fn a_public_key_is_not_accepted_as_an_hmac_secret() {
    let ours = RsaSigner::ours();
    let pem = format!(
        "-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n",
        STANDARD.encode(ours.public_der())
    );
    let both = AlgorithmSet::new([
        Algorithm::RS256,
        Algorithm::HS256,
        Algorithm::HS384,
        Algorithm::HS512,
    ]);
    for (form, secret) in [
        ("n", ours.n().to_vec()),
        ("PEM", pem.clone().into_bytes()),
        (
            "PEM without its last line break",
            pem.trim_end().as_bytes().to_vec(),
        ),
        ("DER", ours.public_der().to_vec()),
        ("JWK", ours.jwk(KID).into_bytes()),
        ("base64url of n", b64(ours.n()).into_bytes()),
        ("nothing", vec![]),
    ] {
        for (alg, hash) in [
            ("HS256", HMAC_SHA256),
            ("HS384", HMAC_SHA384),
            ("HS512", HMAC_SHA512),
        ] {
            let token = sign_hs(hash, &secret, &header(alg), &good_claims(""));
            assert_eq!(
                judge(&token).err(),
                Some(TokenError::UnsupportedAlgorithm),
                "{form}"
            );
            // Even if both algorithms are allowed, an RSA key is never an HMAC key.
            let outcome = judge_with(&rules_for(both), &token, &ours.key_for(both));
            assert_eq!(outcome.err(), Some(TokenError::UnsuitableKey), "{form}");
        }
        let disguised = sign_hs(HMAC_SHA256, &secret, HEADER, &good_claims(""));
        assert_eq!(
            judge(&disguised).err(),
            Some(TokenError::BadSignature),
            "{form}"
        );
    }
}

#[test]
fn pss_and_pkcs1_signatures_are_not_interchangeable() {
    let (pss, pkcs1) = (
        AlgorithmSet::new([Algorithm::PS256]),
        AlgorithmSet::default(),
    );
    let both = AlgorithmSet::new([Algorithm::RS256, Algorithm::PS256]);
    let (ours, claims) = (RsaSigner::ours(), good_claims(""));
    let (rs, ps) = (header("RS256"), header("PS256"));
    for (token, allowed, of_key, expected) in [
        (ours.sign_pss(&ps, &claims), pss, pss, None),
        (ours.sign_pss(&ps, &claims), both, both, None),
        (
            ours.sign_pss(&rs, &claims),
            both,
            both,
            Some(TokenError::BadSignature),
        ),
        (
            ours.sign(&ps, &claims),
            both,
            both,
            Some(TokenError::BadSignature),
        ),
        (
            ours.sign_pss(&ps, &claims),
            pkcs1,
            both,
            Some(TokenError::UnsupportedAlgorithm),
        ),
        (
            ours.sign_pss(&ps, &claims),
            both,
            pkcs1,
            Some(TokenError::UnsuitableKey),
        ),
        (
            ours.sign(&rs, &claims),
            pss,
            both,
            Some(TokenError::UnsupportedAlgorithm),
        ),
    ] {
        assert_eq!(
            judge_with(&rules_for(allowed), &token, &ours.key_for(of_key)).err(),
            expected
        );
    }
}

#[test]
fn hmac_secrets_verify_what_they_signed_with_each_hash() {
    let all = AlgorithmSet::new([Algorithm::HS256, Algorithm::HS384, Algorithm::HS512]);
    let key = VerificationKey::secret(Some(KID), &[7; 64], all).unwrap();
    for (alg, hash) in [
        ("HS256", HMAC_SHA256),
        ("HS384", HMAC_SHA384),
        ("HS512", HMAC_SHA512),
    ] {
        let good = sign_hs(hash, &[7; 64], &header(alg), &good_claims(""));
        assert!(judge_with(&rules_for(all), &good, &key).is_ok(), "{alg}");
        let bad = sign_hs(hash, &[8; 64], &header(alg), &good_claims(""));
        assert_eq!(
            judge_with(&rules_for(all), &bad, &key).err(),
            Some(TokenError::BadSignature),
            "{alg}"
        );
    }
    let confused = sign_hs(HMAC_SHA256, &[7; 64], &header("HS512"), &good_claims(""));
    assert_eq!(
        judge_with(&rules_for(all), &confused, &key).err(),
        Some(TokenError::BadSignature)
    );
}

#[test]
fn elliptic_curve_keys_verify_what_they_signed() {
    let both = AlgorithmSet::new([Algorithm::ES256, Algorithm::ES384]);
    for (alg, other, signing, length) in [
        ("ES256", "ES384", &ECDSA_P256_SHA256_FIXED_SIGNING, 32),
        ("ES384", "ES256", &ECDSA_P384_SHA384_FIXED_SIGNING, 48),
    ] {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let point = pair.public_key().as_ref();
        let key =
            VerificationKey::ec(Some(KID), &point[1..=length], &point[length + 1..], both).unwrap();
        let sign = |header: &str| {
            let input = format!("{}.{}", b64(header), b64(good_claims("")));
            let signature = pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
            format!("{input}.{}", b64(signature))
        };
        assert!(
            judge_with(&rules_for(both), &sign(&header(alg)), &key).is_ok(),
            "{alg}"
        );
        let confused = judge_with(&rules_for(both), &sign(&header(other)), &key);
        assert_eq!(confused.err(), Some(TokenError::UnsuitableKey), "{alg}");
        let zero = format!(
            "{}.{}.{}",
            b64(header(alg)),
            b64(good_claims("")),
            b64(vec![0; 2 * length])
        );
        assert_eq!(
            judge_with(&rules_for(both), &zero, &key).err(),
            Some(TokenError::BadSignature),
            "{alg}"
        );
        assert!(serde_json::from_str::<jsonwebtoken::jwk::Jwk>(&key.to_jwk().unwrap()).is_ok());
    }
}

#[test]
fn where_any_tenant_is_accepted_a_key_signs_for_the_tenant_that_it_names() {
    let template = "https://contoso.b2clogin.com/{tenantid}/v2.0/";
    let any = rules().any_tenant(AnyTenant::new([template]).unwrap());
    let tid = r#","tid":"aaaabbbb-0000-cccc-1111-dddd2222eeee""#;
    let token = RsaSigner::ours().sign(HEADER, &good_claims(tid));
    let other = "https://contoso.b2clogin.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0/";
    for (issuer, expected) in [
        (None, None),
        (Some(template), None),
        (Some(ISS), None),
        (Some(other), Some(TokenError::ForeignKey)),
        (Some(""), Some(TokenError::ForeignKey)),
    ] {
        let key = RsaSigner::ours().key().with_issuer(issuer);
        assert_eq!(judge_with(&any, &token, &key).err(), expected, "{issuer:?}");
        // Under rules for one issuer, the key's `issuer` is ignored: the metadata that led to the key says whose key it is.
        assert!(judge_with(&rules(), &token, &key).is_ok());
    }
    let others = RsaSigner::other().key().with_issuer(Some(ISS));
    let forged = judge_with(&any, &token, &others);
    assert_eq!(forged.err(), Some(TokenError::BadSignature));
}
