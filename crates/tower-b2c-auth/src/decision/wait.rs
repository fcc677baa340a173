//! The wait of a request whose verdict needs a fetch.
//!
//! A request whose verdict is *undecided* waits, and is judged again each time a fetch ends, until
//!
//! 1. the verdict is certain;
//! 2. nothing is left to fetch: every authority has been fetched from often enough, or the budget is used up;
//! 3. `fetch_timeout` has passed. The undecided verdict then says what to do.
//!
//! The wait also drives the fetches: each is a shared future, which this request polls together with all others that wait for it and with the background
//! task. So a fetch makes progress even on a runtime whose background tasks are not polled.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_util::FutureExt as _;

use super::{authenticator::Authenticator, verdict::Undecided, waiting_room::Place};
use crate::{
    authority::Authority,
    keys::{Fetching, Sequence},
    refusal::{AuthError, Unjudged},
    tenants::Tenants,
};

/// Waits for the fetches that an undecided verdict needs, for at most `fetch_timeout` in all.
///
/// It borrows nothing from the request. Whenever it ends, the request is judged again.
pub(crate) struct Wait {
    authenticator: Arc<Authenticator>,
    /// The place of this request in the order of fetches. A fetch that began later shows everything published before the request arrived.
    pub(super) asked: Sequence,
    place: Place,
    timeout: Pin<Box<dyn Future<Output = ()> + Send>>,
    fetches: Vec<Fetching>,
    /// The authorities fetched from so far.
    fetched_from: Vec<FetchedFrom>,
    /// How often the source of tenants was called.
    source_calls: u32,
    /// Whether the last attempt could not fetch from an authority, or call the source of tenants, because too many requests were waiting for it.
    no_room: bool,
    is_over: bool,
    /// The issuer of the token if it may be legacy. If the client hangs up, `drop` finds it here, and records that the token was not judged.
    #[cfg(feature = "migration")]
    pub(super) legacy_issuer: Option<Box<str>>,
}

impl Wait {
    /// Starts to wait. `None` if no fetch is possible now.
    ///
    /// A request that may wait takes a place in the waiting room. The place also counts towards each authority that the request waits for, and each
    /// authority has a limit of its own, so one that hangs cannot fill the room.
    ///
    /// # Errors
    ///
    /// [`Unjudged::TooManyWaiting`].
    pub(super) fn begin(
        authenticator: &Arc<Authenticator>,
        undecided: &Undecided,
    ) -> Result<Option<Self>, AuthError> {
        if undecided.to_fetch_from.is_empty() && undecided.unknown_issuer.is_none() {
            return Ok(None);
        }
        let timeout = authenticator.config.keys.fetch_timeout;
        let too_many = Unjudged::TooManyWaiting {
            retry_after: timeout,
        };
        let place = authenticator.waiting_room.enter().ok_or(too_many)?;
        let shared = &authenticator.shared;
        let mut wait = Self {
            authenticator: Arc::clone(authenticator),
            asked: shared.keys.next_in_order(),
            place,
            timeout: shared.clock.sleep(timeout),
            fetches: Vec::new(),
            fetched_from: Vec::new(),
            source_calls: 0,
            no_room: false,
            is_over: false,
            #[cfg(feature = "migration")]
            legacy_issuer: None,
        };
        Ok(wait.go_on(undecided)?.then_some(wait))
    }

    /// Fetches what the request needs, at first and each time after it was judged again. Returns whether there is anything to wait for.
    ///
    /// # Errors
    ///
    /// [`Unjudged::TooManyWaiting`] if there is nothing to wait for, but a fetch was left out for lack of room. Without that fetch, nothing can be decided,
    /// even if the request has waited for others.
    pub(super) fn go_on(&mut self, undecided: &Undecided) -> Result<bool, AuthError> {
        if !self.is_over {
            self.begin_fetches(undecided);
            if !self.fetches.is_empty() {
                #[cfg(feature = "migration")]
                self.legacy_issuer.clone_from(&undecided.legacy_issuer);
                return Ok(true);
            }
        }
        if self.no_room {
            let retry_after = self.authenticator.config.keys.fetch_timeout;
            return Err(Unjudged::TooManyWaiting { retry_after }.into());
        }
        Ok(false)
    }

    pub(crate) fn authenticator(&self) -> Arc<Authenticator> {
        Arc::clone(&self.authenticator)
    }

    /// Completes when any fetch has ended, or at the timeout.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Polls every fetch: at first so that each begins, and later because perhaps nothing else polls it. The timeout comes last, so that a fetch that
        // only this request polls can note that its own time is over.
        let before = self.fetches.len();
        self.fetches
            .retain_mut(|fetch| fetch.poll_unpin(cx).is_pending());
        // One authority's answer is enough, so an authority that hangs does not delay the tokens of others.
        if !self.fetches.is_empty() && self.fetches.len() == before {
            ready!(self.timeout.as_mut().poll(cx));
            self.is_over = true;
        }
        Poll::Ready(())
    }

    fn begin_fetches(&mut self, undecided: &Undecided) {
        self.no_room = false;
        for authority in &undecided.to_fetch_from {
            let mut known = self.fetched_from.iter_mut();
            let known = known.find(|known| Arc::ptr_eq(&known.authority, authority));
            if known
                .as_ref()
                .is_some_and(|known| known.times >= MAX_FETCHES_OF_AN_AUTHORITY)
            {
                continue;
            }
            // The room is checked first: without room, a fetch that began here would cost budget and nothing would drive it. A place is taken last: a
            // request that has one counts as driving the fetch, so an earlier fetch that nothing drives would look driven.
            if !self.place.has_room_for(authority) {
                self.no_room = true;
                continue;
            }
            let Some(fetch) = authority.keys.fetch_for_token(undecided.ended) else {
                continue;
            };
            match known {
                Some(known) if known.last.ptr_eq(&fetch) => continue,
                Some(known) => {
                    known.last = fetch.clone();
                    known.times += 1;
                }
                None if !self.place.wait_for(authority) => {
                    self.no_room = true;
                    continue;
                }
                None => self.fetched_from.push(FetchedFrom {
                    authority: Arc::clone(authority),
                    last: fetch.clone(),
                    times: 1,
                }),
            }
            self.fetches.push(fetch);
        }
        if let Some((issuer, tenants)) = self.tenant_to_find(undecided)
            && let Some(answer) = tenants.look_up(issuer)
        {
            if self.place.wait_for_tenants(&tenants.waiting) {
                self.source_calls += 1;
                self.fetches.push(answer);
            } else {
                self.no_room = true;
            }
        }
    }

    /// The issuer to call the source of tenants with, if it may be called again.
    fn tenant_to_find<'a>(&self, undecided: &'a Undecided) -> Option<(&'a str, Arc<Tenants>)> {
        let issuer = undecided.unknown_issuer.as_deref()?;
        let found_tenants = self.authenticator.found_tenants.as_ref()?;
        (self.source_calls < MAX_SOURCE_CALLS).then(|| (issuer, Arc::clone(&found_tenants.tenants)))
    }
}

struct FetchedFrom {
    authority: Arc<Authority>,
    last: Fetching,
    times: u32,
}

#[cfg(feature = "migration")]
impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(issuer) = &self.legacy_issuer {
            self.authenticator.not_judged(issuer);
        }
    }
}

/// The first fetch may have begun before the key was published. The second began after that, but its metadata may have named a new issuer. The third settles
/// it.
const MAX_FETCHES_OF_AN_AUTHORITY: u32 = 3;
/// The first call may have begun before the request arrived. The second did not.
const MAX_SOURCE_CALLS: u32 = 2;
