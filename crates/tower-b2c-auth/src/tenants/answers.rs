//! The remembered answers of the source of tenants.
//!
//! Found tenants and unknown issuers are limited in number separately, because anybody can send tokens from made-up issuers. Unknown issuers cannot
//! displace known tenants.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use foldhash::fast::RandomState;
use parking_lot::{Mutex, MutexGuard};

use super::{names::Names, removed::Removed, source::TenantSource};
use crate::{
    config::{TenantConfig, is_numbered},
    keys::{FetchBudget, KeyContext, KeySource, Sequence, without_port},
    settings::AuthoritySettings,
    single_flight::SingleFlight,
};

/// The source of tenants and its remembered answers. It outlives the settings.
pub(crate) struct Tenants {
    pub(super) source: Arc<dyn TenantSource>,
    pub(super) config: TenantConfig,
    pub(super) context: Arc<KeyContext>,
    /// How many requests are waiting for answers.
    pub(crate) waiting: Arc<AtomicUsize>,
    state: Mutex<State>,
}

/// The remembered answers, by issuer.
pub(super) struct State {
    found: HashMap<Arc<str>, Arc<FoundTenant>, RandomState>,
    /// The issuers in `found`, in the order in which the source confirmed them.
    by_age: BTreeMap<Sequence, Arc<str>>,
    names: Names,
    pub(super) removed: Removed,
    /// Issuers that were evicted or are no longer known, but may still have authorities.
    evicted: Vec<Arc<str>>,
    absent: HashMap<Arc<str>, Duration, RandomState>,
    absent_by_age: VecDeque<(Arc<str>, Duration)>,
    pub(super) calls: SingleFlight<Arc<str>, ()>,
    pub(super) budget: FetchBudget,
    pause: Pause,
    /// The serial number of the settings in force. Requests under earlier settings may add answers, and the names and key sources that an answer still
    /// lacks, but change nothing else.
    settings: SettingsNumber,
}

/// The times until which the source is not asked, because it could not answer.
#[derive(Default)]
struct Pause {
    about_found: Duration,
    /// Set by every failed call, even by one about an issuer that the source has not found. Such a call does not set `about_found`, because anybody can make
    /// up an issuer on which the source fails.
    about_others: Duration,
}

/// Numbers the settings in the order in which they were put into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SettingsNumber(u64);

/// A tenant that the source knows.
pub(crate) struct FoundTenant {
    /// Its place in the order of confirmations.
    pub(super) order: Sequence,
    /// The answer. The checks that do not need the rest of the settings have been made.
    pub(crate) authorities: Vec<AuthoritySettings>,
    /// When the source last confirmed it.
    pub(super) confirmed_at: Duration,
    /// The time until which the answer counts.
    pub(crate) until: Duration,
    /// The key sources of its authorities, which outlive the settings and the answer.
    pub(crate) keys: Arc<Mutex<Vec<Arc<KeySource>>>>,
}

/// The remembered answer about an issuer.
pub(crate) enum Answer {
    Found(Arc<FoundTenant>),
    Absent,
    /// There is none: the source must be asked. The next attempt is due after this time.
    Unknown(Duration),
}

impl Tenants {
    pub(crate) fn new(
        source: Arc<dyn TenantSource>,
        config: TenantConfig,
        context: Arc<KeyContext>,
    ) -> Self {
        let budget = FetchBudget::new(config.call_burst, config.call_interval);
        let clock = Arc::clone(&context.clock);
        let calls = SingleFlight::new(
            "the source of tenants",
            clock,
            config.timeout,
            config.max_at_once,
        );
        Self {
            source,
            config,
            context,
            waiting: Arc::default(),
            state: Mutex::new(State {
                found: HashMap::default(),
                by_age: BTreeMap::new(),
                names: Names::default(),
                removed: Removed::default(),
                evicted: Vec::new(),
                absent: HashMap::default(),
                absent_by_age: VecDeque::new(),
                calls,
                budget,
                pause: Pause::default(),
                settings: SettingsNumber(0),
            }),
        }
    }

    pub(crate) fn answer(&self, issuer: &str) -> Answer {
        let now = self.context.now();
        let state = self.lock();
        match state.found.get(issuer) {
            Some(found) if now < found.until => return Answer::Found(Arc::clone(found)),
            _ if is_no_issuer(issuer) => return Answer::Absent,
            _ => {}
        }
        if state.absent.get(issuer).is_some_and(|until| now < *until) {
            return Answer::Absent;
        }
        let next = state.budget.next(now).max(state.paused_until(issuer));
        Answer::Unknown(next.saturating_sub(now))
    }

    /// Must be called when other settings are put into force. Returns their serial number.
    pub(crate) fn next_settings(&self) -> SettingsNumber {
        let mut state = self.lock();
        state.settings.0 += 1;
        state.settings
    }

    /// Whether the settings with this number are still in force.
    pub(crate) fn are_in_force(&self, settings: SettingsNumber) -> bool {
        self.lock().settings == settings
    }

    /// Records that the answer about this issuer cannot be used under these settings.
    pub(crate) fn note_unusable(&self, issuer: &Arc<str>, settings: SettingsNumber) {
        let now = self.context.now();
        let mut state = self.lock();
        if state.settings == settings {
            state.note_absent(issuer, now.saturating_add(self.config.absent_for), now);
        }
    }

    /// Takes the issuers of tenants that have gone since the last call, if these settings are in force.
    pub(crate) fn take_evicted(&self, settings: SettingsNumber) -> Vec<Arc<str>> {
        let mut state = self.lock();
        if state.settings == settings {
            std::mem::take(&mut state.evicted)
        } else {
            Vec::new()
        }
    }

    /// Whether this is still the answer about the issuer.
    pub(crate) fn is_answer(&self, issuer: &str, found: &Arc<FoundTenant>) -> bool {
        let state = self.lock();
        state
            .found(issuer)
            .is_some_and(|known| Arc::ptr_eq(known, found))
    }

    /// The names that the authorities of this answer were given. Empty if none has been made yet.
    pub(crate) fn names_of(&self, issuer: &str) -> Vec<Box<str>> {
        self.lock().names.of(issuer).to_vec()
    }

    /// Whether the authority of another issuer was given this name.
    pub(crate) fn is_name_of_another(&self, name: &str, issuer: &str) -> bool {
        let state = self.lock();
        let of = state.names.issuer_of(name);
        of.is_some_and(|of| **of != *issuer)
    }

    /// Records the names of the authorities that were made of the answer. Names from the settings in force take precedence.
    pub(crate) fn note_names(
        &self,
        issuer: &str,
        found: &FoundTenant,
        names: Vec<Box<str>>,
        settings: SettingsNumber,
    ) {
        let mut state = self.lock();
        let Some((issuer, _)) = state.found.get_key_value(issuer) else {
            return;
        };
        let issuer = Arc::clone(issuer);
        let is_another = |name: &str| {
            let of = state.names.issuer_of(name);
            of.is_some_and(|of| *of != issuer)
        };
        let known = state.names.of(&issuer);
        let mut pairs = known.iter().zip(&found.authorities);
        let are_known = known.len() == found.authorities.len()
            && pairs.all(|(name, one)| is_numbered(name, &one.base_name()));
        let is_first = !are_known && !names.iter().any(|name| is_another(name));
        if state.settings == settings || is_first {
            state.names.set(&issuer, names);
        }
    }

    /// The tenant whose authority was given this name. The settings in force need not have made that authority yet.
    pub(crate) fn named(&self, name: &str) -> Option<(Arc<str>, Arc<FoundTenant>)> {
        let state = self.lock();
        let issuer = state.names.issuer_of(name)?;
        Some((Arc::clone(issuer), Arc::clone(state.found(issuer)?)))
    }

    /// Forgets each answer with an authority that could get this name, if the settings in force have not made the answer's authorities yet: until then,
    /// nobody knows which names they will get. Returns whether there was such an answer.
    ///
    /// `is_made`: whether the settings in force have made the authorities of the answer about the given issuer that counts until the given time.
    pub(crate) fn forget_unmade(
        &self,
        name: &str,
        is_made: impl Fn(&str, Duration) -> bool,
    ) -> bool {
        let state = self.lock();
        let found = state.found.iter().filter(|(issuer, found)| {
            let mut authorities = found.authorities.iter();
            let could_get = authorities.any(|one| is_numbered(name, &one.base_name()));
            could_get && !is_made(issuer, found.until)
        });
        let unmade: Vec<_> = found.map(|(issuer, _)| Arc::clone(issuer)).collect();
        drop(state);
        unmade.iter().for_each(|issuer| self.forget(issuer));
        !unmade.is_empty()
    }

    /// Forgets the answer about this issuer, so that the source is asked again before a token of it is accepted.
    pub(crate) fn forget(&self, issuer: &str) {
        let mut state = self.lock();
        state.forget(issuer);
        let State { calls, removed, .. } = &mut *state;
        removed.note(issuer, calls.latest());
    }

    /// Records that the operator has removed the authority of this name. The answer of a running call may be older than that.
    pub(crate) fn note_removed(&self, name: &str) {
        let mut state = self.lock();
        let State { calls, removed, .. } = &mut *state;
        removed.note(name, calls.latest());
    }

    /// The hosts that the operator named, without ports.
    pub(crate) fn named_hosts(&self) -> impl Iterator<Item = &str> {
        self.config.hosts.iter().map(|host| without_port(host))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    pub(super) fn found(&self, issuer: &str) -> Option<&Arc<FoundTenant>> {
        self.found.get(issuer)
    }

    /// The time until which the source is not asked about this issuer, because it could not answer.
    pub(super) fn paused_until(&self, issuer: &str) -> Duration {
        match self.found(issuer) {
            Some(_) => self.pause.about_found,
            None => self.pause.about_others,
        }
    }

    /// Pauses after a call that failed.
    pub(super) fn pause(&mut self, until: Duration, was_known: bool) {
        self.pause.about_others = until;
        if was_known {
            self.pause.about_found = until;
        }
    }

    pub(super) fn note_found(
        &mut self,
        issuer: &Arc<str>,
        authorities: Vec<AuthoritySettings>,
        (confirmed_at, until): (Duration, Duration),
        order: Sequence,
        max: usize,
    ) {
        let keys = self.remove(issuer).map(|before| Arc::clone(&before.keys));
        while self.found.len() >= max
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.found.remove(&oldest);
            self.names.remove(&oldest);
            self.evicted.push(oldest);
        }
        let found = FoundTenant {
            order,
            authorities,
            confirmed_at,
            until,
            keys: keys.unwrap_or_default(),
        };
        self.by_age.insert(order, Arc::clone(issuer));
        self.found.insert(Arc::clone(issuer), Arc::new(found));
    }

    pub(super) fn note_absent(&mut self, issuer: &Arc<str>, until: Duration, now: Duration) {
        self.forget(issuer);
        self.evicted.push(Arc::clone(issuer));
        while let Some((oldest, at)) = self.absent_by_age.front()
            && (*at <= now || self.absent_by_age.len() >= MAX_ABSENT)
        {
            if self.absent.get(oldest) == Some(at) {
                self.absent.remove(oldest);
            }
            self.absent_by_age.pop_front();
        }
        self.absent.insert(Arc::clone(issuer), until);
        self.absent_by_age.push_back((Arc::clone(issuer), until));
    }

    fn forget(&mut self, issuer: &str) {
        self.remove(issuer);
        self.names.remove(issuer);
    }

    /// Its names stay, because the next answer may be the same.
    fn remove(&mut self, issuer: &str) -> Option<Arc<FoundTenant>> {
        let found = self.found.remove(issuer)?;
        self.by_age.remove(&found.order);
        Some(found)
    }
}

/// Whether this cannot be the issuer of any identity provider, so that the source need not be asked. A URL is in printable ASCII (RFC 3986 §2); a database
/// could fail on other text, such as a NUL.
fn is_no_issuer(issuer: &str) -> bool {
    issuer.len() > MAX_ISSUER_BYTES
        || !issuer.bytes().all(|byte| byte.is_ascii_graphic())
        || !issuer.starts_with("https://") && !issuer.starts_with("http://")
}

/// The longest issuer that the source is asked about. Microsoft's have about a hundred bytes.
const MAX_ISSUER_BYTES: usize = 512;
/// How many unknown issuers are remembered. A flood names more, but the budget of calls limits their effect.
const MAX_ABSENT: usize = 10_000;
