//! Tokens like B2C's, and the settings that accept them. Nothing is fetched: the keys stand in the settings.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, PublicKeyComponents},
    signature::{self, KeyPair as _, ParsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_b2c_auth::{AuthoritySettings, Settings};

/// An issuer with one RSA key of 2048 bits, the size of B2C's.
pub struct Tenant {
    pair: KeyPair,
    now: u64,
}

/// A token, and what its signature was made over.
pub struct Token {
    pub text: String,
    pub message: String,
    pub signature: Vec<u8>,
}

impl Tenant {
    pub fn new() -> Self {
        Self {
            pair: KeyPair::generate(KeySize::Rsa2048).unwrap(),
            now: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_secs(),
        }
    }

    /// Settings that accept this tenant's tokens; with `cache_bytes` for tokens that were verified.
    pub fn settings(&self, cache_bytes: u64) -> Settings {
        let public: PublicKeyComponents<Vec<u8>> = self.pair.public_key().into();
        let jwks = json!({ "keys": [{
            "kid": KID, "use": "sig", "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode(public.n),
            "e": URL_SAFE_NO_PAD.encode(public.e),
        }] });
        Settings {
            audiences: vec![AUDIENCE.into()],
            authorities: vec![AuthoritySettings {
                jwks: Some(jwks.to_string()),
                issuers: vec![ISSUER.into()],
                ..AuthoritySettings::default()
            }],
            verified_token_cache_bytes: cache_bytes,
            ..Settings::default()
        }
    }

    /// The public key, parsed, for a verification without anything around it.
    pub fn parsed_key(&self) -> ParsedPublicKey {
        let public: PublicKeyComponents<Vec<u8>> = self.pair.public_key().into();
        public
            .to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256)
            .unwrap()
    }

    /// Good tokens that all differ.
    pub fn tokens(&self, count: usize) -> Vec<Token> {
        self.tokens_with(count, &json!({}))
    }

    /// Tokens that all differ, with these claims put over the usual ones.
    pub fn tokens_with(&self, count: usize, claims: &Value) -> Vec<Token> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = count.div_ceil(threads);
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|worker| {
                    let mine = worker * share..count.min((worker + 1) * share);
                    scope.spawn(move || {
                        mine.map(|serial| self.token(serial, claims))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap())
                .collect()
        })
    }

    fn token(&self, serial: usize, changes: &Value) -> Token {
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
        let header = json!({ "alg": "RS256", "kid": KID, "typ": "JWT" });
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &signature::RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .unwrap();
        Token {
            text: format!("{message}.{}", URL_SAFE_NO_PAD.encode(&signature)),
            message,
            signature,
        }
    }
}

pub const ISSUER: &str = "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
const AUDIENCE: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
/// As long as B2C's.
const KID: &str = "X5eXk4xyojNFum1kl2Ytv8dlNP4-c57dO6QGTVBwaNk";
