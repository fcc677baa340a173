//! Where the keys of one authority come from, and what is known of them.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;

use super::{
    absent::Absent,
    cache::Slot,
    context::KeyContext,
    documents::MetadataSource,
    fetched::FetchedKeys,
    issuer_rule::IssuerRule,
    key::{LiveKey, millis},
    named_issuers::NamedIssuers,
    plan::FetchPlan,
    times::{KeyRefresh, KeyTimes},
    under_way::UnderWay,
};

/// Inline keys, or a metadata URL with what was fetched from it.
///
/// Settings that name the same source share it, so what was fetched outlives a swap.
// In this order: a request reads what comes first, which one line of the processor's cache holds.
#[repr(C)]
pub(crate) struct KeySource {
    is_retired: AtomicBool,
    /// The time from which requests carry out a due fetch themselves, in milliseconds.
    overdue_at: AtomicU64,
    inline: Box<[Arc<LiveKey>]>,
    pub(super) fetched: FetchedKeys,
    pub(super) id: u64,
    /// The first of the sources that this one continues: it is the same authority's, under whatever name.
    line: u64,
    pub(super) metadata: Option<Arc<MetadataSource>>,
    pub(super) context: Arc<KeyContext>,
    /// How many requests wait for this source.
    pub(crate) waiting: AtomicUsize,
    pub(super) named_issuers: ArcSwap<NamedIssuers>,
    state: Mutex<State>,
}

/// What changes with time and with the settings.
pub(super) struct State {
    pub(super) rule: Option<Arc<IssuerRule>>,
    pub(super) times: Arc<KeyTimes>,
    pub(super) on_demand: bool,
    pub(super) plan: FetchPlan,
    pub(super) absent_keys: Absent,
    pub(super) absent_issuers: Absent,
    pub(super) under_way: Option<UnderWay>,
    /// How many fetches of all sources had ended when one of this source did.
    pub(super) ended: u64,
    /// The other sources of the line, as long as requests under earlier settings use them.
    others: Vec<Weak<KeySource>>,
}

/// What the settings say about keeping a source fresh.
#[derive(Debug, Clone)]
pub(crate) struct SourcePolicy {
    /// Shared by all sources of the same settings.
    pub(crate) times: Arc<KeyTimes>,
    pub(crate) on_demand: bool,
}

/// How a source continues under other settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adoption {
    /// Their rule and policy apply from now on.
    TakeOver,
    /// The rule and policy stay, because later settings have set them.
    AsItIs,
}

impl KeySource {
    /// A source with these inline keys, with what is fetched from `metadata`, or with both. It continues `before`, the same authority's source under
    /// other settings.
    pub(crate) fn new(
        inline: Vec<Arc<LiveKey>>,
        metadata: Option<(MetadataSource, Arc<IssuerRule>)>,
        policy: SourcePolicy,
        context: &Arc<KeyContext>,
        before: Option<(&Arc<Self>, Adoption)>,
    ) -> Arc<Self> {
        let (metadata, rule) = metadata.unzip();
        let id = context.next_in_order();
        let source = Arc::new(Self {
            id,
            line: before.map_or(id, |(before, _)| before.line),
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
                plan: FetchPlan::new(&policy.times),
                times: policy.times,
                on_demand: policy.on_demand,
                absent_keys: Absent::default(),
                absent_issuers: Absent::default(),
                under_way: None,
                ended: 0,
                others: Vec::new(),
            }),
        });
        if let Some((before, how)) = before {
            source.join_line_of(before, how);
        }
        source.note_schedule(&source.lock());
        source
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// What sources of the same authority have in common, under all settings.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Where everything it has was fetched from. Sources with inline keys are never the same: the settings may have changed them.
    pub(crate) fn fetched_from(&self) -> Option<&MetadataSource> {
        self.metadata.as_deref().filter(|_| self.inline.is_empty())
    }

    /// Goes on under other settings. Returns whether it can: what it fetched must be allowed by their rule too.
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
        if how == Adoption::AsItIs {
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
        if state.times != policy.times {
            state.plan.adopt(&policy.times);
            state.times = Arc::clone(&policy.times);
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

    /// The keys that a token naming this key may be signed with. An inline key without an id is meant for every token of its issuer.
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

    /// Ends the use of its keys and of those of the other sources of its line: they accept no request any longer, not even one that has waited since
    /// before the authority was removed.
    pub(crate) fn retire(&self) {
        self.is_retired.store(true, Ordering::Release);
        for other in self.lock().others.iter().filter_map(Weak::upgrade) {
            other.is_retired.store(true, Ordering::Release);
        }
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Acquire)
    }

    fn join_line_of(self: &Arc<Self>, before: &Arc<Self>, how: Adoption) {
        let mut its = before.lock();
        let mut state = self.lock();
        state.plan.inherit(&its.plan, self.context.now());
        let others = &mut its.others;
        others.retain(|it| it.strong_count() > 0);
        let with_before = others.iter().cloned().chain([Arc::downgrade(before)]);
        state.others = with_before.collect();
        others.push(Arc::downgrade(self));
        if how == Adoption::AsItIs && before.is_retired() {
            self.is_retired.store(true, Ordering::Release);
        }
    }

    /// Until when it had no usable keys for long, although fetches were tried: now, if it still has none.
    #[cfg(feature = "migration")]
    pub(crate) fn had_no_keys_until(&self, now: Duration) -> Option<Duration> {
        self.lock().plan.had_no_keys_until(now)
    }

    pub(crate) fn is_on_demand(&self) -> bool {
        self.lock().on_demand
    }

    /// Whether a request must carry out a due fetch before its token is accepted. Costs one atomic load if no fetch is due.
    ///
    /// If somebody else drives the fetch, the request waits for it only if the keys are on demand, because those may not have been checked for long.
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
    pub(super) fn usable(&self, now: Duration) -> Vec<Slot> {
        let kids = self.fetched.ids().into_iter();
        let slots = kids.filter_map(|kid| self.context.cache.get(self.id, &kid));
        slots.filter(|slot| slot.key.is_usable(now)).collect()
    }

    pub(super) fn inline_keys(&self) -> &[Arc<LiveKey>] {
        &self.inline
    }

    /// Notes the time from which requests carry out the fetch themselves.
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
    /// Removes its keys from the cache, which would otherwise keep them until they expire.
    fn drop(&mut self) {
        for kid in &self.fetched.ids() {
            self.context.cache.remove(self.id, kid);
        }
    }
}

impl fmt::Debug for KeySource {
    /// Leaves out what came from outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.metadata.as_ref().map(|metadata| metadata.url.as_str());
        f.debug_struct("KeySource")
            .field("openid_config", &url)
            .field("inline_keys", &self.inline.len())
            .finish_non_exhaustive()
    }
}

/// How late the background task may be before a request does its work: more than any running runtime needs.
const TASK_DELAY: Duration = Duration::from_secs(1);
