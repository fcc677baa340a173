//! The statuses that a token may get.

use super::{
    Model,
    issuers::{assigned, may_name, may_turn_to},
    knowledge::Success,
};
use crate::{
    plan::{Authority, Plan},
    provider::Published,
    tokens::{Shape, Token},
    topology::{FETCH_TIMEOUT, INLINE, INLINE_KEY, SKEW},
};

/// A request: when it came, what the settings were, and what the identity provider publishes now.
pub(crate) struct Asked<'a> {
    pub(crate) at: u64,
    pub(crate) order: u64,
    pub(crate) plan: &'a Plan,
    /// As many requests waited as may.
    pub(crate) is_crowded: bool,
    pub(crate) route: Route,
}

/// What lies inside of the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Plain,
    /// A layer that only reports, and then a requirement of the outer layer: the scope `admin`.
    Nested,
    /// A requirement of a layer that is not there.
    Foreign,
}

pub(crate) struct Now<'a> {
    /// The settings of now, perhaps not those of the request.
    pub(crate) plan: &'a Plan,
    pub(crate) at: u64,
    pub(crate) date: u64,
    pub(crate) wall: u64,
    /// Besides the request that is judged.
    pub(crate) somebody_waits: bool,
    /// The issuer, since when it has had this form, and the keys.
    pub(crate) published: &'a dyn Fn(usize) -> (String, u64, Vec<Published>),
}

impl Model {
    /// A request that waits is judged by the settings it came with, but for this: what is forgotten when the verdict falls.
    fn is_forgotten(&self, now: &Plan, source: usize, kid: &str) -> bool {
        let name = now.name_of(source);
        let mut shared = self.forgotten.iter();
        let mut of_settings = now.forgotten.iter();
        shared.any(|(of, it)| it == kid && of.is_none_or(|of| of == name))
            || of_settings.any(|(of, it)| it == kid && of.is_none_or(|of| of == source))
    }

    /// A request that waited was refused: what it asked for is remembered for a minute.
    pub(crate) fn refused(&mut self, token: &Token, asked: &Asked<'_>, now: &Now<'_>) {
        let plan = asked.plan;
        let in_time = token.is_in_time(now.wall);
        let may_be_its = |it: &&Authority| in_time && it.audience == token.audience;
        for authority in plan.authorities.iter().filter(may_be_its) {
            let source = authority.source;
            let has = self.has_issuer(authority, plan, &token.issuer, now.at);
            let is_forgotten = |kid: &str| self.is_forgotten(now.plan, source, kid);
            let kid = token.kid.as_deref().filter(|kid| !is_forgotten(kid));
            let (Some(heard), Some(kid)) = (self.heard.get(&source), kid) else {
                continue;
            };
            let shown = heard.success.filter(|it| it.order > asked.order);
            let name = match has {
                true if heard.usable(kid, plan, now.at).is_none() => kid,
                false if may_turn_to(source, &token.issuer) => &token.issuer,
                _ => continue,
            };
            let Some(shown) = shown else {
                continue;
            };
            if let Some(heard) = self.heard.get_mut(&source) {
                heard.shown.insert(name.to_owned(), shown.began);
            }
        }
    }

    /// Notes which key a request asked for, or which issuer.
    pub(crate) fn ask(&mut self, token: &Token, order: u64) {
        for (heard, kid) in self.heard.values_mut().zip(token.kid.iter().cycle()) {
            let has_other = heard.issuer.as_ref().is_some_and(|it| *it != token.issuer);
            let issuer = has_other.then_some(&token.issuer);
            for name in issuer.into_iter().chain([kid]) {
                heard.asked.entry(name.clone()).or_insert(order);
            }
        }
    }

    /// The statuses that this token may get now, and why.
    pub(crate) fn allowed(
        &self,
        token: &Token,
        asked: &Asked<'_>,
        now: &Now<'_>,
    ) -> (Vec<u16>, String) {
        match token.shape {
            Shape::Missing | Shape::Unsigned => return (vec![401], format!("{:?}", token.shape)),
            Shape::Twice => return (vec![400], "two tokens".into()),
            Shape::Sound | Shape::Tampered => {}
        }
        let plan = asked.plan;
        let in_time = token.is_in_time(now.wall);
        let (mut fresh, mut overdue, mut undecided, mut excused, mut good, mut ended) =
            (false, false, false, false, false, false);
        for authority in plan
            .authorities
            .iter()
            .filter(|it| in_time && it.audience == token.audience)
        {
            let source = authority.source;
            let kid = token.kid.as_deref();
            let has = self.has_issuer(authority, plan, &token.issuer, now.at);
            if source == INLINE {
                fresh |= has && token.key == INLINE_KEY && token.shape == Shape::Sound;
                continue;
            }
            let Some(heard) = self.heard.get(&source) else {
                continue;
            };
            let is_listed = || {
                plan.listed
                    .iter()
                    .chain(&plan.legacy)
                    .any(|it| *it == token.issuer)
            };
            let takes = || {
                !authority.legacy
                    && plan.authorities.iter().filter(|it| !it.legacy).count() > 1
                    && is_listed()
            };
            let could = heard.issuer.is_none()
                && (may_name(source, &assigned(authority, plan), &token.issuer) || takes());
            // The tenant's administrator may have chosen another form since.
            let changes = !has && heard.issuer.is_some() && may_turn_to(source, &token.issuer);
            let is_known = |kid: &&str| !self.is_forgotten(now.plan, source, kid);
            let Some(kid) = kid.filter(|kid| (has || could || changes) && is_known(kid)) else {
                // Without a known issuer, nobody looks at the key.
                if could {
                    undecided = true;
                    excused |= self.excuses(source, kid, asked, now)
                }
                continue;
            };
            if let Some(key) = heard.usable(kid, plan, now.at).filter(|_| has) {
                let accepted = key == token.key && token.shape == Shape::Sound;
                ended |= heard.keys.get(kid).is_some_and(|it| it.may_have_ended);
                let is_idle = self.is_idle(source, now);
                overdue |= accepted && is_idle;
                fresh |= accepted && !is_idle;
                continue;
            }
            let is_settled = !could && heard.success.is_some_and(|it| it.order > asked.order);
            undecided |= !is_settled;
            let name = if changes { &token.issuer } else { kid };
            excused |= !is_settled && self.excuses(source, Some(name), asked, now);
            let (issuer, since, published) = (now.published)(source);
            let is_published = |it: &Published| {
                it.kid == kid && it.key == token.key && it.since <= token.issued_at
            };
            let known_as = has || (issuer == token.issuer && (could || since <= token.issued_at));
            // Of a fetch in an earlier process nobody knows the time, except by its clock.
            let knew_time =
                |it: Success| it.wall.abs_diff(now.date - (now.at - it.truly_began)) <= SKEW;
            let knows_time = |it: Success| it.order > 0 && now.wall.abs_diff(now.date) <= SKEW;
            let clocks_agree = heard
                .success
                .is_none_or(|it| knew_time(it) || knows_time(it));
            // A fetch that began after the request is right, whatever was published again since.
            good |= known_as
                && !is_settled
                && token.shape == Shape::Sound
                && clocks_agree
                && published.iter().any(is_published);
        }
        let accepts = fresh || overdue;
        let mut allowed = Vec::new();
        if ended {
            allowed.extend([401, 503])
        }
        if accepts {
            let refused = plan.stage == 2 && self.is_legacy(plan, &token.issuer, now.at);
            let unmet = !token.admin && (plan.wants_admin || asked.route == Route::Nested);
            allowed.push(match asked.route {
                _ if refused => 401,
                _ if plan.wants_admin && !token.admin => 403,
                Route::Foreign => 500,
                _ if unmet => 403,
                _ => 200,
            });
        }
        if overdue && !fresh {
            allowed = vec![503]
        }
        if asked.is_crowded || (!accepts && undecided && excused) {
            allowed.push(503)
        }
        if !accepts && !good {
            allowed.push(401)
        }
        (
            allowed,
            format!(
                "accepts {accepts} overdue {overdue} undecided {undecided} excused {excused} good {good}"
            ),
        )
    }

    /// Whether nobody has fetched for so long that a request has to do it before a token is accepted.
    fn is_idle(&self, source: usize, now: &Now<'_>) -> bool {
        let mut keepers = now.plan.authorities.iter();
        let keeper = keepers.find(|it| it.source == source);
        let (Some(heard), Some(keeper)) = (self.heard.get(&source), keeper) else {
            return false;
        };
        // Who waits may drive it. Keys on demand have not been looked at for so long that even then nobody is served before it has ended.
        let is_driven = || self.has_driven(source, now.at) || now.somebody_waits;
        let is_open = !keeper.on_demand && is_driven();
        let time_for_the_task = match keeper.on_demand || now.plan.on_request {
            true => 0,
            false => FETCH_TIMEOUT + 1,
        };
        now.at > heard.due.1 + time_for_the_task && heard.failed.is_none() && !is_open
    }

    /// Whether there is a reason why what this source publishes could not be learnt.
    fn excuses(
        &self,
        source: usize,
        missing: Option<&str>,
        asked: &Asked<'_>,
        now: &Now<'_>,
    ) -> bool {
        let Some(heard) = self.heard.get(&source) else {
            return true;
        };
        let n = asked.plan.unknown_fetches;
        let spent = heard
            .began
            .iter()
            .filter(|it| **it + n * asked.plan.unknown_interval >= now.at)
            .count() as u64
            >= n;
        let failed = heard.failed.is_some_and(|(at, _)| {
            at >= asked.at || (heard.success.is_none() && now.at <= at + 61)
        });
        let remembered = heard.success.is_some_and(|it| now.at <= it.began + 60)
            && missing
                .and_then(|missing| heard.asked.get(missing))
                .is_some_and(|first| *first < asked.order);
        let waited = now.at >= asked.at + FETCH_TIMEOUT;
        waited || failed || remembered || (heard.success.is_some() && spent)
    }
}
