//! How what was heard changes with a fetch, and how many fetches there may be.

use super::{
    Model,
    issuers::{assigned, may_name, may_turn_to},
    knowledge::{Heard, Known, Open, Success},
};
use crate::{
    plan::{Authority, Plan},
    provider::Event,
    tokens::Token,
    topology::{FETCH_TIMEOUT, INLINE, tenant},
};

impl Model {
    /// Takes note of what happened at the identity provider.
    ///
    /// # Errors
    ///
    /// If a fetch began that should not have.
    pub(crate) fn note(
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
                let is_wanted = self.live.is_empty() || self.is_wanted(authority, plan, at, wall);
                let Some(heard) = self.heard.get_mut(&source) else {
                    return Ok(());
                };
                let backoff = |failures: u32| (1 << failures.min(7)).min(90) * 4 / 10;
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
                if !regular && !is_wanted {
                    return Err(format!("{source} was fetched for nobody: {heard:?}"));
                }
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

    /// Whether a request may cause a fetch of this authority that is not due: its token could be good but for a key or an issuer that no fetch has shown
    /// not to exist, neither since it came nor in the last minute.
    fn is_wanted(&self, authority: &Authority, plan: &Plan, at: u64, wall: u64) -> bool {
        let source = authority.source;
        let Some(heard) = self.heard.get(&source) else {
            return true;
        };
        let is_recent = |began: &u64| at < began + 60;
        let is_shown = |name: &str| heard.shown.get(name).is_some_and(is_recent);
        let shown = heard.shown.values().filter(|began| is_recent(began));
        let is_missing = |kid: &String| {
            let may_have_ended = heard.keys.get(kid).is_some_and(|it| it.may_have_ended);
            !is_shown(kid) && (may_have_ended || heard.usable(kid, plan, at).is_none())
        };
        let wants = |token: &Token| {
            token.is_in_time(wall)
                && token.audience == authority.audience
                && token.kid.as_ref().is_some_and(|kid| {
                    match self.has_issuer(authority, plan, &token.issuer, at) {
                        true => is_missing(kid),
                        false => may_turn_to(source, &token.issuer) && !is_shown(&token.issuer),
                    }
                })
        };
        let mut live = self.live.iter();
        shown.count() >= MOST_SHOWN
            || live.any(|it| {
                let is_settled = heard.success.is_some_and(|fetch| fetch.order > it.order);
                !is_settled && (*it.plan != *plan || wants(&it.token))
            })
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
        if !open.may_be_driven(at) {
            return;
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

    pub(crate) fn has_open(&self, source: usize) -> bool {
        self.open.values().any(|it| it.source == source)
    }

    /// Whether a fetch is under way that somebody may drive.
    pub(super) fn has_driven(&self, source: usize, at: u64) -> bool {
        let mut open = self.open.values().filter(|it| it.source == source);
        open.any(|it| it.may_be_driven(at))
    }

    /// Whether a background task must have fetched by now.
    pub(crate) fn is_overdue(&self, plan: &Plan, at: u64) -> Option<usize> {
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
}

/// More than this may be forgotten again.
const MOST_SHOWN: usize = 60;
/// The longest `Retry-After` that is honoured, in seconds.
const MOST_RETRY_AFTER: u64 = 300;
