//! Where the keys of one authority come from, and what is known of them.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use b2c_verify::{NumericDate, VerificationKey};

use super::{
    absent::AbsentKeys,
    cache::Slot,
    context::KeyContext,
    documents::{Documents, MetadataSource},
    fetch::FetchError,
    issuer_rule::IssuerRule,
    key::{LiveKey, millis},
    plan::FetchPlan,
    times::{KeyRefresh, KeyTimes},
    under_way::UnderWay,
};

/// Inline keys, or a metadata URL with what was fetched from it.
///
/// Settings that name the same source share it, so what was fetched outlives a swap.
pub(crate) struct KeySource {
    pub(super) id: u64,
    inline: Vec<Arc<LiveKey>>,
    pub(super) metadata: Option<Arc<MetadataSource>>,
    pub(super) context: Arc<KeyContext>,
    /// From when on a request carries out the fetch that is due, in milliseconds.
    overdue_at: AtomicU64,
    /// How many requests wait for this source.
    pub(crate) waiting: AtomicUsize,
    told: ArcSwap<Told>,
    is_retired: AtomicBool,
    state: Mutex<State>,
}

/// What the metadata has told of issuers. It changes while the state is locked, and is read without.
#[derive(Debug, Clone, Default)]
struct Told {
    /// The issuer that was named last.
    issuer: Option<Arc<str>>,
    /// The one before, and until when its tokens are accepted.
    former: Option<(Arc<str>, Duration)>,
}

/// What changes with time and with the settings.
pub(super) struct State {
    pub(super) rule: Option<Arc<IssuerRule>>,
    pub(super) times: Arc<KeyTimes>,
    pub(super) on_demand: bool,
    pub(super) plan: FetchPlan,
    /// The ids of the fetched keys.
    kids: Vec<Box<str>>,
    pub(super) absent: AbsentKeys,
    pub(super) under_way: Option<UnderWay>,
    /// How many fetches of all sources had ended when one of this source did.
    pub(super) ended: u64,
}

/// How the settings want a source to be kept.
#[derive(Debug, Clone)]
pub(crate) struct SourcePolicy {
    /// Shared by all sources of the same settings.
    pub(crate) times: Arc<KeyTimes>,
    pub(crate) on_demand: bool,
}

impl KeySource {
    /// A source with these inline keys, with what is fetched from `metadata`, or with both.
    pub(crate) fn new(
        inline: Vec<Arc<LiveKey>>,
        metadata: Option<(MetadataSource, Arc<IssuerRule>)>,
        policy: SourcePolicy,
        context: &Arc<KeyContext>,
    ) -> Self {
        let (metadata, rule) = metadata.unzip();
        let source = Self {
            id: context.next_in_order(),
            inline,
            metadata: metadata.map(Arc::new),
            context: Arc::clone(context),
            overdue_at: AtomicU64::new(u64::MAX),
            waiting: AtomicUsize::new(0),
            told: ArcSwap::default(),
            is_retired: AtomicBool::new(false),
            state: Mutex::new(State {
                rule,
                plan: FetchPlan::new(&policy.times),
                times: policy.times,
                on_demand: policy.on_demand,
                kids: Vec::new(),
                absent: AbsentKeys::default(),
                under_way: None,
                ended: 0,
            }),
        };
        source.note_schedule(&source.lock());
        source
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Where everything it has was fetched from. Sources with inline keys are never the same: the settings may have changed them.
    pub(crate) fn fetched_from(&self) -> Option<&MetadataSource> {
        self.metadata.as_deref().filter(|_| self.inline.is_empty())
    }

    /// Goes on under other settings. Returns whether it can: what it fetched must be allowed by the new rule too.
    pub(crate) fn adopt(&self, rule: &Arc<IssuerRule>, policy: &SourcePolicy) -> bool {
        if self.is_retired() {
            return false;
        }
        let mut state = self.lock();
        let told = self.told.load_full();
        let is_allowed = |issuer: &str| rule.allows(issuer);
        if !told.issuer.as_deref().is_none_or(is_allowed) {
            return false;
        }
        if let Some((former, _)) = &told.former
            && !is_allowed(former)
        {
            self.tell(Told {
                former: None,
                ..Told::clone(&told)
            });
        }
        state.rule = Some(Arc::clone(rule));
        state.on_demand = policy.on_demand;
        if state.times != policy.times {
            state.plan.adopt(&policy.times);
            state.times = Arc::clone(&policy.times);
            for kid in &state.kids {
                if let Some(slot) = self.context.cache.get(self.id, kid) {
                    let now = self.context.now();
                    self.put(&state, kid, slot.key, slot.last_seen, slot.vanished, now);
                }
            }
        }
        self.note_schedule(&state);
        true
    }

    /// The keys that a token naming this key may be signed with. An inline key without an id is meant for every token of its issuer.
    pub(crate) fn keys(
        &self,
        kid: Option<&str>,
        now: Duration,
    ) -> impl Iterator<Item = Arc<LiveKey>> {
        let inline = self.inline.iter();
        let inline = inline.filter(move |key| key.kid().is_none() || key.kid() == kid);
        let fetched = match (kid, &self.metadata) {
            (Some(kid), Some(_)) => self.context.cache.get(self.id, kid),
            _ => None,
        };
        let all = inline.cloned().chain(fetched.map(|slot| slot.key));
        all.filter(move |key| key.is_usable(now))
    }

    /// The issuers that the metadata has named, each with the time until which it holds.
    pub(crate) fn issuers(&self) -> Vec<(Arc<str>, Duration)> {
        let told = Told::clone(&self.told.load());
        let current = told.issuer.map(|issuer| (issuer, Duration::MAX));
        current.into_iter().chain(told.former).collect()
    }

    /// The issuer that the metadata named last.
    pub(super) fn issuer(&self) -> Option<Arc<str>> {
        self.told.load().issuer.clone()
    }

    /// The issuer before that one, and until when its tokens are accepted.
    pub(super) fn former_issuer(&self) -> Option<(Arc<str>, Duration)> {
        self.told.load().former.clone()
    }

    /// Whether the issuer must be learnt from metadata that has never been fetched.
    pub(crate) fn is_undiscovered(&self) -> bool {
        self.metadata.is_some() && self.told.load().issuer.is_none()
    }

    fn tell(&self, told: Told) {
        self.told.store(Arc::new(told));
        self.context.tell_issuers(self.id);
    }

    /// As if metadata had named it.
    #[cfg(test)]
    pub(crate) fn learn_issuer(&self, issuer: &str) {
        let state = self.lock();
        self.accept_issuer(&state, issuer, self.context.now())
            .unwrap();
    }

    /// No request is to be accepted by its keys any longer, not even one that was judged before the authority was removed and still waits.
    pub(crate) fn retire(&self) {
        self.is_retired.store(true, Ordering::Release);
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Acquire)
    }

    pub(crate) fn is_on_demand(&self) -> bool {
        self.lock().on_demand
    }

    /// Whether a request must carry out the fetch that is due before it accepts a token. Costs one atomic load as long as none is.
    ///
    /// A fetch that somebody else drives is waited for only if the keys are kept on demand: nobody has looked at them for long.
    pub(crate) fn must_fetch_first(&self, now: Duration) -> bool {
        millis(now) >= self.overdue_at.load(Ordering::Relaxed) && {
            let state = self.lock();
            let is_driven = || {
                let under_way = state.under_way.as_ref();
                under_way
                    .is_some_and(|it| it.is_driven(now) || self.waiting.load(Ordering::Relaxed) > 0)
            };
            state.on_demand || !is_driven()
        }
    }

    /// All usable keys with what is known of them.
    pub(super) fn usable(&self, state: &State, now: Duration) -> Vec<Slot> {
        let kids = state.kids.iter();
        let slots = kids.filter_map(|kid| self.context.cache.get(self.id, kid));
        slots.filter(|slot| slot.key.is_usable(now)).collect()
    }

    pub(super) fn inline_keys(&self) -> &[Arc<LiveKey>] {
        &self.inline
    }

    /// Takes over what was fetched. Keys that are not listed are not dropped: their grace begins, unless the source was idle.
    ///
    /// Returns whether it brought anything new.
    ///
    /// # Errors
    ///
    /// If the issuer is not one that the authority may have; then nothing changes.
    pub(super) fn take_over(
        &self,
        state: &mut State,
        documents: Documents,
        now: Duration,
    ) -> Result<bool, FetchError> {
        self.accept_issuer(state, &documents.issuer, now)?;
        // Nobody has looked for so long that the grace may be over. What has vanished is not to be accepted even once more.
        let was_idle = state.on_demand && state.plan.next() <= now;
        let mut news = false;
        let mut listed = HashSet::new();
        for key in documents.keys.into_keys() {
            let Some(kid) = key.kid().map(Box::<str>::from) else {
                continue;
            };
            let known = self.context.cache.get(self.id, &kid);
            let key = match known {
                Some(slot) if slot.key.same_material(&key) && slot.key.is_usable(now) => slot.key,
                before => {
                    if let Some(replaced) = before {
                        replaced.key.end();
                    }
                    news = true;
                    Arc::new(LiveKey::until(key, now))
                }
            };
            self.put(state, &kid, key, now, None, now);
            listed.insert(kid);
        }
        for kid in std::mem::take(&mut state.kids) {
            if listed.contains(&kid) {
                continue;
            }
            match self.context.cache.get(self.id, &kid) {
                Some(slot) if slot.key.is_usable(now) && !was_idle => {
                    let vanished = Some(slot.vanished.unwrap_or(now));
                    self.put(state, &kid, slot.key, slot.last_seen, vanished, now);
                    state.kids.push(kid);
                }
                gone => {
                    if let Some(slot) = gone {
                        slot.key.end();
                    }
                    self.context.cache.remove(self.id, &kid);
                }
            }
        }
        state.kids.extend(listed);
        Ok(news)
    }

    /// Puts back a key that an earlier process knew.
    pub(super) fn restore(
        &self,
        state: &mut State,
        key: VerificationKey,
        last_seen: Duration,
        vanished: Option<Duration>,
        now: Duration,
    ) {
        let Some(kid) = key.kid().map(Box::<str>::from) else {
            return;
        };
        let key = Arc::new(LiveKey::until(key, now));
        self.put(state, &kid, key, last_seen, vanished, now);
        if !state.kids.contains(&kid) {
            state.kids.push(kid);
        }
    }

    /// Takes this issuer for the authority's own from now on.
    ///
    /// # Errors
    ///
    /// If the rule does not allow it.
    pub(super) fn accept_issuer(
        &self,
        state: &State,
        issuer: &str,
        now: Duration,
    ) -> Result<(), FetchError> {
        let Some(rule) = &state.rule else {
            return Err(FetchError::ForeignIssuer);
        };
        let told = self.told.load_full();
        match &told.issuer {
            Some(before) if **before == *issuer => return Ok(()),
            Some(before) if !rule.allows_change(before, issuer) => {
                return Err(FetchError::IssuerChanged);
            }
            None if !rule.allows(issuer) => return Err(FetchError::ForeignIssuer),
            _ => {}
        }
        // Tokens that were issued before the change are as good as those of a key that has vanished.
        let grace = now.saturating_add(state.times.retired_key_grace);
        let before = told.issuer.clone().map(|before| (before, grace));
        self.tell(Told {
            issuer: Some(rule.shared(issuer)),
            former: before.or_else(|| told.former.clone()),
        });
        Ok(())
    }

    /// Takes this issuer for the former one, for the time that is `left` of its grace, if the rule allows it.
    pub(super) fn restore_former_issuer(
        &self,
        state: &State,
        issuer: &str,
        left: Duration,
        now: Duration,
    ) {
        let is_allowed = state.rule.as_ref().is_some_and(|it| it.allows(issuer));
        // A clock that was ahead may have saved too late an end.
        let left = left.min(state.times.retired_key_grace);
        if is_allowed && !left.is_zero() {
            self.tell(Told {
                former: Some((issuer.into(), now.saturating_add(left))),
                ..Told::clone(&self.told.load())
            });
        }
    }

    fn put(
        &self,
        state: &State,
        kid: &str,
        key: Arc<LiveKey>,
        last_seen: Duration,
        vanished: Option<Duration>,
        now: Duration,
    ) {
        let stale = last_seen.saturating_add(state.times.max_stale);
        let retired = vanished.map_or(Duration::MAX, |since| {
            since.saturating_add(state.times.retired_key_grace)
        });
        let end = stale.min(retired);
        key.use_until(end);
        let time_to_live = end.saturating_sub(now);
        let slot = Slot::new(key, last_seen, vanished, time_to_live);
        self.context.cache.insert(self.id, kid, slot);
    }

    /// Writes down from when on requests carry out the fetch themselves.
    pub(super) fn note_schedule(&self, state: &State) {
        let at = match (&self.metadata, state.times.refresh) {
            (None, _) => u64::MAX,
            (Some(_), KeyRefresh::OnRequest) => millis(state.plan.next()),
            (Some(_), KeyRefresh::Auto) if state.on_demand => millis(state.plan.next()),
            (Some(_), KeyRefresh::Auto) => {
                let time_for_the_task = state.times.fetch_timeout.saturating_add(TASK_DELAY);
                millis(state.plan.next().saturating_add(time_for_the_task))
            }
        };
        self.overdue_at.store(at, Ordering::Relaxed);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in the critical sections can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeySource {
    /// The cache would keep its keys until they end.
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for kid in &state.kids {
            self.context.cache.remove(self.id, kid);
        }
    }
}

impl fmt::Debug for KeySource {
    /// Without what came from outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.metadata.as_ref().map(|metadata| metadata.url.as_str());
        f.debug_struct("KeySource")
            .field("openid_config", &url)
            .field("inline_keys", &self.inline.len())
            .finish_non_exhaustive()
    }
}

/// What is known about a key id that no usable key of a source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The authority does not have such a key.
    Certain,
    /// It may have it by now.
    Undecided(Doubt),
}

/// What a fetch could change, and what holds if there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Whether it is worth a fetch.
    pub(crate) ask: bool,
    /// Without a fetch: whether what is known is enough to refuse the token.
    pub(crate) refuse: bool,
    /// When another attempt is due.
    pub(crate) retry_after: Duration,
}

impl KeySource {
    /// What to make of a key id that no usable key has.
    ///
    /// A fetch that began after the request asked settles it. An earlier one settles it only if none is possible now and the token is older than it, by
    /// more than the clocks may differ: B2C publishes a key before it signs with it.
    pub(crate) fn absence(
        &self,
        kid: &str,
        issued_at: Option<NumericDate>,
        skew: Duration,
        asked: Option<u64>,
    ) -> Absence {
        if self.metadata.is_none() {
            return Absence::Certain;
        }
        let now = self.context.now();
        let mut state = self.lock();
        let Some(success) = state.plan.success() else {
            return Absence::Undecided(Self::doubt(&state, now));
        };
        if asked.is_some_and(|asked| success.sequence > asked) {
            state.absent.insert(kid, success.at, now);
            return Absence::Certain;
        }
        // The clock may have been set since: the fetch was then, and as long ago as the other clock says.
        let age = now.saturating_sub(success.at);
        let fetched = success
            .date
            .min(self.context.clock.now().saturating_sub(age));
        let is_older = issued_at.is_some_and(|date| date.saturating_add(skew) <= fetched);
        let is_fresh = now.saturating_sub(success.at) < state.times.max_stale;
        let refuse = is_older && is_fresh;
        let shown_until = state.absent.until(kid, now);
        if refuse && shown_until.is_some() {
            return Absence::Certain;
        }
        let doubt = Self::doubt(&state, now);
        let remembered = shown_until.unwrap_or_default().saturating_sub(now);
        Absence::Undecided(Doubt {
            ask: shown_until.is_none(),
            refuse,
            retry_after: doubt.retry_after.max(remembered),
        })
    }

    /// What to make of an issuer that this source may turn out to have.
    pub(crate) fn undiscovered(&self) -> Doubt {
        Self::doubt(&self.lock(), self.context.now())
    }

    fn doubt(state: &State, now: Duration) -> Doubt {
        Doubt {
            ask: true,
            refuse: false,
            retry_after: state.plan.next_attempt(now).saturating_sub(now),
        }
    }
}

/// How late the background task may be before a request does its work: more than any runtime needs that is driven at all.
const TASK_DELAY: Duration = Duration::from_secs(1);
