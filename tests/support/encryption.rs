//! Encrypts tokens for a service, as an issuer does: RSA-OAEP-256 and A256GCM. The other algorithms have their tests in `b2c-verify`.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PrivateDecryptingKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Whom tokens are encrypted for.
pub(crate) struct Recipient(PrivateDecryptingKey);

impl Recipient {
    pub(crate) fn new() -> Self {
        Self(PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        let der: Pkcs8V1Der<'_> = self.0.as_der().unwrap();
        pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()))
    }

    /// Encrypts; `kid` names the key.
    pub(crate) fn encrypt(&self, token: &str, kid: &str) -> String {
        let header =
            format!(r#"{{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT","kid":"{kid}"}}"#);
        let header = URL_SAFE_NO_PAD.encode(header);
        let content_key = [5; 32];
        let public = OaepPublicEncryptingKey::new(self.0.public_key()).unwrap();
        let mut encrypted_key = vec![0; public.ciphertext_size()];
        public
            .encrypt(
                &OAEP_SHA256_MGF1SHA256,
                &content_key,
                &mut encrypted_key,
                None,
            )
            .unwrap();
        let iv = [7; 12];
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key).unwrap());
        let mut content = token.as_bytes().to_vec();
        let tag = cipher
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(iv),
                Aad::from(header.as_bytes()),
                &mut content,
            )
            .unwrap();
        let parts = [encrypted_key.as_slice(), &iv, &content, tag.as_ref()];
        let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{}", parts.join("."))
    }
}
