//! A question to the source: one for each issuer at a time, driven by everybody who waits for it.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{Either, ready, select},
};

use super::{
    answers::{Answer, Tenants},
    source::UnknownIssuer,
};
use crate::{keys::Fetching, settings::AuthoritySettings};

/// A question that has been asked and not answered.
pub(super) struct Question {
    asking: Fetching,
    id: u64,
    /// When its time is over. If nobody has driven it by then, it is asked again.
    ends_at: Duration,
}

impl Tenants {
    /// The answer to come: of the question that is open, or of one that begins now. None if no question may be asked now.
    pub(crate) fn look_up(self: &Arc<Self>, issuer: &str) -> Option<Fetching> {
        if !matches!(self.answer(issuer), Answer::Unknown(_)) {
            return Some(ready(()).boxed().shared());
        }
        let now = self.context.now();
        let mut state = self.lock();
        if let Some(open) = state.open.get(issuer)
            && now < open.ends_at
        {
            return Some(open.asking.clone());
        }
        if state.open.len() >= self.rules.max_at_once {
            state.open.retain(|_, open| now < open.ends_at);
        }
        let has_room = state.open.len() < self.rules.max_at_once;
        if !has_room || now < state.paused_until || !state.budget.take(now) {
            return None;
        }
        let issuer: Arc<str> = issuer.into();
        let id = self.context.next_in_order();
        let asking = self.ask(&issuer, id);
        let question = Question {
            asking: asking.clone(),
            id,
            ends_at: now.saturating_add(self.rules.timeout),
        };
        state.open.insert(issuer, question);
        Some(asking)
    }

    fn ask(self: &Arc<Self>, issuer: &Arc<str>, id: u64) -> Fetching {
        let (source, issuer) = (Arc::clone(&self.source), Arc::clone(issuer));
        let timeout = self.context.clock.sleep(self.rules.timeout);
        let this = Arc::downgrade(self);
        let run = async move {
            let answer = async { source.find(UnknownIssuer::new(&issuer)).await };
            let answer = AssertUnwindSafe(select(answer.boxed(), timeout)).catch_unwind();
            let answer = match answer.await {
                Ok(Either::Left((Ok(answer), _))) => Some(answer),
                Ok(Either::Left((Err(error), _))) => {
                    tracing::warn!(%error, "the source of tenants cannot answer");
                    None
                }
                Ok(Either::Right(_)) => {
                    tracing::warn!("the source of tenants has not answered in time");
                    None
                }
                Err(_panic) => {
                    tracing::error!("the source of tenants has panicked");
                    None
                }
            };
            finish(&this, &issuer, id, answer);
        };
        run.boxed().shared()
    }
}

fn finish(
    tenants: &Weak<Tenants>,
    issuer: &Arc<str>,
    id: u64,
    answer: Option<Vec<AuthoritySettings>>,
) {
    let Some(tenants) = tenants.upgrade() else {
        return;
    };
    let (rules, context) = (&tenants.rules, &tenants.context);
    let now = context.now();
    let checked = answer.map(|answer| rules.check_answer(issuer, answer));
    let mut state = tenants.lock();
    if state.open.get(issuer).map(|open| open.id) != Some(id) {
        // Nobody drove it, and it has been asked again.
        return;
    }
    state.open.remove(issuer);
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
                    "what the source of tenants answered cannot be used"
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

/// How long the source is left alone after it could not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a known tenant stays known before the next try, if the source cannot answer.
const UNCONFIRMED: Duration = Duration::from_secs(60);
/// How long it does so in all.
const MAX_UNCONFIRMED: Duration = Duration::from_secs(86_400);
