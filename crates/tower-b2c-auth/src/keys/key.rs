//! A key and its expiry.

use std::{
    ops::Deref,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use b2c_verify::VerificationKey;

/// A key with a shared, atomic expiry, which also ends every cached token that it signed.
#[derive(Debug)]
pub(crate) struct LiveKey {
    key: VerificationKey,
    /// Milliseconds on the clock of [`KeyContext`](super::KeyContext).
    usable_until: AtomicU64,
}

impl LiveKey {
    /// A fetched key.
    pub(super) fn until(key: VerificationKey, end: Duration) -> Self {
        Self {
            key,
            usable_until: AtomicU64::new(millis(end)),
        }
    }

    /// A key from the settings, which does not expire.
    pub(crate) fn unlimited(key: VerificationKey) -> Self {
        Self::until(key, Duration::MAX)
    }

    pub(crate) fn is_usable(&self, now: Duration) -> bool {
        millis(now) < self.usable_until.load(Ordering::Acquire)
    }

    pub(super) fn use_until(&self, end: Duration) {
        self.usable_until.store(millis(end), Ordering::Release);
    }

    pub(super) fn end(&self) {
        self.usable_until.store(0, Ordering::Release);
    }
}

impl Deref for LiveKey {
    type Target = VerificationKey;

    fn deref(&self) -> &VerificationKey {
        &self.key
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
