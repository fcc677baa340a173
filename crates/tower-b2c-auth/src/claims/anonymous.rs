//! The mark of a request without credentials.

use super::LayerId;

/// Marks, in a request's extensions, that this layer passed it on without credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anonymous {
    pub(crate) layer: LayerId,
}
