use std::fmt;

use zeroize::Zeroizing;

use crate::Credentials;

/// The content of an encrypted token, which should be a signed token. Nothing about it has been checked.
///
/// `Debug` shows only its length. Dropping it overwrites the content. [`DecryptionKeys`](crate::DecryptionKeys) has an example.
pub struct DecryptedToken(Zeroizing<Vec<u8>>);

impl DecryptedToken {
    /// `None` if it is empty.
    pub(super) fn new(content: Zeroizing<Vec<u8>>) -> Option<Self> {
        (!content.is_empty()).then_some(Self(content))
    }

    /// The credentials to verify in place of the encrypted token.
    #[must_use]
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(&self.0)
    }
}

impl fmt::Debug for DecryptedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptedToken(<{} bytes>)", self.0.len())
    }
}
