//! Parses one inline key.
//!
//! An entry has exactly one kind of material: modulus and exponent, a certificate, a public key, or a secret. `b2c_verify` refuses RSA keys under 2048 bits
//! and secrets under 32 bytes (RFC 7518 §3.2 and §3.3). A mistake names the field and never shows the key.

use b2c_verify::{Algorithm, AlgorithmSet, KeyError, VerificationKey};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use crate::settings::InlineKey;

/// The parts of messages about a key that depend on whether the key is in the settings or in a policy.
pub(crate) struct KeyWords {
    /// An entry must be exactly one of these.
    pub(crate) kinds: &'static str,
    pub(crate) no_algorithm: &'static str,
}

/// The words for the settings.
pub(super) const OF_SETTINGS: KeyWords = KeyWords {
    kinds: "certificate, public_key, secret, or n together with e",
    no_algorithm: "suits none of the allowed algorithms; add a suitable one, such as \"ES256\", to the setting `algorithms`",
};

impl InlineKey {
    /// The key, with those of the algorithms that suit it. A secret gets those of HS256, HS384 and HS512 that it is long enough for.
    ///
    /// # Errors
    ///
    /// What is wrong and how to correct it.
    pub(crate) fn check(
        &self,
        algorithms: AlgorithmSet,
        words: &KeyWords,
    ) -> Result<VerificationKey, String> {
        let id = self.id.as_deref();
        let key = match (&self.n, &self.e, self.pem(), &self.secret) {
            (Some(n), Some(e), None, None) => {
                let number = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
                let (Some(n), Some(e)) = (number(n), number(e)) else {
                    return Err(
                        "has an n or e that is not base64url; encode both without padding, as in a JWK"
                            .into(),
                    );
                };
                VerificationKey::rsa(id, &n, &e, algorithms)
            }
            (None, None, Some(pem), None)
                if self.certificate.is_none() || self.public_key.is_none() =>
            {
                VerificationKey::from_pem(id, pem, algorithms)
            }
            (None, None, None, Some(secret)) => {
                let Ok(secret) = STANDARD.decode(secret.expose()) else {
                    return Err("has a secret that is not base64; encode it, with padding".into());
                };
                VerificationKey::secret(id, &secret, symmetric())
            }
            _ => return Err(format!("must be exactly one of these: {}", words.kinds)),
        };
        key.map_err(|error| match error {
            KeyError::SecretTooShort => {
                "has a secret shorter than 32 bytes, which can be guessed (RFC 7518 section 3.2); use a longer one".into()
            }
            KeyError::NoAlgorithm => words.no_algorithm.into(),
            error => format!("cannot be used: {error}"),
        })
    }

    /// Whether there is a public key, or a part of one, and no secret.
    pub(super) fn is_public(&self) -> bool {
        let has_public_part = self.n.is_some() || self.e.is_some() || self.pem().is_some();
        has_public_part && self.secret.is_none()
    }

    fn pem(&self) -> Option<&str> {
        self.certificate.as_deref().or(self.public_key.as_deref())
    }
}

/// The algorithms of secrets.
pub(super) fn symmetric() -> AlgorithmSet {
    AlgorithmSet::new([Algorithm::HS256, Algorithm::HS384, Algorithm::HS512])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(bytes: &[u8]) -> InlineKey {
        InlineKey {
            secret: Some(STANDARD.encode(bytes).into()),
            ..InlineKey::default()
        }
    }

    #[test]
    fn a_secret_is_for_the_algorithms_that_it_is_long_enough_for() {
        for (length, suits) in [
            (32, [true, false, false]),
            (48, [true, true, false]),
            (64, [true, true, true]),
        ] {
            let key = secret(&vec![7; length]).check(AlgorithmSet::default(), &OF_SETTINGS);
            let key = key.unwrap();
            let algorithms = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
            assert_eq!(algorithms.map(|algorithm| key.suits(algorithm)), suits);
            assert!(!key.suits(Algorithm::RS256));
        }
    }

    #[test]
    fn a_text_without_exactly_one_key_is_refused_with_a_remedy() {
        let modulus = Some(URL_SAFE_NO_PAD.encode([0xff; 256]));
        let cases = [
            (InlineKey::default(), "exactly one"),
            (secret(&[7; 31]), "shorter than 32 bytes"),
            (
                InlineKey {
                    secret: Some("not base64".to_owned().into()),
                    ..InlineKey::default()
                },
                "not base64",
            ),
            (
                InlineKey {
                    n: modulus.clone(),
                    ..InlineKey::default()
                },
                "exactly one",
            ),
            (
                InlineKey {
                    n: modulus.clone(),
                    e: Some("AQAB".into()),
                    ..secret(&[7; 32])
                },
                "exactly one",
            ),
            (
                InlineKey {
                    n: modulus.map(|n| format!("{n}==")),
                    e: Some("AQAB".into()),
                    ..InlineKey::default()
                },
                "not base64url",
            ),
            (
                InlineKey {
                    n: Some("AQAB".into()),
                    e: Some("AQAB".into()),
                    ..InlineKey::default()
                },
                "2048 to 8192",
            ),
            (
                InlineKey {
                    certificate: Some("x".into()),
                    public_key: Some("x".into()),
                    ..InlineKey::default()
                },
                "exactly one",
            ),
            (
                InlineKey {
                    certificate: Some("x".into()),
                    ..InlineKey::default()
                },
                "PEM",
            ),
        ];
        for (key, expected) in cases {
            let remedy = key
                .check(AlgorithmSet::default(), &OF_SETTINGS)
                .unwrap_err();
            assert!(remedy.contains(expected), "{remedy}");
        }
    }
}
