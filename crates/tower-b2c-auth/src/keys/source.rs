//! Where the keys of one authority come from, and their current state.
//!
//! A source is shared by all settings that describe it in the same way, so it outlives swaps. If they describe it differently, a new source *continues* it:
//! both belong to one lineage, and are retired together.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};

use super::{
    absent_names::AbsentNames,
    cache::Slot,
    context::KeyContext,
    documents::MetadataSource,
    fetch::FetchError,
    fetched::FetchedKeys,
    ids::{EndedFetches, Lineage, SourceId},
    issuer_rule::IssuerRule,
    key::{LiveKey, millis},
    key_config::{KeyConfig, KeyRefresh},
    named_issuers::NamedIssuers,
    plan::FetchPlan,
    under_way::UnderWay,
};

/// Inline keys, a metadata URL with what was fetched from it, or both.
///
/// Settings share it if URL, algorithms and `keys_host` are the same and there are no inline keys.
// The order matters: the fields that every request reads come first, next to each other.
#[repr(C)]
pub(crate) struct KeySource {
    is_retired: AtomicBool,
    /// The time from which requests perform a due fetch themselves, in milliseconds.
    overdue_at: AtomicU64,
    inline: Box<[Arc<LiveKey>]>,
    pub(super) fetched: FetchedKeys,
    pub(super) id: SourceId,
    lineage: Lineage,
    pub(super) metadata: Option<Arc<MetadataSource>>,
    pub(super) context: Arc<KeyContext>,
    /// How many requests are waiting for this source.
    pub(crate) waiting: AtomicUsize,
    pub(super) named_issuers: ArcSwap<NamedIssuers>,
    state: Mutex<State>,
}

/// The state that changes with time and with the settings.
pub(super) struct State {
    pub(super) rule: Option<Arc<IssuerRule>>,
    pub(super) config: Arc<KeyConfig>,
    pub(super) on_demand: bool,
    pub(super) plan: FetchPlan,
    pub(super) absent_keys: AbsentNames,
    pub(super) absent_issuers: AbsentNames,
    pub(super) under_way: Option<UnderWay>,
    /// Whether there was no usable key after the last fetch.
    pub(super) was_cold: bool,
    /// Whether the last successful fetch brought no key that may be used.
    pub(super) brought_no_key: bool,
    /// Until then, the background task begins no fetch, because the last one lost its runtime.
    pub(super) lost_until: Duration,
    /// The error of the last fetch, even if that does not count as a failure.
    pub(super) last_error: Option<FetchError>,
    /// How many fetches of all sources had ended when this source's last one did.
    pub(super) ended: EndedFetches,
    /// Other sources of the lineage, of earlier settings or later ones, as long as anything uses them.
    others: Vec<Weak<KeySource>>,
}

/// How the settings keep a source fresh.
#[derive(Debug, Clone)]
pub(crate) struct SourcePolicy {
    /// Shared by all sources under the same settings.
    pub(crate) config: Arc<KeyConfig>,
    pub(crate) on_demand: bool,
}

/// How a source continues under other settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adoption {
    /// The rule and policy of those settings apply from now on.
    Update,
    /// The rule and policy stay, because newer settings have already set them.
    Keep,
}

impl KeySource {
    /// A source with these inline keys, with keys fetched from `metadata`, or with both. It continues `before`, the same authority's source under other
    /// settings: it joins that source's lineage, but takes over none of its keys, because other rules may apply to them now.
    pub(crate) fn new(
        inline: Vec<Arc<LiveKey>>,
        metadata: Option<(MetadataSource, Arc<IssuerRule>)>,
        policy: SourcePolicy,
        context: &Arc<KeyContext>,
        before: Option<(&Arc<Self>, Adoption)>,
    ) -> Arc<Self> {
        let (metadata, rule) = metadata.unzip();
        let id = SourceId(context.next_in_order());
        let new_lineage = Lineage(id);
        let source = Arc::new(Self {
            id,
            lineage: before.map_or(new_lineage, |(before, _)| before.lineage),
            inline: inline.into(),
            metadata: metadata.map(Arc::new),
            context: Arc::clone(context),
            overdue_at: AtomicU64::new(u64::MAX),
            waiting: AtomicUsize::new(0),
            fetched: FetchedKeys::default(),
            named_issuers: ArcSwap::default(),
            is_retired: AtomicBool::new(false),
            state: Mutex::new(State {
                rule,
                plan: FetchPlan::new(&policy.config),
                config: policy.config,
                on_demand: policy.on_demand,
                absent_keys: AbsentNames::default(),
                absent_issuers: AbsentNames::default(),
                under_way: None,
                was_cold: false,
                brought_no_key: false,
                lost_until: Duration::ZERO,
                last_error: None,
                ended: EndedFetches::default(),
                others: Vec::new(),
            }),
        });
        if let Some((before, how)) = before {
            source.join_lineage_of(before, how);
        }
        source.note_schedule(&source.lock());
        source
    }

    pub(crate) fn id(&self) -> SourceId {
        self.id
    }

    /// Identifies the sources of one authority across all settings.
    pub(crate) fn lineage(&self) -> Lineage {
        self.lineage
    }

    /// Where its keys are fetched from. `None` if it has inline keys: such sources are never shared, because the settings may have changed the keys.
    pub(crate) fn fetched_from(&self) -> Option<&MetadataSource> {
        self.metadata.as_deref().filter(|_| self.inline.is_empty())
    }

    /// The hosts from which it fetches, even if it has inline keys too.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = String> {
        self.metadata
            .as_deref()
            .into_iter()
            .flat_map(MetadataSource::hosts)
    }

    /// Adopts other settings. Returns `false` if the source is retired or their rule does not allow the issuer that it fetched; the caller then makes a
    /// new source that continues this one.
    ///
    /// The former issuer is dropped if the new rule does not allow it. Changed times apply to the keys already fetched, and to the next fetch.
    pub(crate) fn adopt(
        &self,
        rule: &Arc<IssuerRule>,
        policy: &SourcePolicy,
        how: Adoption,
    ) -> bool {
        if self.is_retired() {
            return false;
        }
        let mut state = self.lock();
        let named = self.named_issuers.load_full();
        let is_allowed = |issuer: &str| rule.allows(issuer);
        if !named.issuer.as_deref().is_none_or(is_allowed) {
            return false;
        }
        if how == Adoption::Keep {
            return true;
        }
        if let Some((former, _)) = &named.former
            && !is_allowed(former)
        {
            self.name_issuers(NamedIssuers {
                former: None,
                ..NamedIssuers::clone(&named)
            });
        }
        state.rule = Some(Arc::clone(rule));
        state.on_demand = policy.on_demand;
        if state.config != policy.config {
            state.plan.adopt(&policy.config);
            state.config = Arc::clone(&policy.config);
            for kid in &self.fetched.ids() {
                if let Some(slot) = self.context.cache.get(self.id, kid) {
                    let now = self.context.now();
                    self.put(&state, kid, slot.key, slot.last_seen, slot.vanished, now);
                }
            }
        }
        self.note_schedule(&state);
        true
    }

    /// The keys that may have signed a token with this `kid`. An inline key without an id may have signed any token of its issuer.
    ///
    /// There are several candidates if a key without an id stands beside others; the signature decides between them. Keys past their expiry are left out,
    /// even if the cache has not dropped them yet.
    pub(crate) fn keys(
        &self,
        kid: Option<&str>,
        now: Duration,
    ) -> impl Iterator<Item = Arc<LiveKey>> {
        let inline = self.inline.iter();
        let inline = inline.filter(move |key| key.kid().is_none() || key.kid() == kid);
        let fetched = kid.and_then(|kid| self.fetched.get(kid));
        let all = inline.cloned().chain(fetched);
        all.filter(move |key| key.is_usable(now))
    }

    /// Whether it knows a key with this id, even if the key is forgotten.
    pub(super) fn has_key(&self, kid: &str) -> bool {
        let mut keys = self.keys(Some(kid), self.context.now());
        keys.any(|key| key.kid() == Some(kid))
    }

    /// Retires this source and the others of its lineage. They accept no further request, not even one that was already waiting when the authority was
    /// removed.
    ///
    /// The settings retire a source when no authority continues it. That includes sources still used only by requests under earlier settings.
    pub(crate) fn retire(&self) {
        self.is_retired.store(true, Ordering::Release);
        for other in self.lock().others.iter().filter_map(Weak::upgrade) {
            other.is_retired.store(true, Ordering::Release);
        }
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Acquire)
    }

    fn join_lineage_of(self: &Arc<Self>, before: &Arc<Self>, how: Adoption) {
        let mut its = before.lock();
        let mut state = self.lock();
        state.plan.inherit(&its.plan, self.context.now());
        let others = &mut its.others;
        others.retain(|it| it.strong_count() > 0);
        let with_before = others.iter().cloned().chain([Arc::downgrade(before)]);
        state.others = with_before.collect();
        others.push(Arc::downgrade(self));
        if how == Adoption::Keep && before.is_retired() {
            self.is_retired.store(true, Ordering::Release);
        }
    }

    /// See [`FetchPlan::had_no_keys_until`](super::plan::FetchPlan::had_no_keys_until).
    #[cfg(feature = "migration")]
    pub(crate) fn had_no_keys_until(&self, now: Duration) -> Option<Duration> {
        self.lock().plan.had_no_keys_until(now)
    }

    pub(crate) fn is_on_demand(&self) -> bool {
        self.lock().on_demand
    }

    /// Whether a request must fetch before its token is accepted. Costs one atomic load if no fetch is due.
    ///
    /// If something else drives the fetch, the request waits for it only if the authority is on demand, because its keys may not have been checked for a
    /// long time.
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

    /// The usable keys, and when each was seen.
    pub(super) fn usable(&self, now: Duration) -> Vec<Slot> {
        let kids = self.fetched.ids().into_iter();
        let slots = kids.filter_map(|kid| self.context.cache.get(self.id, &kid));
        slots.filter(|slot| slot.key.is_usable(now)).collect()
    }

    /// How many keys are usable, without those that `is_forgotten`.
    pub(super) fn count_usable(
        &self,
        now: Duration,
        is_forgotten: impl Fn(&LiveKey) -> bool,
    ) -> usize {
        let inline = self.inline.iter();
        let inline = inline.filter(|key| !is_forgotten(key)).count();
        let fetched = self.usable(now);
        let fetched = fetched.iter().filter(|slot| !is_forgotten(&slot.key));
        inline + fetched.count()
    }

    /// Whether no fetched key is usable, still published and not forgotten.
    pub(super) fn lacks_published_keys(&self, now: Duration) -> bool {
        let counts = |slot: &Slot| slot.vanished.is_none() && !self.is_forgotten(&slot.key);
        !self.usable(now).iter().any(counts)
    }

    /// Whether the key is forgotten for the metadata URL.
    pub(super) fn is_forgotten(&self, key: &LiveKey) -> bool {
        let forgotten = &self.context.forgotten;
        key.kid()
            .is_some_and(|kid| forgotten.contains_at(self.metadata_url(), kid))
    }

    /// Makes a fetch due if the operator has forgotten the last published key, because another key may be published already.
    pub(crate) fn note_forgotten(&self) {
        let now = self.context.now();
        let mut state = self.lock();
        if self.metadata.is_some() && self.lacks_published_keys(now) {
            state.plan.lost_last_key(now);
            self.note_schedule(&state);
            self.context.wake_ups.one(self.id);
        }
    }

    /// Updates the time from which requests perform the fetch themselves.
    pub(super) fn note_schedule(&self, state: &State) {
        let at = match (&self.metadata, state.config.refresh) {
            (None, _) => u64::MAX,
            (Some(_), KeyRefresh::OnRequest) => millis(state.plan.next()),
            (Some(_), KeyRefresh::Auto) if state.on_demand => millis(state.plan.next()),
            (Some(_), KeyRefresh::Auto) => {
                let time_for_the_task = state.config.fetch_timeout.saturating_add(TASK_DELAY);
                millis(state.plan.next().saturating_add(time_for_the_task))
            }
        };
        self.overdue_at.store(at, Ordering::Relaxed);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Drop for KeySource {
    /// Removes its keys from the cache, which would otherwise keep them until they expire.
    fn drop(&mut self) {
        for kid in &self.fetched.ids() {
            self.context.cache.remove(self.id, kid);
        }
    }
}

/// How late the background task may be before a request does its work. More than any running runtime needs.
const TASK_DELAY: Duration = Duration::from_secs(1);
