//! How the content key is encrypted (`alg`): RFC 7518 §4.3.

use aws_lc_rs::{
    rand,
    rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey},
};
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyManagement {
    RsaOaep,
    RsaOaep256,
}

impl KeyManagement {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "RSA-OAEP" => Some(Self::RsaOaep),
            "RSA-OAEP-256" => Some(Self::RsaOaep256),
            _ => None,
        }
    }

    /// The content key of this length, or a random one if the encrypted key holds none: both take the same way from here on. `None` only if the system has no
    /// random numbers to give.
    pub(super) fn content_key(
        self,
        key: &OaepPrivateDecryptingKey,
        encrypted: &[u8],
        length: usize,
    ) -> Option<Zeroizing<Vec<u8>>> {
        // Made in any case, so that both cost the same.
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
        let found = key.decrypt(self.algorithm(), encrypted, room, None).ok()?;
        Some(found)
    }

    const fn algorithm(self) -> &'static OaepAlgorithm {
        match self {
            Self::RsaOaep => &OAEP_SHA1_MGF1SHA1,
            Self::RsaOaep256 => &OAEP_SHA256_MGF1SHA256,
        }
    }
}
