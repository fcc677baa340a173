use std::fmt;

use zeroize::Zeroizing;

use crate::Credentials;

/// The content of an encrypted token, which should be a signed one. Nothing about it has been checked.
///
/// `Debug` shows only its length. It is overwritten when it is dropped.
pub struct DecryptedToken(Zeroizing<Vec<u8>>);

impl DecryptedToken {
    /// `None` if it is empty.
    pub(super) fn new(content: Zeroizing<Vec<u8>>) -> Option<Self> {
        (!content.is_empty()).then_some(Self(content))
    }

    /// What is to be judged instead of the encrypted token.
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
