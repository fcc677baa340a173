//! The service: judge, then pass on or answer.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use axum_core::body::Body;
use http::{Request, Response};
use tower_service::Service;

use super::{current::Current, future::ResponseFuture, response_body::ResponseBody};
use crate::{decision::Verdict, refusal::Head, token_source::TokenSource};

/// The service of [`B2cAuthLayer`](crate::B2cAuthLayer).
#[derive(Debug, Clone)]
pub struct B2cAuth<S> {
    inner: S,
    current: Arc<Current>,
    /// None: where the settings say.
    token_source: Option<Arc<TokenSource>>,
}

impl<S> B2cAuth<S> {
    pub(super) fn new(
        inner: S,
        current: Arc<Current>,
        token_source: Option<Arc<TokenSource>>,
    ) -> Self {
        Self {
            inner,
            current,
            token_source,
        }
    }

    /// The wrapped service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The wrapped service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for B2cAuth<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    ResBody: ResponseBody,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let authenticator = self.current.load();
        self.current.ensure_running_for(&authenticator);
        let source = self.token_source.as_deref();
        match authenticator.judge(Head::of(&request), source, None) {
            Verdict::Accepted(accepted) => {
                ResponseFuture::decided(&authenticator, Ok(accepted), &mut self.inner, request)
            }
            Verdict::Refused(refused) => {
                let decision = Err(refused.into());
                ResponseFuture::decided(&authenticator, decision, &mut self.inner, request)
            }
            Verdict::Anonymous => {
                ResponseFuture::anonymous(&authenticator, &mut self.inner, request)
            }
            Verdict::Undecided(undecided) => match authenticator.wait_for(undecided) {
                Err(decision) => {
                    ResponseFuture::decided(&authenticator, decision, &mut self.inner, request)
                }
                Ok(wait) => {
                    // What the inner service has reserved for this call is given back by dropping it: the wait may be long.
                    let unready = self.inner.clone();
                    self.inner = unready.clone();
                    ResponseFuture::waiting(wait, self.token_source.clone(), unready, request)
                }
            },
        }
    }
}
