//! An issuer of one authority.
//!
//! An [`Issuer`] is one version of an authority's issuer. It says until when the authority has the issuer, and whether the issuer is legacy. Nothing in it
//! changes but a flag, which is set when another version takes its place. A cached token keeps the version that it was judged by, so one load says whether
//! anything has changed since. A change to one issuer does not touch the tokens of others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use b2c_verify::{NumericDate, TokenRules};
use smallvec::SmallVec;

use crate::{authority::Authority, keys::KeySource};

/// One version of an authority's issuer. A change replaces it with a new version.
///
/// It has copies of the authority's rules and of the reference to its keys, so that a request does not read the authority too. With thousands of
/// authorities, each record that it reads costs a cache miss.
pub(crate) struct Issuer {
    pub(crate) rules: TokenRules,
    pub(crate) keys: Arc<KeySource>,
    pub(crate) authority: Arc<Authority>,
    /// The time until which the authority has the issuer.
    pub(crate) until: Duration,
    /// When these settings made the issuer legacy. `None` if it is not.
    legacy_since: Option<NumericDate>,
    is_replaced: AtomicBool,
}

/// One entry for each authority that has a certain issuer, in the order of the settings. Almost always there is one, which is stored inline.
pub(crate) type IssuerEntries = SmallVec<[Arc<Issuer>; 1]>;

impl Issuer {
    pub(crate) fn new(
        authority: Arc<Authority>,
        until: Duration,
        legacy_since: Option<NumericDate>,
    ) -> Self {
        Self {
            rules: authority.rules.clone(),
            keys: Arc::clone(&authority.keys),
            authority,
            until,
            legacy_since,
            is_replaced: AtomicBool::new(false),
        }
    }

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
