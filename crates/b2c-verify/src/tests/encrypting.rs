//! Encrypts tokens as an issuer does, with every step open to change.

use std::sync::OnceLock;

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    encoding::{AsDer as _, Pkcs8V1Der},
    hmac,
    iv::FixedLength,
    rsa::{
        KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey,
        PrivateDecryptingKey, PublicEncryptingKey,
    },
};
use pem::{Pem, encode};

use super::support::b64;
use crate::{Credentials, DecryptedToken, DecryptionKey, DecryptionKeys, TokenError};

pub(super) const ALGORITHMS: [&str; 2] = ["RSA-OAEP", "RSA-OAEP-256"];
pub(super) const ENCRYPTIONS: [&str; 4] = ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"];

/// A recipient's key: `ours`, which is the service's, or `other`.
pub(super) struct Recipient(PrivateDecryptingKey);

impl Recipient {
    pub(super) fn ours() -> &'static Self {
        static KEY: OnceLock<Recipient> = OnceLock::new();
        KEY.get_or_init(Self::new)
    }

    pub(super) fn other() -> &'static Self {
        static KEY: OnceLock<Recipient> = OnceLock::new();
        KEY.get_or_init(Self::new)
    }

    fn new() -> Self {
        Self(PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap())
    }

    pub(super) fn pkcs8(&self) -> Vec<u8> {
        let der: Pkcs8V1Der<'_> = self.0.as_der().unwrap();
        der.as_ref().to_vec()
    }

    pub(super) fn pem(&self) -> String {
        encode(&Pem::new("PRIVATE KEY", self.pkcs8()))
    }

    pub(super) fn key(&self, kid: Option<&str>) -> DecryptionKey {
        DecryptionKey::from_pem(kid, &self.pem()).unwrap()
    }

    pub(super) fn keys(&self) -> DecryptionKeys {
        DecryptionKeys::new([self.key(None)]).unwrap()
    }

    fn public(&self) -> PublicEncryptingKey {
        self.0.public_key()
    }
}

/// The five parts before encoding. The header is as in the token.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) header: String,
    pub(super) encrypted_key: Vec<u8>,
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl Parts {
    pub(super) fn token(&self) -> String {
        let Self {
            header,
            encrypted_key,
            iv,
            ciphertext,
            tag,
        } = self;
        let parts = [b64(encrypted_key), b64(iv), b64(ciphertext), b64(tag)];
        format!("{header}.{}", parts.join("."))
    }
}

/// Encrypts for this key. `more` is added to the header and begins with a comma.
pub(super) fn seal(to: &Recipient, alg: &str, enc: &str, more: &str, content: &[u8]) -> Parts {
    let header = b64(format!(r#"{{"alg":"{alg}","enc":"{enc}"{more}}}"#));
    let content_key = content_key(enc);
    let (iv, ciphertext, tag) = seal_content(enc, &content_key, header.as_bytes(), content);
    Parts {
        header,
        encrypted_key: wrap(to, alg, &content_key),
        iv,
        ciphertext,
        tag,
    }
}

pub(super) fn content_key(enc: &str) -> Vec<u8> {
    let length = match enc {
        "A128GCM" => 16,
        "A256CBC-HS512" => 64,
        _ => 32,
    };
    (0..length).map(|at: u8| at.wrapping_mul(7)).collect()
}

pub(super) fn wrap(to: &Recipient, alg: &str, content_key: &[u8]) -> Vec<u8> {
    let key = OaepPublicEncryptingKey::new(to.public()).unwrap();
    let algorithm = match alg {
        "RSA-OAEP-256" => &OAEP_SHA256_MGF1SHA256,
        _ => &OAEP_SHA1_MGF1SHA1,
    };
    let mut encrypted = vec![0; key.ciphertext_size()];
    key.encrypt(algorithm, content_key, &mut encrypted, None)
        .unwrap();
    encrypted
}

fn seal_content(enc: &str, key: &[u8], aad: &[u8], content: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let gcm = |algorithm| {
        let iv = [9; 12];
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap());
        let mut text = content.to_vec();
        let nonce = Nonce::assume_unique_for_key(iv);
        let tag = key
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut text)
            .unwrap();
        (iv.to_vec(), text, tag.as_ref().to_vec())
    };
    let cbc = |cipher, hash| {
        let iv = [9; 16];
        let (mac, key) = key.split_at(key.len() / 2);
        let mut text = content.to_vec();
        let key = UnboundCipherKey::new(cipher, key).unwrap();
        PaddedBlockEncryptingKey::cbc_pkcs7(key)
            .unwrap()
            .less_safe_encrypt(&mut text, EncryptionContext::Iv128(FixedLength::from(iv)))
            .unwrap();
        let bits = 8 * u64::try_from(aad.len()).unwrap();
        let signed = [aad, &iv, &text, &bits.to_be_bytes()].concat();
        let tag = hmac::sign(&hmac::Key::new(hash, mac), &signed);
        let tag = tag.as_ref()[..mac.len()].to_vec();
        (iv.to_vec(), text, tag)
    };
    match enc {
        "A128GCM" => gcm(&AES_128_GCM),
        "A256GCM" => gcm(&AES_256_GCM),
        "A128CBC-HS256" => cbc(&AES_128, hmac::HMAC_SHA256),
        "A256CBC-HS512" => cbc(&AES_256, hmac::HMAC_SHA512),
        _ => (Vec::new(), content.to_vec(), Vec::new()),
    }
}

/// The decrypted content.
pub(super) fn decrypt(keys: &DecryptionKeys, token: &str) -> Result<Option<String>, TokenError> {
    let credentials = Credentials::from_bare(token.as_bytes()).unwrap();
    let text =
        |token: DecryptedToken| String::from_utf8(token.credentials().as_bytes().to_vec()).unwrap();
    Ok(keys.decrypt(credentials)?.map(text))
}
