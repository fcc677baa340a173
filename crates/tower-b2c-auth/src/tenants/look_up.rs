//! Calls the source, and remembers its answer.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{FutureExt as _, future::ready};

use super::{
    answers::{Answer, State, Tenants},
    source::UnknownIssuer,
};
use crate::{
    settings::AuthoritySettings,
    single_flight::{CallId, SharedCall},
};

impl Tenants {
    /// The running call about this issuer, or one that starts now; if an earlier answer counts, a future that is complete at once. `None` if there is none
    /// of these.
    ///
    /// Calls about tenants that the source has found need no budget, so they go on even if made-up issuers have used it up.
    pub(crate) fn look_up(self: &Arc<Self>, issuer: &str) -> Option<SharedCall<()>> {
        if !matches!(self.answer(issuer), Answer::Unknown(_)) {
            return Some(ready(()).boxed().shared());
        }
        let issuer: Arc<str> = issuer.into();
        let now = self.context.now();
        let over = self.lock().calls.take_overdue(now);
        drop(over);
        let mut state = self.lock();
        if let Some(call) = state.calls.running(&issuer, now) {
            return Some(call);
        }
        if now < state.paused_until(&issuer) {
            let stays = self.keep_unconfirmed(&mut state, &issuer, now);
            return stays.then(|| ready(()).boxed().shared());
        }
        let is_known = state.found(&issuer).is_some();
        if !state.calls.has_room() || !(is_known || state.budget.take(now)) {
            return None;
        }
        let (this, key) = (Arc::downgrade(self), Arc::clone(&issuer));
        let (source, unknown) = (Arc::clone(&self.source), Arc::clone(&issuer));
        let call = async move { source.find(UnknownIssuer::new(&unknown)).await };
        Some(state.calls.start(key, now, call, move |id, found| {
            finish(&this, &issuer, id, found, is_known);
        }))
    }

    /// Lets a known tenant count for a while longer, because the source cannot confirm it now. Returns whether the tenant still counts.
    fn keep_unconfirmed(&self, state: &mut State, issuer: &Arc<str>, now: Duration) -> bool {
        let known = state.found(issuer).cloned();
        let known = known.filter(|it| now.saturating_sub(it.confirmed_at) < MAX_UNCONFIRMED);
        let Some(known) = known else {
            return false;
        };
        let times = (known.confirmed_at, now.saturating_add(UNCONFIRMED));
        let authorities = known.authorities.clone();
        state.note_found(
            issuer,
            authorities,
            times,
            known.order,
            self.config.max_tenants,
        );
        true
    }
}

fn finish(
    tenants: &Weak<Tenants>,
    issuer: &Arc<str>,
    id: CallId,
    answer: Option<Vec<AuthoritySettings>>,
    was_known: bool,
) {
    let Some(tenants) = tenants.upgrade() else {
        return;
    };
    let (config, context) = (&tenants.config, &tenants.context);
    let now = context.now();
    let checked = answer.map(|answer| config.check_answer(issuer, answer));
    let mut state = tenants.lock();
    if !state.calls.finish(issuer, id) {
        return;
    }
    if let Some(Ok(authorities)) = &checked
        && state.removed.concern(id, issuer, authorities)
    {
        // The next call answers with what the source knows now.
        if !was_known {
            state.budget.refund();
        }
        return;
    }
    match checked {
        Some(Ok(authorities)) if !authorities.is_empty() => {
            let times = (now, now.saturating_add(config.ask_again_after));
            let order = context.next_in_order();
            state.note_found(issuer, authorities, times, order, config.max_tenants);
            if !was_known {
                state.budget.refund();
            }
        }
        Some(answer) => {
            if let Err(problem) = answer {
                tracing::warn!(
                    %issuer,
                    %problem,
                    "the answer of the source of tenants cannot be used"
                );
            }
            state.note_absent(issuer, now.saturating_add(config.absent_for), now);
        }
        None => {
            state.pause(now.saturating_add(PAUSE), was_known);
            tenants.keep_unconfirmed(&mut state, issuer, now);
        }
    }
    drop(state);
    context.count_end();
}

/// The time between a failed call and the next one.
const PAUSE: Duration = Duration::from_secs(1);
/// The time until a known tenant is asked about again, if the source could not confirm it.
const UNCONFIRMED: Duration = Duration::from_secs(60);
/// How long a tenant stays known in total without being confirmed.
const MAX_UNCONFIRMED: Duration = Duration::from_secs(86_400);
