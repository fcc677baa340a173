//! An issuer, and the authorities that have it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::authority::Authority;

/// One issuer at one moment. When anything about it changes, another value replaces this one.
#[derive(Debug)]
pub(crate) struct Issuer {
    /// The authorities that have it, each with the time until which it has, in the order of the settings.
    authorities: Vec<(Arc<Authority>, Duration)>,
    legacy: bool,
    is_replaced: AtomicBool,
}

impl Issuer {
    /// `legacy` says that the issuer is legacy, whichever authority has it.
    pub(crate) fn new(authorities: Vec<(Arc<Authority>, Duration)>, legacy: bool) -> Self {
        Self {
            legacy: legacy || authorities.iter().any(|(authority, _)| authority.legacy),
            authorities,
            is_replaced: AtomicBool::new(false),
        }
    }

    pub(crate) fn authorities(&self) -> &[(Arc<Authority>, Duration)] {
        &self.authorities
    }

    /// Whether the issuer is legacy, or an authority that has it.
    pub(crate) fn is_legacy(&self) -> bool {
        self.legacy
    }

    /// Marks this value as replaced: tokens that were judged by it must be judged again.
    pub(crate) fn replace(&self) {
        self.is_replaced.store(true, Ordering::Release);
    }

    pub(crate) fn is_replaced(&self) -> bool {
        self.is_replaced.load(Ordering::Acquire)
    }
}
