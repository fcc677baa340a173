//! How what was heard changes with other settings and other processes.

use super::{
    Model,
    issuers::{assigned, may_name},
    knowledge::{Heard, Known, Success},
};
use crate::{
    plan::{Authority, Plan},
    topology::INLINE,
};

impl Model {
    /// The settings were swapped: what was heard from authorities that are gone, or may no longer have their issuer, is gone too.
    pub(crate) fn swap(&mut self, plan: &Plan, order: u64, at: u64) {
        self.rename(plan);
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

    /// An authority with another name keeps the keys that are forgotten.
    fn rename(&mut self, plan: &Plan) {
        for authority in &plan.authorities {
            let before = self.names.get(&authority.source).copied();
            if before.is_some_and(|before| before != authority.name()) {
                let kept = self.forgotten.iter().filter(|(of, _)| *of == before);
                let kept = kept.map(|(_, kid)| (Some(authority.name()), kid.clone()));
                let kept: Vec<_> = kept.collect();
                self.forgotten.extend(kept);
            }
        }
        let names = plan.authorities.iter().map(|it| (it.source, it.name()));
        self.names = names.collect();
    }

    /// Whether other settings make it lose something that was heard.
    pub(crate) fn loses(&self, plan: &Plan) -> bool {
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
    pub(crate) fn saved(&self, plan: &Plan, at: u64) -> Self {
        let mut saved = self.clone();
        let is_stale = |heard: &Heard| {
            let success = heard.success;
            success.is_some_and(|it| at >= it.began + plan.max_stale)
        };
        saved.heard.retain(|_, heard| !is_stale(heard));
        for heard in saved.heard.values_mut() {
            let old = heard.clone();
            heard
                .keys
                .retain(|kid, _| old.usable(kid, plan, at).is_some());
            heard.former = old.former.filter(|(_, until)| at < *until);
        }
        saved
    }

    /// A new process that starts with what an earlier one saved, if anything, at a time by both clocks.
    pub(crate) fn restart(
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
            heard.due = (at, at);
            // The rest of its grace, and no more than the whole.
            let left = |until: u64| date(until).saturating_sub(wall).min(plan.grace);
            let former = old.former.iter().map(|(it, until)| (it, at + left(*until)));
            heard.former = former
                .filter(|(it, _)| may_name(authority.source, &assigned(authority, plan), it))
                .map(|(it, until)| (it.clone(), until))
                .next_back();
            heard.success = Some(Success {
                began: aged(success.began),
                truly_began: success.truly_began,
                ended: at,
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
}
