use super::support::*;
use crate::{Algorithm, AlgorithmSet, JwkSet, KeyError, MAX_KID_BYTES, VerificationKey};

/// An odd number of this many bits.
fn odd(bits: usize) -> Vec<u8> {
    let mut number = vec![0xff; bits.div_ceil(8)];
    number[0] >>= number.len() * 8 - bits;
    number
}

#[test]
fn rsa_keys_have_2048_to_8192_bits_and_an_odd_exponent_above_1() {
    let f4: &[u8] = &[1, 0, 1];
    for (n, e, expected) in [
        (odd(2048), f4, None),
        (odd(2049), f4, None),
        (odd(8192), f4, None),
        ([vec![0; 9], odd(2048)].concat(), &[0, 1, 0, 1], None),
        (odd(2048), &[3], None),
        (odd(2048), &[0xff, 0xff, 0xff, 0xff], None),
        (odd(512), f4, Some(KeyError::Modulus)),
        (odd(1024), f4, Some(KeyError::Modulus)),
        (odd(2047), f4, Some(KeyError::Modulus)),
        (
            [vec![0; 128], odd(1024)].concat(),
            f4,
            Some(KeyError::Modulus),
        ),
        (odd(8193), f4, Some(KeyError::Modulus)),
        (vec![], f4, Some(KeyError::Modulus)),
        (vec![0; 256], f4, Some(KeyError::Modulus)),
        (vec![0xfe; 256], f4, Some(KeyError::Modulus)),
        (odd(2048), &[], Some(KeyError::Exponent)),
        (odd(2048), &[0], Some(KeyError::Exponent)),
        (odd(2048), &[1], Some(KeyError::Exponent)),
        (odd(2048), &[0, 1], Some(KeyError::Exponent)),
        (odd(2048), &[2], Some(KeyError::Exponent)),
        (odd(2048), &[1, 0, 0], Some(KeyError::Exponent)),
        (odd(2048), &[1, 0, 0, 0, 1], Some(KeyError::Exponent)),
    ] {
        let key = VerificationKey::rsa(Some("k"), &n, e, AlgorithmSet::default());
        assert_eq!(key.err(), expected, "{} bytes, {e:?}", n.len());
    }
}

#[test]
fn a_key_needs_an_algorithm_of_its_own_type() {
    let ours = RsaSigner::ours();
    for (algorithms, expected) in [
        (vec![Algorithm::RS256], Ok("RS256")),
        (
            vec![Algorithm::HS256, Algorithm::PS512, Algorithm::ES256],
            Ok("PS512"),
        ),
        (
            vec![Algorithm::HS256, Algorithm::ES256],
            Err(KeyError::NoAlgorithm),
        ),
        (vec![], Err(KeyError::NoAlgorithm)),
    ] {
        let key = VerificationKey::rsa(None, ours.n(), ours.e(), AlgorithmSet::new(algorithms));
        assert_eq!(
            key.map(|key| key.suits(expected.unwrap_or("RS256").parse().unwrap())),
            expected.map(|_| true)
        );
    }
    let rs256 = AlgorithmSet::default();
    assert_eq!(
        VerificationKey::secret(None, &[7; 64], rs256).err(),
        Some(KeyError::NoAlgorithm)
    );
    let all_rsa = [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ];
    let key = ours.key_for(AlgorithmSet::new(all_rsa));
    assert!(all_rsa.into_iter().all(|algorithm| key.suits(algorithm)));
}

#[test]
fn secrets_are_at_least_as_long_as_the_hash() {
    let all = AlgorithmSet::new([Algorithm::HS256, Algorithm::HS384, Algorithm::HS512]);
    for (length, expected) in [
        (0, Err(KeyError::SecretTooShort)),
        (31, Err(KeyError::SecretTooShort)),
        (32, Ok([true, false, false])),
        (47, Ok([true, false, false])),
        (48, Ok([true, true, false])),
        (64, Ok([true, true, true])),
    ] {
        let key = VerificationKey::secret(None, &vec![7; length], all);
        let suits = key.map(|key| {
            [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512]
                .map(|algorithm| key.suits(algorithm))
        });
        assert_eq!(suits, expected, "{length}");
    }
    let hs512 = AlgorithmSet::new([Algorithm::HS512]);
    assert_eq!(
        VerificationKey::secret(None, &[7; 63], hs512).err(),
        Some(KeyError::SecretTooShort)
    );
}

#[test]
fn points_off_the_supported_curves_are_refused() {
    let es = AlgorithmSet::new([Algorithm::ES256, Algorithm::ES384]);
    for (x, y) in [(0, 0), (31, 32), (32, 48), (66, 66), (32, 32), (48, 48)] {
        let key = VerificationKey::ec(None, &vec![1; x], &vec![1; y], es);
        assert_eq!(key.err(), Some(KeyError::Point), "{x} {y}");
    }
}

#[test]
fn key_ids_are_limited() {
    let with = |kid: &str| {
        VerificationKey::secret(Some(kid), &[7; 32], AlgorithmSet::new([Algorithm::HS256])).err()
    };
    assert_eq!(with(""), Some(KeyError::KeyId));
    assert_eq!(with(&"k".repeat(MAX_KID_BYTES)), None);
    assert_eq!(with(&"k".repeat(MAX_KID_BYTES + 1)), Some(KeyError::KeyId));
}

#[test]
fn keys_are_compared_without_ids_and_algorithms() {
    let ours = RsaSigner::ours();
    let padded = VerificationKey::rsa(
        None,
        &[&[0], ours.n()].concat(),
        ours.e(),
        AlgorithmSet::new([Algorithm::PS256]),
    )
    .unwrap();
    let hs256 = AlgorithmSet::new([Algorithm::HS256]);
    let secret = |byte, length| VerificationKey::secret(None, &vec![byte; length], hs256).unwrap();
    assert!(ours.key().same_material(&padded));
    assert!(!ours.key().same_material(&RsaSigner::other().key()));
    assert!(!ours.key().same_material(&secret(7, 32)));
    assert!(secret(7, 32).same_material(&secret(7, 32)));
    assert!(!secret(7, 32).same_material(&secret(8, 32)));
    assert!(!secret(7, 32).same_material(&secret(7, 33)));
}

#[test]
fn a_public_key_survives_being_written_and_read_as_a_jwk() {
    let both = AlgorithmSet::new([Algorithm::RS256, Algorithm::PS256]);
    for algorithms in [AlgorithmSet::default(), both] {
        let key = RsaSigner::ours().key_for(algorithms);
        let jwk = key.to_jwk().unwrap();
        let set = JwkSet::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes(), both).unwrap();
        let read = &set.keys()[0];
        assert!(read.same_material(&key));
        assert_eq!(read.kid(), key.kid());
        assert_eq!(
            both.iter()
                .filter(|&algorithm| read.suits(algorithm))
                .collect::<Vec<_>>(),
            algorithms.iter().collect::<Vec<_>>()
        );
        assert!(serde_json::from_str::<jsonwebtoken::jwk::Jwk>(&jwk).is_ok());
    }
    let secret =
        VerificationKey::secret(None, &[7; 32], AlgorithmSet::new([Algorithm::HS256])).unwrap();
    assert_eq!(secret.to_jwk(), None);
}
