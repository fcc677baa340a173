use std::sync::{Arc, OnceLock};

use aws_lc_rs::{hmac, signature::ParsedPublicKey};

use super::{Algorithm, KeyError};

/// A key's material and its parsed forms. Keys of a [`KeyPool`](super::KeyPool) share it, whatever their ids are.
pub(crate) struct KeyBody {
    /// The id that it was first listed with. Tenants that share a key nearly always give it the same id, and then the text of the id is shared too.
    first_kid: OnceLock<Arc<str>>,
    pub(super) material: Material,
    pub(super) parsed: Vec<(Algorithm, ParsedKey)>,
}

impl KeyBody {
    pub(super) fn new(
        material: Material,
        parsed: Vec<(Algorithm, ParsedKey)>,
    ) -> Result<Self, KeyError> {
        if parsed.is_empty() {
            return Err(KeyError::NoAlgorithm);
        }
        Ok(Self {
            first_kid: OnceLock::new(),
            material,
            parsed,
        })
    }

    /// The text of this id. It is shared with the key that was listed first, if that key has the same id.
    pub(super) fn shared_kid(&self, kid: &str) -> Arc<str> {
        let first = self.first_kid.get_or_init(|| kid.into());
        if **first == *kid {
            Arc::clone(first)
        } else {
            kid.into()
        }
    }
}

pub(super) enum Material {
    Public(PublicMaterial),
    Secret(Box<[u8]>),
}

#[derive(PartialEq)]
pub(super) enum PublicMaterial {
    Rsa { n: Box<[u8]>, e: Box<[u8]> },
    Ec { x: Box<[u8]>, y: Box<[u8]> },
}

pub(super) enum ParsedKey {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}
