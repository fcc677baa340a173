//! A requirement on single routes.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use b2c_verify::VerifiedClaims;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::Requirement;
use crate::{error::AuthError, future::ResponseFuture, report_only::ReportOnly};

/// Lets only requests through whose verified claims meet a [`Requirement`].
///
/// Made by [`B2cAuthLayer::require`](crate::B2cAuthLayer::require), which must lie outside of this one: a request that reaches it without
/// verified claims is answered with 500, because then the router is wired wrongly.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a route"]
pub struct RequireLayer {
    requirement: Arc<Requirement>,
}

impl RequireLayer {
    pub(crate) fn new(requirement: Requirement) -> Self {
        Self {
            requirement: Arc::new(requirement),
        }
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = Require<S>;

    fn layer(&self, inner: S) -> Require<S> {
        Require {
            inner,
            requirement: Arc::clone(&self.requirement),
        }
    }
}

/// The service of [`RequireLayer`].
#[derive(Debug, Clone)]
pub struct Require<S> {
    inner: S,
    requirement: Arc<Requirement>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Require<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let refusal = match request.extensions().get::<VerifiedClaims>() {
            Some(claims) if self.requirement.is_met_by(claims) => None,
            Some(_) => Some(AuthError::unmet(&self.requirement)),
            None => Some(AuthError::MissingLayer),
        };
        match refusal {
            Some(refusal) if !ReportOnly::note(request.extensions_mut(), &refusal) => {
                ResponseFuture::refused(refusal)
            }
            _ => ResponseFuture::inner(self.inner.call(request)),
        }
    }
}
