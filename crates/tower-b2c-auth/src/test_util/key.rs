//! The key that test tenants sign with.

use std::sync::OnceLock;

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use crate::settings::InlineKey;

/// This process's RSA key. Test tokens are signed with RS256, like B2C's.
pub(super) fn key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).expect("the system has randomness"))
}

/// The public key, for settings.
pub(super) fn public() -> InlineKey {
    let der: PublicKeyX509Der<'_> = key()
        .public_key()
        .as_der()
        .expect("an RSA public key can be encoded");
    let pem = STANDARD.encode(der.as_ref());
    InlineKey {
        id: Some(KID.into()),
        public_key: Some(format!(
            "-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n"
        )),
        ..InlineKey::default()
    }
}

/// `header.claims.signature`, with RS256.
pub(super) fn sign(claims: &str) -> String {
    let header = format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{KID}"}}"#);
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut signature = vec![0; key().public_modulus_len()];
    key()
        .sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            input.as_bytes(),
            &mut signature,
        )
        .expect("an RSA key signs");
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

const KID: &str = "test";
