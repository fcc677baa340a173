use aws_lc_rs::{hmac, signature::ParsedPublicKey};

use super::{Algorithm, KeyError};

/// A key without its id. Keys of a [`KeyPool`](super::KeyPool) share it.
pub(crate) struct KeyBody {
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
        Ok(Self { material, parsed })
    }
}

pub(super) enum Material {
    Rsa { n: Box<[u8]>, e: Box<[u8]> },
    Ec { x: Box<[u8]>, y: Box<[u8]> },
    Secret(Box<[u8]>),
}

pub(super) enum ParsedKey {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}
