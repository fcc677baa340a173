//! Which layer made an entry in a request's extensions.

use std::sync::atomic::{AtomicU64, Ordering};

/// The id that a layer shares with its clones and with the layers derived from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LayerId(u64);

impl LayerId {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
