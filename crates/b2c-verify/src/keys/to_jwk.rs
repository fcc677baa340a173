//! `VerificationKey` ─▶ JWK: RFC 7517 §4, RFC 7518 §6.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Algorithm, VerificationKey,
    key_body::{Material, PublicMaterial},
};

impl VerificationKey {
    /// The public key as a JWK (RFC 7517 §4), which [`JwkSet`](crate::JwkSet) reads back if the key has an id. `None` for a secret.
    ///
    /// `alg` is present only if the key has exactly one algorithm.
    ///
    /// ```
    /// use b2c_verify::{Algorithm, AlgorithmSet, JwkSet, VerificationKey};
    ///
    /// // The point of RFC 7517 §A.1.
    /// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    /// # let x = URL_SAFE_NO_PAD.decode("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4")?;
    /// # let y = URL_SAFE_NO_PAD.decode("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM")?;
    /// let es256 = AlgorithmSet::new([Algorithm::ES256]);
    /// let key = VerificationKey::ec(Some("1"), &x, &y, es256)?;
    /// let jwk = key.to_jwk().ok_or("a public key")?;
    ///
    /// let set = JwkSet::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes(), es256)?;
    /// assert!(set.keys()[0].same_material(&key));
    ///
    /// let secret = VerificationKey::secret(None, &[7; 32], AlgorithmSet::new([Algorithm::HS256]))?;
    /// assert_eq!(secret.to_jwk(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_jwk(&self) -> Option<String> {
        let mut jwk = serde_json::Map::new();
        let mut insert = |name: &str, value: &str| jwk.insert(name.into(), value.into());
        let Material::Public(key) = &self.body.material else {
            return None;
        };
        match key {
            PublicMaterial::Rsa { n, e } => {
                insert("kty", "RSA");
                insert("n", &URL_SAFE_NO_PAD.encode(n));
                insert("e", &URL_SAFE_NO_PAD.encode(e));
            }
            PublicMaterial::Ec { x, y } => {
                let is_p256 = self.suits(Algorithm::ES256);
                insert("kty", "EC");
                insert("crv", if is_p256 { "P-256" } else { "P-384" });
                insert("x", &URL_SAFE_NO_PAD.encode(x));
                insert("y", &URL_SAFE_NO_PAD.encode(y));
            }
        }
        insert("use", "sig");
        if let [(algorithm, _)] = self.body.parsed.as_slice() {
            insert("alg", algorithm.as_str());
        }
        if let Some(kid) = self.kid() {
            insert("kid", kid);
        }
        if let Some(issuer) = self.issuer() {
            insert("issuer", issuer);
        }
        Some(serde_json::Value::Object(jwk).to_string())
    }
}
