//! The response future: an optional wait for keys, then a refusal or the inner service's response.
//!
//! | kind | when | holds |
//! |---|---|---|
//! | refused | the verdict was a refusal, or the request could not wait | the response |
//! | inner | the request was passed on | the inner future, and the announcement for a legacy issuer |
//! | waiting | the verdict is undecided | the request, a clone of the inner service, and a place among the waiting requests |
//!
//! Only the waiting kind is boxed: it is large and rare. Dropping it gives the place back, and the fetch goes on for the others that wait for it.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum_core::body::Body;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    carry_out::{Outcome, carry_out, pass_on_with},
    response_body::ResponseBody,
};
use crate::{
    claims::Anonymous,
    decision::{Accepted, Authenticator, Wait},
    migration::Announcement,
    refusal::{AuthError, RequestHead},
    token_source::TokenSource,
};

pin_project! {
    /// The future of [`B2cAuth`](crate::B2cAuth) and [`Require`](crate::Require).
    ///
    /// It completes with a refusal or with the inner service's response, in some cases after a wait for keys. A wait takes at most
    /// [`fetch_timeout`](crate::KeySettings::fetch_timeout). Dropping the future frees the request's place among the waiting ones.
    ///
    /// A service of your own that wraps [`B2cAuth`](crate::B2cAuth) can name this type, and so needs no boxed future:
    ///
    /// ```
    /// use std::task::{Context, Poll};
    /// use http::Request;
    /// use tower::Service;
    /// use tower_b2c_auth::{B2cAuth, ResponseBody, ResponseFuture};
    ///
    /// struct Counted<S> { inner: B2cAuth<S>, requests: u64 }
    ///
    /// impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Counted<S>
    /// where
    ///     S: Service<Request<ReqBody>, Response = http::Response<ResBody>> + Clone,
    ///     ResBody: ResponseBody,
    /// {
    ///     type Response = http::Response<axum::body::Body>;
    ///     type Error = S::Error;
    ///     type Future = ResponseFuture<S, ReqBody>;
    ///
    ///     fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
    ///         self.inner.poll_ready(cx)
    ///     }
    ///
    ///     fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
    ///         self.requests += 1;
    ///         self.inner.call(request)
    ///     }
    /// }
    /// ```
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
        Refused { response: Option<Response<Body>> },
        Inner { #[pin] future: F, announcement: Option<Arc<Announcement>> },
        Waiting { waiting: Box<Waiting<S, ReqBody>> },
    }
}

/// A request that waits for keys, and then for the inner service.
struct Waiting<S, ReqBody> {
    /// `None` once the wait is over.
    wait: Option<Wait>,
    token_source: Option<Arc<TokenSource>>,
    /// It has not been polled ready.
    inner: S,
    request: Option<Request<ReqBody>>,
    announcement: Option<Arc<Announcement>>,
}

/// The result of polling a wait.
type PollNext<S, ReqBody> = Poll<
    Result<
        Kind<S, <S as Service<Request<ReqBody>>>::Future, ReqBody>,
        <S as Service<Request<ReqBody>>>::Error,
    >,
>;

impl<S, ReqBody> ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>>,
{
    /// Calls the inner service, which must have been polled ready, or refuses.
    pub(super) fn decided(
        authenticator: &Authenticator,
        decision: Result<Accepted, AuthError>,
        inner: &mut S,
        request: Request<ReqBody>,
    ) -> Self {
        match carry_out(authenticator, decision, request) {
            Outcome::PassOn(request, announcement) => Self::new(Kind::Inner {
                future: inner.call(request),
                announcement,
            }),
            Outcome::Refuse(response) => Self::refused(response),
        }
    }

    /// Calls the inner service, which must have been polled ready, without claims.
    pub(super) fn anonymous(
        authenticator: &Authenticator,
        inner: &mut S,
        mut request: Request<ReqBody>,
    ) -> Self {
        let shared = &authenticator.shared;
        shared.counters.anonymous();
        let layer = shared.layer;
        pass_on_with(Anonymous { layer }, authenticator, request.extensions_mut());
        Self::inner(inner.call(request))
    }

    pub(super) fn refused(response: Response<Body>) -> Self {
        Self::new(Kind::Refused {
            response: Some(response),
        })
    }

    pub(super) fn inner(future: S::Future) -> Self {
        Self::new(Kind::Inner {
            future,
            announcement: None,
        })
    }

    /// Reserves nothing in the inner service while it waits: `inner` must not have been polled ready.
    pub(super) fn waiting(
        wait: Wait,
        token_source: Option<Arc<TokenSource>>,
        inner: S,
        request: Request<ReqBody>,
    ) -> Self {
        Self::new(Kind::Waiting {
            waiting: Box::new(Waiting {
                wait: Some(wait),
                token_source,
                inner,
                request: Some(request),
                announcement: None,
            }),
        })
    }

    fn new(kind: Kind<S, S::Future, ReqBody>) -> Self {
        Self { kind }
    }
}

impl<S, ReqBody> Waiting<S, ReqBody>
where
    S: Service<Request<ReqBody>>,
{
    /// Polls the wait, and then the inner service's readiness.
    fn poll(&mut self, cx: &mut Context<'_>) -> PollNext<S, ReqBody> {
        while let Some(wait) = &mut self.wait {
            ready!(wait.poll(cx));
            let Some(request) = &self.request else {
                break;
            };
            let authenticator = wait.authenticator();
            let source = self.token_source.as_deref();
            let verdict = authenticator.judge(RequestHead::of(request), source, Some(&*wait));
            let Some(decision) = authenticator.decide_after(wait, verdict) else {
                continue;
            };
            self.wait = None;
            if let Some(request) = self.request.take() {
                match carry_out(&authenticator, decision, request) {
                    Outcome::PassOn(request, announcement) => {
                        self.request = Some(request);
                        self.announcement = announcement;
                    }
                    Outcome::Refuse(response) => {
                        let response = Some(response);
                        return Poll::Ready(Ok(Kind::Refused { response }));
                    }
                }
            }
        }
        ready!(self.inner.poll_ready(cx))?;
        let request = self.request.take().expect("the wait ends once");
        Poll::Ready(Ok(Kind::Inner {
            future: self.inner.call(request),
            announcement: self.announcement.take(),
        }))
    }
}

impl<S, ReqBody, ResBody> Future for ResponseFuture<S, ReqBody>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: ResponseBody,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut kind = self.project().kind;
        loop {
            let next = match kind.as_mut().project() {
                KindProj::Inner {
                    future,
                    announcement,
                } => {
                    let mut response = ready!(future.poll(cx))?;
                    if let Some(announcement) = announcement {
                        announcement.add_to(response.headers_mut());
                    }
                    return Poll::Ready(Ok(response.map(Body::new)));
                }
                KindProj::Refused { response } => {
                    let response = response
                        .take()
                        .expect("a future is not polled after it was ready");
                    return Poll::Ready(Ok(response));
                }
                KindProj::Waiting { waiting } => ready!(waiting.poll(cx))?,
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
