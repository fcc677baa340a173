//! What must hold, known from what the identity provider published when and what the operator set. It knows nothing of the layer but statuses.

use std::collections::BTreeMap;

use super::{
    plan::{Authority, Plan},
    provider::{Event, Published},
    tokens::{Shape, Token},
    topology::{FETCH_TIMEOUT, INLINE, INLINE_KEY, SKEW, SOURCES, tenant},
};

/// What was heard from each metadata URL, and what the operator forgot. Times are seconds since the schedule began, unless they are called wall.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) heard: BTreeMap<usize, Heard>,
    pub(super) forgotten: Vec<(Option<usize>, String)>,
    open: BTreeMap<u64, Open>,
}

/// What was heard from one metadata URL since `born`, a place in the order of fetches and requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    born: u64,
    pub(super) issuer: Option<String>,
    former: Option<(String, u64)>,
    pub(super) keys: BTreeMap<String, Known>,
    pub(super) success: Option<Success>,
    failed: Option<(u64, u32)>,
    pub(super) began: Vec<u64>,
    /// What is left of the budget for unknown keys.
    left: f64,
    refilled: u64,
    /// The key ids that were asked for, each with the place of the first request that did.
    asked: BTreeMap<String, u64>,
    /// How many fetches were given up because nobody drove them.
    replaces: u64,
    /// When the next regular fetch may begin, and when it must have begun.
    due: (u64, u64),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    key: usize,
    seen: u64,
    vanished: Option<u64>,
    /// It vanished from an authority on demand, which may have been idle: then it ended at once.
    may_have_ended: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Success {
    began: u64,
    /// The same, whatever the clocks of later processes make of it.
    truly_began: u64,
    ended: u64,
    order: u64,
    wall: u64,
}

#[derive(Debug, Clone)]
struct Open {
    source: usize,
    began: u64,
    order: u64,
    wall: u64,
    assigned: Vec<String>,
    issuer: Option<String>,
    is_paid: bool,
    /// Nobody drove it to its end, and another one has taken its place.
    is_replaced: bool,
}

/// A request: when it came, what the settings were, and what the identity provider publishes now.
pub(super) struct Asked<'a> {
    pub(super) at: u64,
    pub(super) order: u64,
    pub(super) plan: &'a Plan,
    /// As many requests waited as may.
    pub(super) is_crowded: bool,
    pub(super) route: Route,
}

/// What lies inside of the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Plain,
    /// A layer that only reports, and then a requirement of the outer layer: the scope `admin`.
    Nested,
    /// A requirement of a layer that is not there.
    Foreign,
}

pub(super) struct Now<'a> {
    /// The settings of now, perhaps not those of the request.
    pub(super) plan: &'a Plan,
    pub(super) at: u64,
    pub(super) date: u64,
    pub(super) wall: u64,
    pub(super) published: &'a dyn Fn(usize) -> (String, Vec<Published>),
}

impl Heard {
    fn new(born: u64, plan: &Plan, at: u64) -> Self {
        Self {
            born,
            left: plan.unknown_fetches as f64,
            refilled: at,
            ..Self::default()
        }
    }

    fn usable(&self, kid: &str, plan: &Plan, at: u64) -> Option<usize> {
        let known = self.keys.get(kid)?;
        let in_grace = known.vanished.is_none_or(|since| at < since + plan.grace);
        (at < known.seen + plan.max_stale && in_grace).then_some(known.key)
    }
}

fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

/// Whether the metadata of this authority may name the issuer.
fn may_name(source: usize, assigned: &[String], issuer: &str) -> bool {
    let own = SOURCES[source].host;
    let external = ".ciamlogin.com";
    assigned.iter().any(|it| it == issuer)
        || host(issuer) == own
        || (host(issuer).ends_with(external) && own.ends_with(external))
}

/// The issuers that the operator assigned to this authority; those that were listed are its own if no other could have them.
fn assigned(authority: &Authority, plan: &Plan) -> Vec<String> {
    let is_only = plan.authorities.iter().filter(|it| !it.legacy).count() == 1 && !authority.legacy;
    let listed = plan.listed.iter().filter(|_| is_only);
    authority.assigned.iter().chain(listed).cloned().collect()
}

impl Model {
    /// The settings were swapped: what was heard from authorities that are gone, or may no longer have their issuer, is gone too.
    pub(super) fn swap(&mut self, plan: &Plan, order: u64, at: u64) {
        let before = std::mem::take(&mut self.heard);
        for authority in plan.authorities.iter().filter(|it| it.source != INLINE) {
            let allowed =
                |issuer: &String| may_name(authority.source, &assigned(authority, plan), issuer);
            let kept = before
                .get(&authority.source)
                .filter(|it| it.issuer.as_ref().is_none_or(allowed));
            let mut heard = kept.cloned().unwrap_or_else(|| Heard::new(order, plan, at));
            heard.former = heard.former.filter(|(issuer, _)| allowed(issuer));
            (heard.left, heard.refilled) = (plan.unknown_fetches as f64, at);
            if let Some(success) = heard.success {
                heard.due = (
                    heard.due.0.min(success.ended + plan.refresh * 9 / 10),
                    heard.due.1.min(success.ended + plan.refresh),
                )
            }
            self.heard.insert(authority.source, heard);
        }
    }

    /// Whether other settings make it lose something that was heard.
    pub(super) fn loses(&self, plan: &Plan) -> bool {
        let keeps = |(source, heard): (&usize, &Heard)| {
            let authority = plan.authorities.iter().find(|it| it.source == *source);
            let may_name = |it: &Authority| {
                heard
                    .issuer
                    .as_ref()
                    .is_none_or(|issuer| may_name(*source, &assigned(it, plan), issuer))
            };
            authority.is_some_and(may_name)
        };
        !self.heard.iter().all(keeps)
    }

    /// What a snapshot holds.
    pub(super) fn saved(&self, plan: &Plan, at: u64) -> Self {
        let mut saved = self.clone();
        for heard in saved.heard.values_mut() {
            let old = heard.clone();
            heard
                .keys
                .retain(|kid, _| old.usable(kid, plan, at).is_some());
        }
        saved
    }

    /// A new process that starts with what an earlier one saved, if anything, at a time by both clocks.
    pub(super) fn restart(
        &mut self,
        saved: Option<&(Self, u64, u64)>,
        plan: &Plan,
        order: u64,
        at: u64,
        wall: u64,
    ) {
        let none = (Self::default(), at, wall);
        let (saved, saved_at, saved_wall) = saved.unwrap_or(&none);
        *self = Self {
            forgotten: saved.forgotten.clone(),
            ..Self::default()
        };
        self.swap(plan, order, at);
        // Times are saved as dates. Nothing is younger than now.
        let date = |time: u64| (saved_wall + time).saturating_sub(*saved_at);
        let aged = |time: u64| at.saturating_sub(wall.saturating_sub(date(time)));
        for authority in &plan.authorities {
            let (Some(heard), Some(old)) = (
                self.heard.get_mut(&authority.source),
                saved.heard.get(&authority.source),
            ) else {
                continue;
            };
            let (Some(issuer), Some(success)) = (&old.issuer, old.success) else {
                continue;
            };
            if at >= aged(success.began) + plan.max_stale
                || !may_name(authority.source, &assigned(authority, plan), issuer)
            {
                continue;
            }
            heard.issuer = Some(issuer.clone());
            heard.success = Some(Success {
                began: aged(success.began),
                truly_began: success.truly_began,
                ended: aged(success.ended),
                order: 0,
                wall: date(success.began),
            });
            heard.keys = old
                .keys
                .iter()
                .map(|(kid, it)| {
                    (
                        kid.clone(),
                        Known {
                            key: it.key,
                            seen: aged(it.seen),
                            vanished: it.vanished.map(aged),
                            may_have_ended: it.may_have_ended,
                        },
                    )
                })
                .collect();
        }
    }

    /// Takes note of what happened at the identity provider.
    ///
    /// # Errors
    ///
    /// If a fetch began that should not have.
    pub(super) fn note(
        &mut self,
        event: Event,
        plan: &Plan,
        at: u64,
        wall: u64,
    ) -> Result<(), String> {
        match event {
            Event::Began {
                source,
                fetch,
                order,
            } => {
                let Some(authority) = plan.authorities.iter().find(|it| it.source == source) else {
                    return Ok(());
                };
                let Some(heard) = self.heard.get_mut(&source) else {
                    return Ok(());
                };
                let backoff = |failures: u32| (1 << failures.min(6)).min(60) * 4 / 10;
                let regular = match (heard.failed, heard.success) {
                    (Some((failed, failures)), _) => at >= failed + backoff(failures).max(1),
                    (None, _) => at >= heard.due.0,
                };
                heard.left = (heard.left
                    + (at - heard.refilled) as f64 / plan.unknown_interval as f64)
                    .min(plan.unknown_fetches as f64);
                heard.refilled = at;
                let mut open = self.open.values_mut();
                let left = open.find(|it| {
                    it.source == source && !it.is_replaced && at >= it.began + FETCH_TIMEOUT
                });
                let regular = regular || heard.replaces > 0 || left.is_some();
                match left {
                    Some(left) => left.is_replaced = true,
                    None => heard.replaces = heard.replaces.saturating_sub(1),
                }
                if !regular {
                    heard.left -= 1.0
                }
                if heard.left < -0.001 || (!regular && heard.success.is_none()) {
                    return Err(format!("{source} was fetched too often: {heard:?}"));
                }
                heard.began.push(at);
                let assigned = assigned(authority, plan);
                self.open.insert(
                    fetch,
                    Open {
                        source,
                        began: at,
                        order,
                        wall,
                        assigned,
                        issuer: None,
                        is_paid: !regular,
                        is_replaced: false,
                    },
                );
            }
            Event::Named { fetch, issuer } => {
                let Some(open) = self.open.get_mut(&fetch) else {
                    return Ok(());
                };
                if may_name(open.source, &open.assigned, &issuer) {
                    open.issuer = Some(issuer)
                } else {
                    self.fail(fetch, at)
                }
            }
            Event::Failed { fetch } => self.fail(fetch, at),
            Event::Served { fetch, keys } => self.serve(fetch, keys, plan, at),
        }
        Ok(())
    }

    fn fail(&mut self, fetch: u64, at: u64) {
        let Some(open) = self.open.remove(&fetch) else {
            return;
        };
        let Some(heard) = self
            .heard
            .get_mut(&open.source)
            .filter(|it| open.order > it.born && !open.is_replaced)
        else {
            return;
        };
        // Nobody drove it, so another one takes its place.
        if at >= open.began + FETCH_TIMEOUT {
            heard.replaces += 1
        }
        // One whose time was over may have been replaced; otherwise it counts for the wait until the next.
        let is_counted = u32::from(at < open.began + FETCH_TIMEOUT);
        heard.failed = Some((
            at,
            heard.failed.map_or(0, |(_, failures)| failures) + is_counted,
        ));
    }

    fn serve(&mut self, fetch: u64, keys: Vec<(String, usize)>, plan: &Plan, at: u64) {
        let Some(open) = self.open.get(&fetch).cloned() else {
            return;
        };
        let authority = plan.authorities.iter().find(|it| it.source == open.source);
        let (Some(heard), Some(authority), Some(issuer)) = (
            self.heard.get_mut(&open.source),
            authority,
            open.issuer.clone(),
        ) else {
            return self.fail(fetch, at);
        };
        if open.order <= heard.born {
            self.open.remove(&fetch);
            return;
        }
        let assigned = assigned(authority, plan);
        let is_change = heard.issuer.as_ref().is_some_and(|it| *it != issuer);
        let is_same_tenant = || tenant(&issuer) == heard.issuer.as_deref().and_then(tenant);
        let changes_well = may_name(open.source, &assigned, &issuer)
            && (assigned.contains(&issuer) || is_same_tenant());
        if (is_change && !changes_well)
            || (heard.issuer.is_none() && !may_name(open.source, &assigned, &issuer))
        {
            return self.fail(fetch, at);
        }
        self.open.remove(&fetch);
        if is_change {
            heard.former = heard.issuer.take().map(|it| (it, at + plan.grace))
        }
        heard.issuer = Some(issuer);
        // A key that may have ended is news if it had.
        let had_ended = |kid: &String| heard.keys.get(kid).is_some_and(|it| it.may_have_ended);
        let is_news = keys
            .iter()
            .any(|(kid, key)| heard.usable(kid, plan, at) != Some(*key) || had_ended(kid));
        if is_news && open.is_paid {
            heard.left += 1.0
        }
        let mut keepers = plan.authorities.iter();
        let on_demand = keepers.any(|it| it.source == open.source && it.on_demand);
        // What vanished while nobody looked has no grace. With failures, or close to the time, it is not known whether somebody had to look.
        if on_demand && heard.failed.is_none() && at > heard.due.1 {
            heard
                .keys
                .retain(|kid, _| keys.iter().any(|(it, _)| it == kid));
        }
        for (kid, known) in &mut heard.keys {
            if !keys.iter().any(|(it, _)| it == kid) {
                known.vanished.get_or_insert(at);
                known.may_have_ended |= on_demand;
            }
        }
        heard.keys.extend(keys.into_iter().map(|(kid, key)| {
            (
                kid,
                Known {
                    key,
                    seen: at,
                    vanished: None,
                    may_have_ended: false,
                },
            )
        }));
        heard.due = (at + plan.refresh * 9 / 10, at + plan.refresh);
        (heard.failed, heard.success) = (
            None,
            Some(Success {
                began: open.began,
                truly_began: open.began,
                ended: at,
                order: open.order,
                wall: open.wall,
            }),
        );
    }

    pub(super) fn has_open(&self, source: usize) -> bool {
        self.open.values().any(|it| it.source == source)
    }

    /// Whether a background task must have fetched by now.
    pub(super) fn is_overdue(&self, plan: &Plan, at: u64) -> Option<usize> {
        let eager = plan
            .authorities
            .iter()
            .filter(|it| it.source != INLINE && !it.on_demand);
        // One that nobody drove to its end is no failure: the next is due when it would have been.
        let is_overdue = |heard: &Heard| match (heard.failed, heard.success) {
            (Some((failed, 0)), Some(_)) => at > heard.due.1.max(failed + MOST_RETRY_AFTER),
            (Some((failed, _)), _) => at > failed + MOST_RETRY_AFTER,
            (None, _) => at > heard.due.1,
        };
        let mut eager = eager.map(|it| it.source);
        eager.find(|source| is_overdue(&self.heard[source]) && !self.has_open(*source))
    }

    /// A request that waits is judged by the settings it came with, but for this: what is forgotten when the verdict falls.
    fn is_forgotten(&self, now: &Plan, source: usize, kid: &str) -> bool {
        let names =
            |(of, it): &(Option<usize>, String)| it == kid && of.is_none_or(|of| of == source);
        self.forgotten.iter().chain(&now.forgotten).any(names)
    }

    fn has_issuer(&self, authority: &Authority, plan: &Plan, issuer: &str, at: u64) -> bool {
        let mut own = assigned(authority, plan);
        if let Some(heard) = self.heard.get(&authority.source) {
            own.extend(heard.issuer.clone());
            own.extend(
                heard
                    .former
                    .clone()
                    .filter(|(_, until)| at < *until)
                    .map(|(it, _)| it),
            );
        }
        let takers = plan.authorities.iter().filter(|it| !it.legacy).count();
        let is_its_tenants = || takers == 1 || own.iter().any(|it| tenant(it) == tenant(issuer));
        let mut listed = plan.listed.iter().chain(&plan.legacy);
        own.iter().any(|it| it == issuer)
            || (!authority.legacy && listed.any(|it| it == issuer) && is_its_tenants())
    }

    pub(super) fn is_legacy(&self, plan: &Plan, issuer: &str, at: u64) -> bool {
        let of_legacy = |it: &Authority| it.legacy && self.has_issuer(it, plan, issuer, at);
        plan.migrates
            && (plan.legacy.iter().any(|it| it == issuer) || plan.authorities.iter().any(of_legacy))
    }

    /// Notes which key a request asked for.
    pub(super) fn ask(&mut self, token: &Token, order: u64) {
        for (heard, kid) in self.heard.values_mut().zip(token.kid.iter().cycle()) {
            heard.asked.entry(kid.clone()).or_insert(order);
        }
    }

    /// The statuses that this token may get now, and why.
    pub(super) fn allowed(
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
        let in_time = now.wall < token.expires_at + SKEW && now.wall + SKEW >= token.not_before;
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
            let Some(kid) =
                kid.filter(|kid| (has || could) && !self.is_forgotten(now.plan, source, kid))
            else {
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
                let is_idle = authority.on_demand
                    && now.at > heard.due.1
                    && heard.failed.is_none()
                    && !self.has_open(source);
                overdue |= accepted && is_idle;
                fresh |= accepted && !is_idle;
                continue;
            }
            let is_settled = has && heard.success.is_some_and(|it| it.order > asked.order);
            undecided |= !is_settled;
            excused |= !is_settled && self.excuses(source, Some(kid), asked, now);
            let (issuer, published) = (now.published)(source);
            let is_published = |it: &Published| {
                it.kid == kid && it.key == token.key && it.since <= token.issued_at
            };
            let known_as = has || issuer == token.issuer;
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

    /// Whether there is a reason why what this source publishes could not be learnt.
    fn excuses(&self, source: usize, kid: Option<&str>, asked: &Asked<'_>, now: &Now<'_>) -> bool {
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
            && kid
                .and_then(|kid| heard.asked.get(kid))
                .is_some_and(|first| *first < asked.order);
        let waited = now.at >= asked.at + FETCH_TIMEOUT;
        waited || failed || remembered || (heard.success.is_some() && spent)
    }
}

/// The longest `Retry-After` that is honoured, in seconds.
const MOST_RETRY_AFTER: u64 = 300;
