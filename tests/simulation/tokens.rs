//! Keys and tokens, made once for all schedules.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rcgen::PublicKeyData as _;
use serde_json::{Value, json};

use super::topology::SKEW;

/// A P-256 key pair: its signatures are made and verified in microseconds.
struct Material {
    private: EncodingKey,
    public_pem: String,
    x: String,
    y: String,
}

static MATERIALS: LazyLock<Vec<Material>> = LazyLock::new(|| {
    // An error means that somebody else has chosen the backend, which is just as good.
    jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER
        .install_default()
        .ok();
    (0..KEYS).map(|_| Material::generate()).collect()
});

impl Material {
    fn generate() -> Self {
        let pair = rcgen::KeyPair::generate().unwrap();
        // RFC 5480: 4, then both coordinates.
        let (x, y) = pair.public_key_raw()[1..].split_at(32);
        Self {
            private: EncodingKey::from_ec_der(&pair.serialize_der()),
            public_pem: pem::encode(&pem::Pem::new("PUBLIC KEY", pair.subject_public_key_info())),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        }
    }
}

pub(super) fn jwk(kid: &str, key: usize) -> Value {
    let Material { x, y, .. } = &MATERIALS[key];
    json!({ "kid": kid, "use": "sig", "kty": "EC", "crv": "P-256", "x": x, "y": y })
}

pub(super) fn public_pem(key: usize) -> String {
    MATERIALS[key].public_pem.clone()
}

/// A token and all that is true of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Token {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) kid: Option<String>,
    /// The key that signed it.
    pub(super) key: usize,
    pub(super) issued_at: u64,
    pub(super) not_before: u64,
    pub(super) expires_at: u64,
    pub(super) admin: bool,
    pub(super) shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Sound,
    /// It has the signature of another token.
    Tampered,
    /// There is no token.
    Missing,
    /// Two tokens.
    Twice,
    /// `"alg":"none"`.
    Unsigned,
}

thread_local! {
    static SIGNED: RefCell<HashMap<Token, Rc<str>>> = RefCell::default();
}

impl Token {
    /// Its text. Equal tokens are signed only once.
    pub(super) fn text(&self) -> Rc<str> {
        SIGNED.with_borrow_mut(|signed| {
            if signed.len() > MOST_SIGNED {
                signed.clear();
            }
            let text = signed
                .entry(self.clone())
                .or_insert_with(|| self.sign().into());
            Rc::clone(text)
        })
    }

    /// Whether it is good at this time of the layer's wall clock.
    pub(super) fn is_in_time(&self, wall: u64) -> bool {
        wall < self.expires_at + SKEW && wall + SKEW >= self.not_before
    }

    /// Only sound tokens are signed, because signing takes the most time.
    fn sign(&self) -> String {
        let encoded = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = match (self.shape, &self.kid) {
            (Shape::Unsigned, _) => json!({ "alg": "none" }),
            (_, None) => json!({ "alg": "ES256" }),
            (_, Some(kid)) => json!({ "alg": "ES256", "kid": kid }),
        };
        let claims = json!({
            "iss": self.issuer,
            "aud": self.audience,
            "sub": "a user",
            "azp": "an application",
            "scp": if self.admin { "admin read" } else { "read" },
            "iat": self.issued_at,
            "nbf": self.not_before,
            "exp": self.expires_at,
        });
        let input = format!("{}.{}", encoded(header), encoded(claims));
        if self.shape == Shape::Sound {
            let signature = signature(&input, self.key);
            format!("{input}.{signature}")
        } else {
            format!("{input}.{}", *OF_ANOTHER)
        }
    }
}

static OF_ANOTHER: LazyLock<String> = LazyLock::new(|| signature("another token", 0));

fn signature(input: &str, key: usize) -> String {
    let key = &MATERIALS[key].private;
    crypto::sign(input.as_bytes(), key, Algorithm::ES256).unwrap()
}

/// How many keys there are.
pub(super) const KEYS: usize = 24;
/// Keeps long runs from filling the memory.
const MOST_SIGNED: usize = 20_000;
