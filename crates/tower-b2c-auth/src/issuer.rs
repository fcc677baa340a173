//! An issuer, and the authorities that have it.
//!
//! An [`Issuer`] is one version: which authorities have the issuer, until when, and whether it is legacy. Nothing in it changes but a flag, which is set
//! when another version takes its place. A cached token keeps the version that it was judged by, so one load says whether anything has changed since. A
//! change to one issuer does not touch the tokens of others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use b2c_verify::NumericDate;
use smallvec::SmallVec;

use crate::authority::Authority;

/// One version of an issuer. A change replaces it with a new version.
pub(crate) struct Issuer {
    /// The authorities that have it, in the order of the settings, each with the time until which it does.
    authorities: Authorities,
    /// When these settings made it legacy. `None` if it is not.
    legacy_since: Option<NumericDate>,
    is_replaced: AtomicBool,
}

/// Almost always one, which is stored inline.
pub(crate) type Authorities = SmallVec<[(Arc<Authority>, Duration); 1]>;

impl Issuer {
    pub(crate) fn new(authorities: Authorities, legacy_since: Option<NumericDate>) -> Self {
        Self {
            legacy_since,
            authorities,
            is_replaced: AtomicBool::new(false),
        }
    }

    pub(crate) fn authorities(&self) -> &[(Arc<Authority>, Duration)] {
        &self.authorities
    }

    /// Whether the issuer is legacy.
    pub(crate) fn is_legacy(&self) -> bool {
        self.legacy_since.is_some()
    }

    pub(crate) fn legacy_since(&self) -> Option<NumericDate> {
        self.legacy_since
    }

    /// Marks this version as replaced: tokens judged by it must be judged again.
    pub(crate) fn replace(&self) {
        self.is_replaced.store(true, Ordering::Release);
    }

    pub(crate) fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::Acquire)
    }
}
