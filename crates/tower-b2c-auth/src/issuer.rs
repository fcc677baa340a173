//! An issuer, and the authorities that have it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use smallvec::SmallVec;

use crate::authority::Authority;

/// One issuer as it is known at one moment. When anything about it changes, another value takes its place.
#[derive(Debug)]
pub(crate) struct Issuer {
    /// The authorities that have it, each with the time until which it has, in the order of the settings.
    authorities: Authorities,
    legacy: bool,
    is_replaced: AtomicBool,
}

/// Almost always one, which is found without another look into memory.
pub(crate) type Authorities = SmallVec<[(Arc<Authority>, Duration); 1]>;

impl Issuer {
    /// `legacy`: it is to be phased out, whichever authority has it.
    pub(crate) fn new(authorities: Authorities, legacy: bool) -> Self {
        Self {
            legacy: legacy || authorities.iter().any(|(authority, _)| authority.legacy),
            authorities,
            is_replaced: AtomicBool::new(false),
        }
    }

    pub(crate) fn authorities(&self) -> &[(Arc<Authority>, Duration)] {
        &self.authorities
    }

    /// Whether it is to be phased out.
    pub(crate) fn is_legacy(&self) -> bool {
        self.legacy
    }

    /// Another value holds from now on: whatever was judged by this one must be judged again.
    pub(crate) fn replace(&self) {
        self.is_replaced.store(true, Ordering::Release);
    }

    pub(crate) fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::Acquire)
    }
}
