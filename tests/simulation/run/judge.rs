//! The comparison of each answer with the model.

use std::slice;

use axum::body::Body;
use http::Response;
use tower_b2c_auth::AuthError;

use super::{Run, inner::Route, requests::Pending};
use crate::{
    fetches::{Fetches, Scene},
    model::{Case, Model, Verdict},
    tokens::Shape,
};

impl Run<'_> {
    pub(super) fn judge(
        &mut self,
        request: &Pending,
        response: &Response<Body>,
    ) -> Result<(), String> {
        let status = response.status().as_u16();
        let mut allowed = self.allowed(request, &self.model, &self.fetches, &self.pending);
        if let Some(called) = &request.called {
            let live = match request.has_company {
                true => slice::from_ref(request),
                false => &self.pending,
            };
            allowed.extend(self.allowed(request, &called.0, &called.1, live));
        }
        let error = response.extensions().get::<AuthError>();
        let reason = error.map(AuthError::reason);
        let retry = response.headers().get("retry-after");
        let (token, at, order, route) = (&request.token, request.at, request.order, request.route);
        self.say(|| format!("  {status} {reason:?} {retry:?} ({allowed:?}) for {order}, {token:?} of {at} on {route:?}"));
        self.fetches.ask(token, order, &self.model);
        // With the reason `legacy_issuer`, one authority has accepted the token, perhaps before others were asked.
        let is_refused = status == 401 && reason != Some("legacy_issuer");
        if is_refused && request.called.is_none() {
            let scene = Scene {
                model: &self.model,
                plan: &self.plan,
                time: &self.time,
                live: &self.pending,
            };
            self.fetches.refused(request, &scene);
        }
        match status {
            200 | 403 | 500 => self.note_use(request),
            401 if !is_refused => self.note_use(request),
            503 => self.note_unjudged(request),
            _ => {}
        }
        if status == 200 {
            self.accepted = Some(token.clone());
        }
        self.coverage.count(self.step, status);
        if allowed.contains(&status) {
            Ok(())
        } else {
            Err(format!(
                "answered {status} {reason:?}, but {allowed:?} is right: {token:?}\n{:?}\n{:?}",
                self.model, self.fetches
            ))
        }
    }

    /// The statuses that a request may get, given what is known and which requests are under way.
    fn allowed(
        &self,
        request: &Pending,
        model: &Model,
        fetches: &Fetches,
        live: &[Pending],
    ) -> Vec<u16> {
        match request.token.shape {
            Shape::Missing | Shape::Unsigned => return vec![401],
            Shape::Twice => return vec![400],
            Shape::Sound | Shape::Tampered => {}
        }
        let scene = Scene {
            model,
            live,
            ..self.scene()
        };
        let case = Case {
            order: request.order,
            plan: &request.plan,
            in_force: &self.plan,
            time: &self.time,
            world: &self.provider.world(),
            is_idle: &|source| fetches.is_idle(source, &scene),
            is_excused: &|source, unknown| fetches.excuse(source, unknown, request, &scene),
        };
        let verdicts = model.verdicts(&request.token, &case).into_iter();
        let statuses = verdicts.map(|verdict| match verdict {
            Verdict::Accepted => self.status_of_accepted(request, model),
            Verdict::Refused => 401,
            Verdict::Undecided => 503,
        });
        // There may have been no room to wait.
        statuses.chain(request.is_crowded.then_some(503)).collect()
    }

    fn status_of_accepted(&self, request: &Pending, model: &Model) -> u16 {
        let (plan, token) = (&request.plan, &request.token);
        match request.route {
            _ if plan.stage == 2 && model.is_legacy(plan, &token.issuer, self.time.elapsed()) => {
                401
            }
            _ if plan.wants_admin && !token.admin => 403,
            Route::Foreign => 500,
            Route::Nested if !token.admin => 403,
            Route::Plain | Route::Nested => 200,
        }
    }
}
