//! Calls the source, and remembers its answer.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{FutureExt as _, future::ready};

use super::{
    answers::{Answer, Tenants},
    source::UnknownIssuer,
};
use crate::{
    calls::{CallId, SharedCall},
    settings::AuthoritySettings,
};

impl Tenants {
    /// The running call about this issuer, or one that starts now. `None` if none may start now.
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
        if !state.calls.has_room() || now < state.paused_until || !state.budget.take(now) {
            return None;
        }
        let (this, key) = (Arc::downgrade(self), Arc::clone(&issuer));
        let (source, unknown) = (Arc::clone(&self.source), Arc::clone(&issuer));
        let call = async move { source.find(UnknownIssuer::new(&unknown)).await };
        Some(state.calls.start(key, now, call, move |id, found| {
            finish(&this, &issuer, id, found);
        }))
    }
}

fn finish(
    tenants: &Weak<Tenants>,
    issuer: &Arc<str>,
    id: CallId,
    answer: Option<Vec<AuthoritySettings>>,
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
    let order = context.next_in_order();
    match checked {
        Some(Ok(authorities)) if !authorities.is_empty() => {
            let until = now.saturating_add(config.ask_again_after);
            state.note_found(issuer, authorities, (now, until), order, config.max_tenants);
            state.budget.refund();
        }
        Some(answer) => {
            if let Err(problem) = answer {
                tracing::warn!(
                    problem,
                    "the answer of the source of tenants cannot be used"
                );
            }
            state.note_absent(issuer, now.saturating_add(config.absent_for), now);
        }
        None => {
            let next_try = now.saturating_add(PAUSE);
            state.paused_until = next_try;
            let known = state.found(issuer).cloned();
            let known = known.filter(|it| now.saturating_sub(it.confirmed_at) < MAX_UNCONFIRMED);
            if let Some(known) = known {
                let times = (known.confirmed_at, now.saturating_add(UNCONFIRMED));
                let authorities = known.authorities.clone();
                state.note_found(issuer, authorities, times, order, config.max_tenants);
            }
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
