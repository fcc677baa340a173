//! The response: a refusal, the inner service's, or first a wait for keys.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use b2c_verify::VerifiedClaims;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::error::AuthError;

pin_project! {
    /// The future of [`B2cAuth`](crate::B2cAuth) and [`Require`](crate::Require).
    pub struct ResponseFuture<S, ReqBody>
    where
        S: Service<Request<ReqBody>>,
    {
        #[pin]
        kind: Kind<S, S::Future, ReqBody>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<S, F, ReqBody> {
        Refused { error: Option<AuthError> },
        Inner { #[pin] future: F },
        Waiting { judgement: BoxFuture<'static, Result<VerifiedClaims, AuthError>>, ready: S, request: Option<Box<Request<ReqBody>>> },
    }
}

impl<S, ReqBody> ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>>,
{
    pub(crate) fn refused(error: AuthError) -> Self {
        Self {
            kind: Kind::Refused { error: Some(error) },
        }
    }

    pub(crate) fn inner(future: S::Future) -> Self {
        Self {
            kind: Kind::Inner { future },
        }
    }

    /// `ready` must have been polled ready.
    pub(crate) fn waiting(
        judgement: BoxFuture<'static, Result<VerifiedClaims, AuthError>>,
        ready: S,
        request: Request<ReqBody>,
    ) -> Self {
        Self {
            kind: Kind::Waiting {
                judgement,
                ready,
                request: Some(Box::new(request)),
            },
        }
    }
}

impl<S, ReqBody, ResBody> Future for ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Output = Result<Response<ResBody>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut kind = self.project().kind;
        loop {
            let next = match kind.as_mut().project() {
                KindProj::Inner { future } => return future.poll(cx),
                KindProj::Refused { error } => {
                    let error = error
                        .take()
                        .expect("a future is not polled after it was ready");
                    tracing::debug!(reason = error.reason(), "request refused");
                    return Poll::Ready(Ok(error.into_response()));
                }
                KindProj::Waiting {
                    judgement,
                    ready,
                    request,
                } => match ready!(judgement.as_mut().poll(cx)) {
                    Err(error) => Kind::Refused { error: Some(error) },
                    Ok(claims) => {
                        let mut request = request.take().expect("the wait ends once");
                        request.extensions_mut().insert(claims);
                        Kind::Inner {
                            future: ready.call(*request),
                        }
                    }
                },
            };
            kind.set(next);
        }
    }
}

impl<S, ReqBody> fmt::Debug for ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
