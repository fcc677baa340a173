//! Which verdicts a token may get. The model knows what the identity provider said and when, and what the operator set. It knows nothing of the layer.
//!
//! Times are seconds since the world began.

use std::collections::BTreeMap;

use self::Verdict::{Accepted, Refused, Undecided};
use super::{
    forgotten::Forgotten,
    plan::{Authority, Plan},
    provider::World,
    time::Time,
    tokens::{Shape, Token},
    topology::{INLINE, INLINE_KEY, SKEW, SOURCES, host, tenant},
};

#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    /// What the successful fetches of each source returned, the oldest first.
    pub(super) fetched: BTreeMap<usize, Vec<Fetched>>,
    pub(super) forgotten: Forgotten,
}

/// What a successful fetch returned.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    /// Its place among the fetches and requests of this process. Zero if an earlier process made the fetch.
    pub(super) order: u64,
    pub(super) began: u64,
    /// The date when it began, and the date that the layer's clock showed then.
    pub(super) date: u64,
    pub(super) shown: u64,
    pub(super) ended: u64,
    pub(super) issuer: String,
    /// What each key id stands for.
    pub(super) keys: BTreeMap<String, usize>,
    /// Whether keys that it lacks stay usable for the grace period. `None` if that is not certain.
    pub(super) has_grace: Option<bool>,
}

/// What a request's verdict depends on besides the token.
pub(super) struct Case<'a> {
    /// Its place among the fetches and requests.
    pub(super) order: u64,
    /// The settings under which it arrived.
    pub(super) plan: &'a Plan,
    /// The settings in force, which say what is forgotten.
    pub(super) in_force: &'a Plan,
    pub(super) time: &'a Time,
    /// What the identity provider publishes.
    pub(super) world: &'a World,
    /// Whether a source has been idle for so long that it must be fetched from before its tokens are accepted.
    pub(super) is_idle: &'a dyn Fn(usize) -> bool,
    /// Whether there is a reason why no fetch has found out whether this key id or issuer exists.
    pub(super) is_excused: &'a dyn Fn(usize, &str) -> bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Refused,
    Undecided,
}

impl Model {
    /// The verdicts that a token may get now: accepted if one authority accepts it, refused if all refuse it.
    pub(super) fn verdicts(&self, token: &Token, case: &Case<'_>) -> Vec<Verdict> {
        let is_in_time = token.is_in_time(case.time.wall());
        let is_for = |it: &&Authority| is_in_time && it.audience == token.audience;
        let asked = case.plan.authorities.iter().filter(is_for);
        let said: Vec<_> = asked.map(|it| self.may_say(it, token, case)).collect();
        let some_may = |verdict| said.iter().any(|may| may.contains(&verdict));
        let is_right = |verdict: &Verdict| match verdict {
            Accepted => some_may(Accepted),
            Refused => said.iter().all(|may| may.contains(&Refused)),
            Undecided => some_may(Undecided) && !said.contains(&&[Accepted][..]),
        };
        let mut all = vec![Accepted, Refused, Undecided];
        all.retain(is_right);
        all
    }

    /// The verdicts that one authority may give.
    fn may_say(&self, of: &Authority, token: &Token, case: &Case<'_>) -> &'static [Verdict] {
        let (source, plan, now) = (of.source, case.plan, case.time.elapsed());
        let is_usable = |kid: &&str| !self.is_forgotten(case.in_force, source, kid);
        let kid = token.kid.as_deref().filter(is_usable);
        let key = match kid {
            _ if !self.has_issuer(of, plan, &token.issuer, now) => None,
            _ if source == INLINE => Some((INLINE_KEY, false)),
            kid => kid.and_then(|kid| self.key(source, kid, plan, now)),
        };
        let is_genuine = |key| key == token.key && token.shape == Shape::Sound;
        match key.map(|(key, may_have_ended)| (is_genuine(key), may_have_ended)) {
            Some((true, _)) if (case.is_idle)(source) => &[Undecided],
            Some((true, false)) => &[Accepted],
            Some((true, true)) => &[Accepted, Refused, Undecided],
            Some((false, true)) => &[Refused, Undecided],
            Some((false, false)) => &[Refused],
            None if source == INLINE => &[Refused],
            None => self.may_say_without_key(of, token, kid, case),
        }
    }

    /// The same if its issuer or its key is not known. A fetch could still find it.
    fn may_say_without_key(
        &self,
        of: &Authority,
        token: &Token,
        kid: Option<&str>,
        case: &Case<'_>,
    ) -> &'static [Verdict] {
        let (source, issuer, last) = (of.source, &token.issuer, self.last(of.source));
        let has = self.has_issuer(of, case.plan, issuer, case.time.elapsed());
        // As long as the authority's issuer is not known, the layer does not look at the key.
        let may_have = self.may_have(of, case.plan, issuer);
        let may_turn = !has && last.is_some() && SOURCES[source].may_turn_to(issuer);
        let is_open = may_have || (kid.is_some() && (has || may_turn));
        // If a fetch began after the request, that settles it, even if more has been published since.
        if !is_open || last.is_some_and(|fetched| fetched.order > case.order) {
            return &[Refused];
        }
        let was_before = |since| since <= token.issued_at;
        let named = case.world.named_since(source, issuer);
        let is_named = has || named.is_some_and(|since| may_have || was_before(since));
        let key_since = kid.and_then(|_| case.world.published_since(source, token));
        // Only the clocks tell whether it was published after the last fetch.
        let is_right = |date: u64, shown| date.abs_diff(shown) <= SKEW;
        let is_now_right = is_right(case.time.date(), case.time.wall());
        let is_new = |it: &Fetched| is_right(it.date, it.shown) || (it.order > 0 && is_now_right);
        let is_published = is_named && key_since.is_some_and(was_before);
        let is_good = is_published && token.shape == Shape::Sound && last.is_none_or(is_new);
        let unknown = kid.filter(|_| !may_turn).unwrap_or(issuer);
        match (is_good, (case.is_excused)(source, unknown)) {
            (true, true) => &[Undecided],
            (true, false) => &[],
            (false, true) => &[Refused, Undecided],
            (false, false) => &[Refused],
        }
    }

    pub(super) fn last(&self, source: usize) -> Option<&Fetched> {
        self.fetched.get(&source)?.last()
    }

    /// The key that a key id stands for, and whether it may have expired.
    pub(super) fn key(&self, of: usize, kid: &str, plan: &Plan, at: u64) -> Option<(usize, bool)> {
        let fetched = self.fetched.get(&of)?;
        let last = fetched.iter().rposition(|it| it.keys.contains_key(kid))?;
        let without = &fetched[last + 1..];
        let some_have = |grace| without.iter().any(|it| it.has_grace == grace);
        let in_grace = without.first().is_none_or(|it| at < it.ended + plan.grace);
        let is_fresh = at < fetched[last].ended + plan.max_stale;
        let lives = is_fresh && in_grace && !some_have(Some(false));
        lives.then(|| (fetched[last].keys[kid], some_have(None)))
    }

    /// Whether all keys that the last fetch found are forgotten.
    pub(super) fn lacks_keys(&self, source: usize, plan: &Plan) -> bool {
        let mut last = self.last(source).into_iter().flat_map(|it| it.keys.keys());
        last.all(|kid| self.is_forgotten(plan, source, kid))
    }

    pub(super) fn is_forgotten(&self, plan: &Plan, source: usize, kid: &str) -> bool {
        plan.forgets(source, kid) || self.forgotten.has(source, plan.name_of(source), kid)
    }

    /// The issuer that a source named last, and the former one as long as it is accepted.
    pub(super) fn issuers(&self, source: usize, plan: &Plan, at: u64) -> Vec<&String> {
        let fetched = self.fetched.get(&source).map_or(&[][..], Vec::as_slice);
        let change = fetched.windows(2).rfind(|it| it[0].issuer != it[1].issuer);
        let former = change.filter(|it| at < it[1].ended + plan.grace);
        let all = fetched.last().into_iter().chain(former.map(|it| &it[0]));
        all.map(|it| &it.issuer).collect()
    }

    /// Whether this is an authority's issuer: its metadata named it, or the operator assigned it, or listed it and it is of the same tenant.
    pub(super) fn has_issuer(&self, of: &Authority, plan: &Plan, issuer: &str, at: u64) -> bool {
        let mut own = self.issuers(of.source, plan, at);
        own.extend(plan.assigned(of));
        let of_tenant = own.iter().any(|it| tenant(it) == tenant(issuer));
        let named = self.issuers(of.source, plan, at);
        let names_other = !named.is_empty() && !named.iter().any(|it| tenant(it) == tenant(issuer));
        let is_free = plan.has_one_authority() && !names_other;
        own.iter().any(|it| *it == issuer) || (plan.lists_for(of, issuer) && (is_free || of_tenant))
    }

    /// Whether this may be the issuer of a source that has never been fetched.
    pub(super) fn may_have(&self, of: &Authority, plan: &Plan, issuer: &str) -> bool {
        let may_take = !plan.has_one_authority() && plan.lists_for(of, issuer);
        self.last(of.source).is_none() && (may_take || may_name(of, plan, issuer))
    }

    pub(super) fn is_legacy(&self, plan: &Plan, issuer: &str, at: u64) -> bool {
        let has = |it: &Authority| it.legacy && self.has_issuer(it, plan, issuer, at);
        let is_listed = plan.legacy.iter().any(|it| it == issuer);
        plan.migrates && (is_listed || plan.authorities.iter().any(has))
    }
}

/// Whether the metadata of this authority may name the issuer.
pub(super) fn may_name(of: &Authority, plan: &Plan, issuer: &str) -> bool {
    let (own, its) = (SOURCES[of.source].host, host(issuer));
    let is_external = |host: &str| host.ends_with(".ciamlogin.com");
    let mut assigned = plan.assigned(of);
    own == its || (is_external(own) && is_external(its)) || assigned.any(|it| it == issuer)
}
