//! The mark of a request without credentials.

use super::LayerId;

/// In the extensions of a request that this layer let pass without credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anonymous {
    pub(crate) layer: LayerId,
}
