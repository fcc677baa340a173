//! Which layer made an entry in a request's extensions.

use std::sync::atomic::{AtomicU64, Ordering};

/// The id of a layer, shared by its clones and by the layers derived from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LayerId(u64);

impl LayerId {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
