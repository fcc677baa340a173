//! A key and until when it may be used.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use b2c_verify::VerificationKey;

/// A key whose end is known to everybody who holds it, so that what it signed can end with it.
#[derive(Debug)]
pub(crate) struct LiveKey {
    key: Arc<VerificationKey>,
    /// Milliseconds on the key store's clock.
    usable_until: AtomicU64,
}

impl LiveKey {
    /// A key that is not usable until its time is [set](Self::use_until).
    pub(super) fn new(key: Arc<VerificationKey>) -> Self {
        Self {
            key,
            usable_until: AtomicU64::new(0),
        }
    }

    /// A key from the configuration.
    pub(crate) fn unlimited(key: Arc<VerificationKey>) -> Self {
        Self {
            key,
            usable_until: AtomicU64::new(u64::MAX),
        }
    }

    /// The same key with a time of its own.
    pub(super) fn fork(&self) -> Self {
        Self::new(Arc::clone(&self.key))
    }

    pub(crate) fn is_usable(&self, now: Duration) -> bool {
        millis(now) < self.usable_until.load(Ordering::Acquire)
    }

    pub(super) fn use_until(&self, end: Duration) {
        self.usable_until.store(millis(end), Ordering::Release);
    }

    pub(crate) fn end(&self) {
        self.usable_until.store(0, Ordering::Release);
    }
}

impl Deref for LiveKey {
    type Target = VerificationKey;

    fn deref(&self) -> &VerificationKey {
        &self.key
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
