//! A requirement on single routes.

use std::{
    marker::PhantomData,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{current::Current, future::ResponseFuture};
use crate::{
    claims::{ReportOnly, words_of},
    refusal::{AuthError, EmptyBody, RefusalBody, Refused, Unjudged},
    requirement::Requirement,
};

/// Passes on only those requests whose verified claims meet a [`Requirement`].
///
/// Made by [`B2cAuthLayer::require`](crate::B2cAuthLayer::require). That layer, a clone of it or a layer derived from it must lie outside of this one. It believes
/// no other layer's claims: a request that its own layer has not seen is answered with 500, because then the router is wired wrongly.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a route"]
pub struct RequireLayer<R = EmptyBody> {
    requirement: Arc<Requirement>,
    /// It says whose claims count, and how refusals are answered.
    current: Arc<Current>,
    refusals: PhantomData<fn() -> R>,
}

impl<R> RequireLayer<R> {
    pub(super) fn new(requirement: Requirement, current: Arc<Current>) -> Self {
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
        let layer = self.current.lasting().layer;
        let error: AuthError = match words_of(request.extensions(), layer) {
            None => Unjudged::MissingLayer.into(),
            Some(words) => match words.claims {
                Some(claims) if self.requirement.is_met_by(&claims) => {
                    return ResponseFuture::inner(self.inner.call(request));
                }
                _ => Refused::unmet(&self.requirement).into(),
            },
        };
        if ReportOnly::note(request.extensions_mut(), layer, &error) {
            return ResponseFuture::inner(self.inner.call(request));
        }
        let authenticator = self.current.load();
        authenticator.lasting().counters.refused(&error);
        ResponseFuture::refused(error, authenticator.config().refusal.clone())
    }
}
