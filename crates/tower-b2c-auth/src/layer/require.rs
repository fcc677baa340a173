//! A requirement on single routes.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use axum_core::body::Body;
use b2c_verify::CredentialsError;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{current::Current, future::ResponseFuture, response_body::ResponseBody};
use crate::{
    claims::{ReportOnly, record_of},
    refusal::{AuthError, Head, Refused, Unjudged},
    requirement::Requirement,
};

/// Passes on only those requests whose verified claims meet a [`Requirement`].
///
/// Made by [`B2cAuthLayer::require`](crate::B2cAuthLayer::require). That layer, a clone of it or a layer derived from it must lie outside this one. It
/// trusts no other layer's claims: a request that its own layer has not seen is answered with 500, because the router is then wired wrongly.
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a route"]
pub struct RequireLayer {
    requirement: Arc<Requirement>,
    /// It says whose claims count, and how refusals are answered.
    current: Arc<Current>,
}

impl RequireLayer {
    pub(super) fn new(requirement: Requirement, current: Arc<Current>) -> Self {
        Self {
            requirement: Arc::new(requirement),
            current,
        }
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = Require<S>;

    fn layer(&self, inner: S) -> Require<S> {
        Require {
            inner,
            requirement: Arc::clone(&self.requirement),
            current: Arc::clone(&self.current),
        }
    }
}

/// The service of [`RequireLayer`].
#[derive(Debug, Clone)]
pub struct Require<S> {
    inner: S,
    requirement: Arc<Requirement>,
    current: Arc<Current>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Require<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: ResponseBody,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let layer = self.current.lasting().layer;
        let error: AuthError = match record_of(request.extensions(), layer) {
            None => Unjudged::MissingLayer.into(),
            Some(record) => match record.claims {
                Some(claims) if self.requirement.is_met_by(&claims) => {
                    return ResponseFuture::inner(self.inner.call(request));
                }
                Some(_) => Refused::unmet(&self.requirement).into(),
                None => CredentialsError::Missing.into(),
            },
        };
        if ReportOnly::note(request.extensions_mut(), layer, &error) {
            return ResponseFuture::inner(self.inner.call(request));
        }
        let authenticator = self.current.load();
        authenticator.lasting().counters.refused(&error);
        ResponseFuture::refused(authenticator.refuse(error, Head::of(&request)))
    }
}
