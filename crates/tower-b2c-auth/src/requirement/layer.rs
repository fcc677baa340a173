//! A requirement on single routes.

use std::{
    marker::PhantomData,
    sync::Arc,
    task::{Context, Poll},
};

use b2c_verify::VerifiedClaims;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::Requirement;
use crate::{
    current::Current,
    error::AuthError,
    future::ResponseFuture,
    refusal_body::{EmptyBody, RefusalBody},
    report_only::ReportOnly,
};

/// Lets only requests through whose verified claims meet a [`Requirement`].
///
/// Made by [`B2cAuthLayer::require`](crate::B2cAuthLayer::require), which must lie outside of this one: a request that reaches it without
/// verified claims is answered with 500, because then the router is wired wrongly.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a route"]
pub struct RequireLayer<R = EmptyBody> {
    requirement: Arc<Requirement>,
    /// It says how refusals are answered.
    current: Arc<Current>,
    refusals: PhantomData<fn() -> R>,
}

impl<R> RequireLayer<R> {
    pub(crate) fn new(requirement: Requirement, current: Arc<Current>) -> Self {
        Self {
            requirement: Arc::new(requirement),
            current,
            refusals: PhantomData,
        }
    }
}

impl<S, R> Layer<S> for RequireLayer<R> {
    type Service = Require<S, R>;

    fn layer(&self, inner: S) -> Require<S, R> {
        Require {
            inner,
            requirement: Arc::clone(&self.requirement),
            current: Arc::clone(&self.current),
            refusals: PhantomData,
        }
    }
}

/// The service of [`RequireLayer`].
#[derive(Debug, Clone)]
pub struct Require<S, R = EmptyBody> {
    inner: S,
    requirement: Arc<Requirement>,
    current: Arc<Current>,
    refusals: PhantomData<fn() -> R>,
}

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for Require<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    R: RefusalBody<ResBody>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody, R>;

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
                ResponseFuture::refused(self.current.load().refusal(refusal))
            }
            _ => ResponseFuture::inner(self.inner.call(request)),
        }
    }
}
