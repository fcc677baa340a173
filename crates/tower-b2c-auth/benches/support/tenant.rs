//! Tokens like B2C's, and the settings that accept them. Nothing is fetched: the keys stand in the settings.

use std::{
    ops::Range,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, PublicKeyComponents},
    signature::{self, EcdsaKeyPair, KeyPair as _, ParsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_b2c_auth::{AuthoritySettings, Settings};

/// An issuer with one key.
pub(crate) struct Tenant {
    key: Key,
    now: u64,
}

enum Key {
    /// 2048 bits, the size of B2C's.
    Rsa(KeyPair),
    /// P-256, which signs fast enough for a million tokens.
    Ec(EcdsaKeyPair),
}

/// A token, and what its signature was made over.
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) message: String,
    pub(crate) signature: Vec<u8>,
}

impl Tenant {
    pub(crate) fn rsa() -> Self {
        Self::with(Key::Rsa(KeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub(crate) fn ec() -> Self {
        let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING);
        Self::with(Key::Ec(pair.unwrap()))
    }

    fn with(key: Key) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self {
            key,
            now: since_epoch.as_secs(),
        }
    }

    /// Settings that accept this tenant's tokens; with `cache_bytes` for tokens that were verified.
    pub(crate) fn settings(&self, cache_bytes: u64) -> Settings {
        Settings {
            authorities: vec![AuthoritySettings {
                jwks: Some(self.key_set()),
                issuers: vec![ISSUER.into()],
                ..AuthoritySettings::default()
            }],
            ..self.settings_without_authorities(cache_bytes)
        }
    }

    /// The same settings without the authority.
    pub(crate) fn settings_without_authorities(&self, cache_bytes: u64) -> Settings {
        Settings {
            audiences: vec![AUDIENCE.into()],
            algorithms: vec![self.alg().into()],
            verified_token_cache_bytes: cache_bytes,
            ..Settings::default()
        }
    }

    /// The key as a JWK Set.
    pub(crate) fn key_set(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = match &self.key {
            Key::Rsa(pair) => {
                let public: PublicKeyComponents<Vec<u8>> = pair.public_key().into();
                json!({ "kid": KID, "kty": "RSA", "n": encode(&public.n), "e": encode(&public.e) })
            }
            Key::Ec(pair) => {
                // An uncompressed point: a byte that says so, then both coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kid": KID, "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
        };
        json!({ "keys": [jwk] }).to_string()
    }

    fn alg(&self) -> &'static str {
        match self.key {
            Key::Rsa(_) => "RS256",
            Key::Ec(_) => "ES256",
        }
    }

    /// The public RSA key, parsed, for a verification without anything around it.
    pub(crate) fn parsed_key(&self) -> ParsedPublicKey {
        let Key::Rsa(pair) = &self.key else {
            panic!("not an RSA key")
        };
        let public: PublicKeyComponents<Vec<u8>> = pair.public_key().into();
        public
            .to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256)
            .unwrap()
    }

    /// Good tokens that all differ.
    pub(crate) fn tokens(&self, serials: Range<usize>) -> Vec<Token> {
        self.tokens_with(serials, &json!({}))
    }

    /// Tokens that all differ, with these claims put over the usual ones.
    pub(crate) fn tokens_with(&self, serials: Range<usize>, claims: &Value) -> Vec<Token> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let serials: Vec<_> = serials.collect();
        std::thread::scope(|scope| {
            let workers: Vec<_> = serials
                .chunks(serials.len().div_ceil(threads))
                .map(|mine| {
                    let tokens = mine.iter().map(|serial| self.token(*serial, claims));
                    scope.spawn(|| tokens.collect::<Vec<_>>())
                })
                .collect();
            let finished = workers.into_iter().map(|worker| worker.join().unwrap());
            finished.flatten().collect()
        })
    }

    /// One token of its own for each serial number, with these claims put over the usual ones.
    pub(crate) fn token(&self, serial: usize, changes: &Value) -> Token {
        let user = format!("{serial:08x}-2222-4bbb-8ccc-dddd33334444");
        let mut claims = json!({
            "ver": "1.0", "iss": ISSUER, "sub": user, "aud": AUDIENCE,
            "exp": self.now + 3600, "nbf": self.now, "iat": self.now, "auth_time": self.now,
            "oid": user, "name": "Wanda Example", "given_name": "Wanda", "family_name": "Example",
            "emails": [format!("wanda.{serial}@example.com")], "tfp": "B2C_1_signupsignin1",
            "scp": "tasks.read tasks.write", "azp": "11112222-bbbb-3333-cccc-4444dddd5555",
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let header = json!({ "alg": self.alg(), "kid": KID, "typ": "JWT" });
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self.sign(message.as_bytes());
        Token {
            text: format!("{message}.{}", URL_SAFE_NO_PAD.encode(&signature)),
            message,
            signature,
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &signature::RSA_PKCS1_SHA256,
                    &random,
                    message,
                    &mut signature,
                )
                .unwrap();
                signature
            }
            Key::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }
}

const ISSUER: &str = "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
const AUDIENCE: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
/// As long as B2C's.
const KID: &str = "X5eXk4xyojNFum1kl2Ytv8dlNP4-c57dO6QGTVBwaNk";
