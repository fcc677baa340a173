//! Decision ─▶ its record in the request and in the counters.

use std::sync::Arc;

use axum_core::body::Body;
use http::{Extensions, Request, Response};

use crate::{
    claims::{ReportOnly, VerifiedClaims, set_outer_record_aside},
    decision::{Accepted, Authenticator},
    migration::Announcement,
    refusal::{AuthError, RequestHead},
};

/// What to do with a request after the decision.
pub(super) enum Outcome<ReqBody> {
    PassOn(Request<ReqBody>, Option<Arc<Announcement>>),
    Refuse(Response<Body>),
}

/// Records the decision in the request and the counters.
pub(super) fn carry_out<ReqBody>(
    authenticator: &Authenticator,
    decision: Result<Accepted, AuthError>,
    mut request: Request<ReqBody>,
) -> Outcome<ReqBody> {
    let shared = &authenticator.shared;
    match decision {
        Ok(accepted) => {
            shared.counters.accepted();
            let claims = VerifiedClaims::new(accepted.verified);
            pass_on_with(claims, authenticator, request.extensions_mut());
            Outcome::PassOn(request, accepted.announcement)
        }
        Err(error) => {
            shared.counters.refused(&error);
            if authenticator.config.report_only {
                let extensions = request.extensions_mut();
                set_outer_record_aside(extensions, shared.layer);
                ReportOnly::mark(extensions, shared.layer, Some(error));
                set_claim_headers(authenticator, extensions);
                return Outcome::PassOn(request, None);
            }
            Outcome::Refuse(authenticator.refuse(error, RequestHead::of(&request)))
        }
    }
}

/// Puts this layer's record into the extensions of a request that passes.
pub(super) fn pass_on_with<T: Clone + Send + Sync + 'static>(
    record: T,
    authenticator: &Authenticator,
    extensions: &mut Extensions,
) {
    let (config, layer) = (&authenticator.config, authenticator.shared.layer);
    set_outer_record_aside(extensions, layer);
    if config.report_only {
        ReportOnly::mark(extensions, layer, None);
    }
    extensions.insert(record);
    set_claim_headers(authenticator, extensions);
}

/// Every request that passes gets them, so that whoever forwards it replaces the client's own headers of these names.
fn set_claim_headers(authenticator: &Authenticator, extensions: &mut Extensions) {
    let headers = &authenticator.config.claim_headers;
    if !headers.is_empty() {
        extensions.insert(headers.clone());
    }
}
