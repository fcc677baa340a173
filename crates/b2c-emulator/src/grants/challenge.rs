//! PKCE's challenge (RFC 7636).

use aws_lc_rs::{constant_time, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// `code_challenge`, a SHA-256 digest in Base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge(String);

impl Challenge {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digest = URL_SAFE_NO_PAD.decode(text).ok()?;
        (digest.len() == digest::SHA256_OUTPUT_LEN).then(|| Self(text.to_owned()))
    }

    pub(crate) fn is_met_by(&self, verifier: &str) -> bool {
        let length = (43..=128).contains(&verifier.len());
        let digest = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        length
            && constant_time::verify_slices_are_equal(digest.as_bytes(), self.0.as_bytes()).is_ok()
    }
}
