//! Encryption of the content key (`alg`): RFC 7518 §4.3.

use aws_lc_rs::{
    rand,
    rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey},
};
use zeroize::Zeroizing;

#[derive(Clone, Copy)]
pub(super) struct KeyManagement(&'static OaepAlgorithm);

impl KeyManagement {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "RSA-OAEP" => Some(Self(&OAEP_SHA1_MGF1SHA1)),
            "RSA-OAEP-256" => Some(Self(&OAEP_SHA256_MGF1SHA256)),
            _ => None,
        }
    }

    /// Decrypts the content key. If that fails or the key does not have this length, returns a random key, so success and failure continue alike
    /// (RFC 7516 §11.5). `None` only if the system's random number generator fails.
    pub(super) fn content_key(
        self,
        key: &OaepPrivateDecryptingKey,
        encrypted: &[u8],
        length: usize,
    ) -> Option<Zeroizing<Vec<u8>>> {
        // Always generated: success and failure must cost the same.
        let mut content_key = Zeroizing::new(vec![0; length]);
        rand::fill(&mut content_key).ok()?;
        let mut room = Zeroizing::new(vec![0; key.min_output_size()]);
        if let Some(found) = self.decrypt(key, encrypted, &mut room)
            && found.len() == length
        {
            content_key.copy_from_slice(found);
        }
        Some(content_key)
    }

    pub(super) fn decrypt<'r>(
        self,
        key: &OaepPrivateDecryptingKey,
        encrypted: &[u8],
        room: &'r mut [u8],
    ) -> Option<&'r [u8]> {
        let found = key.decrypt(self.0, encrypted, room, None).ok()?;
        Some(found)
    }
}
