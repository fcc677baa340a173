//! User ─▶ keyed hash, which identifies nobody without the key.
//!
//! HMAC-SHA-256 (RFC 2104) of issuer and user id under the operator's salt, cut to 64 bits. Without a key, anybody who knows a user's id could compute the
//! hash and look for it. The id of the salt is made with the same key under another label, so it says nothing about any user.

use std::fmt;

use aws_lc_rs::hmac::{self, Key};
use serde::{Deserialize, Serialize};

/// The secret key with which users are hashed before they are counted. Without it, nobody can find out whether a certain user was counted.
pub(crate) struct UserSalt {
    key: Key,
    id: SaltId,
}

/// Identifies a salt without revealing it. Counts with different salts cannot be combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SaltId(u64);

impl UserSalt {
    pub(crate) fn new(secret: &[u8]) -> Self {
        let key = Key::new(hmac::HMAC_SHA256, secret);
        let id = SaltId(first_bytes(&key, &[ID]));
        Self { key, id }
    }

    pub(crate) fn id(&self) -> SaltId {
        self.id
    }

    /// The hash of a user. It is the same for every token of the user, at every replica with this salt.
    pub(super) fn hash(&self, issuer: &str, user_id: &str) -> u64 {
        // No issuer contains a line feed, so the input is unambiguous.
        first_bytes(&self.key, &[USER, issuer, "\n", user_id])
    }
}

fn first_bytes(key: &Key, parts: &[&str]) -> u64 {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part.as_bytes());
    }
    let tag = context.sign();
    let first = tag.as_ref().iter().take(size_of::<u64>());
    first.fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

impl fmt::Display for SaltId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for SaltId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SaltId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = u64::from_str_radix(&text, 16).ok();
        let id = number.map(Self).filter(|id| id.to_string() == text);
        id.ok_or_else(|| serde::de::Error::custom("a salt's id has 16 hexadecimal digits"))
    }
}

impl fmt::Debug for UserSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserSalt").field(&self.id).finish()
    }
}

/// Separates the two uses of the secret.
const ID: &str = "id of the salt";
const USER: &str = "user\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_one_number_with_one_salt_and_another_with_every_other() {
        let (one, other) = (UserSalt::new(b"one"), UserSalt::new(b"other"));
        assert_eq!(one.hash("a", "b"), UserSalt::new(b"one").hash("a", "b"));
        assert_ne!(one.hash("a", "b"), other.hash("a", "b"));
        assert_ne!(one.hash("a", "b"), one.hash("a", "c"));
        assert_ne!(one.hash("ab", "c"), one.hash("a", "bc"));
        assert_ne!(one.id(), other.id());
    }

    #[test]
    fn the_salt_is_not_printed() {
        let salt = UserSalt::new(b"correct horse battery staple");
        let shown = format!("{salt:?} {}", salt.id());
        assert!(!shown.contains("horse"), "{shown}");
        assert_eq!(salt.id().to_string().len(), 16);
    }

    #[test]
    fn an_id_has_only_its_canonical_form() {
        let id = UserSalt::new(b"one").id();
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<SaltId>(&json).unwrap(), id);
        for wrong in ["\"1\"", "\"+123456789abcdef\"", "\"0123456789ABCDEF\"", "1"] {
            serde_json::from_str::<SaltId>(wrong).unwrap_err();
        }
    }
}
