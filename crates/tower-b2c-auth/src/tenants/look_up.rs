//! Asks the source, and remembers its answer.

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
    questions::{Asking, QuestionId, answer},
    settings::AuthoritySettings,
};

impl Tenants {
    /// A future of the answer to the open question, or to one that is asked now. `None` if none may be asked now.
    pub(crate) fn look_up(self: &Arc<Self>, issuer: &str) -> Option<Asking<()>> {
        if !matches!(self.answer(issuer), Answer::Unknown(_)) {
            return Some(ready(()).boxed().shared());
        }
        let now = self.context.now();
        let over = self.lock().questions.take_over_due(now);
        drop(over);
        let mut state = self.lock();
        if let Some(asking) = state.questions.under_way(issuer, now) {
            return Some(asking);
        }
        if !state.questions.has_room() || now < state.paused_until || !state.budget.take(now) {
            return None;
        }
        let issuer: Arc<str> = issuer.into();
        let ends_at = now.saturating_add(self.rules.timeout);
        let ask = |id| self.ask(Arc::clone(&issuer), id);
        Some(state.questions.open(Arc::clone(&issuer), ends_at, ask))
    }

    fn ask(
        self: &Arc<Self>,
        issuer: Arc<str>,
        id: QuestionId,
    ) -> impl Future<Output = ()> + Send + use<> {
        let source = Arc::clone(&self.source);
        let timeout = self.context.clock.sleep(self.rules.timeout);
        let this = Arc::downgrade(self);
        async move {
            let find = async { source.find(UnknownIssuer::new(&issuer)).await };
            let found = answer("the source of tenants", find, timeout).await;
            finish(&this, &issuer, id, found);
        }
    }
}

fn finish(
    tenants: &Weak<Tenants>,
    issuer: &Arc<str>,
    id: QuestionId,
    answer: Option<Vec<AuthoritySettings>>,
) {
    let Some(tenants) = tenants.upgrade() else {
        return;
    };
    let (rules, context) = (&tenants.rules, &tenants.context);
    let now = context.now();
    let checked = answer.map(|answer| rules.check_answer(issuer, answer));
    let mut state = tenants.lock();
    if !state.questions.close(issuer, id) {
        return;
    }
    let order = context.next_in_order();
    match checked {
        Some(Ok(authorities)) if !authorities.is_empty() => {
            let until = now.saturating_add(rules.ask_again_after);
            state.note_found(issuer, authorities, (now, until), order, rules.max_tenants);
            state.budget.refund();
        }
        Some(answer) => {
            if let Err(problem) = answer {
                tracing::warn!(
                    problem,
                    "the answer of the source of tenants cannot be used"
                );
            }
            state.note_absent(issuer, now.saturating_add(rules.absent_for), now);
        }
        None => {
            let next_try = now.saturating_add(PAUSE);
            state.paused_until = next_try;
            let known = state.found(issuer).cloned();
            let known = known.filter(|it| now.saturating_sub(it.confirmed_at) < MAX_UNCONFIRMED);
            if let Some(known) = known {
                let times = (known.confirmed_at, now.saturating_add(UNCONFIRMED));
                let authorities = known.authorities.clone();
                state.note_found(issuer, authorities, times, order, rules.max_tenants);
            }
        }
    }
    drop(state);
    context.count_end();
}

/// The time between a failed question and the next one.
const PAUSE: Duration = Duration::from_secs(1);
/// The time until a known tenant is asked about again, if the source could not confirm it.
const UNCONFIRMED: Duration = Duration::from_secs(60);
/// How long a tenant stays known in total without being confirmed.
const MAX_UNCONFIRMED: Duration = Duration::from_secs(86_400);
