//! The response future behind a look-up.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum_core::body::Body;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    future::ResponseFuture,
    look_up_layer::{LookUpLayer, Settled},
    response_body::ResponseBody,
};
use crate::{claims::VerifiedClaims, look_up::Awaited};

pin_project! {
    /// The future of [`LookUpUser`](crate::LookUpUser).
    ///
    /// It completes with the inner service's response or with a refusal, in some cases after waiting for the look-up for at most
    /// [`timeout`](crate::LookUpSettings::timeout). A service of your own can name this type, as with [`ResponseFuture`](crate::ResponseFuture):
    ///
    /// ```
    /// use http::Request;
    /// use tower::Service;
    /// use tower_b2c_auth::{LookUpFuture, LookUpUser};
    ///
    /// struct Account;
    ///
    /// fn call<S, B>(service: &mut LookUpUser<S, Account>, request: Request<B>) -> LookUpFuture<S, B, Account>
    /// where
    ///     S: Service<Request<B>>,
    ///     LookUpUser<S, Account>: Service<Request<B>, Future = LookUpFuture<S, B, Account>>,
    /// {
    ///     service.call(request)
    /// }
    /// ```
    pub struct LookUpFuture<S, ReqBody, T>
    where
        S: Service<Request<ReqBody>>,
    {
        #[pin]
        kind: Kind<S, ReqBody, T>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<S, ReqBody, T>
    where
        S: Service<Request<ReqBody>>,
    {
        Decided { #[pin] future: ResponseFuture<S, ReqBody> },
        Waiting { waiting: Box<Waiting<S, ReqBody, T>> },
    }
}

/// A request that waits for a look-up, and then for the inner service.
struct Waiting<S, ReqBody, T> {
    /// `None` once the look-up has been answered.
    awaited: Option<(Awaited<T>, VerifiedClaims)>,
    layer: LookUpLayer<T>,
    /// It has not been polled ready.
    inner: S,
    request: Option<Request<ReqBody>>,
}

impl<S, ReqBody, T> LookUpFuture<S, ReqBody, T>
where
    S: Service<Request<ReqBody>>,
{
    pub(super) fn decided(future: ResponseFuture<S, ReqBody>) -> Self {
        Self {
            kind: Kind::Decided { future },
        }
    }

    /// Reserves nothing in the inner service while it waits: `inner` must not have been polled ready.
    pub(super) fn waiting(
        awaited: Awaited<T>,
        layer: LookUpLayer<T>,
        claims: VerifiedClaims,
        inner: S,
        request: Request<ReqBody>,
    ) -> Self {
        let waiting = Box::new(Waiting {
            awaited: Some((awaited, claims)),
            layer,
            inner,
            request: Some(request),
        });
        Self {
            kind: Kind::Waiting { waiting },
        }
    }
}

impl<S, ReqBody, T> Waiting<S, ReqBody, T>
where
    S: Service<Request<ReqBody>>,
    T: Send + Sync + 'static,
{
    /// Polls the wait, and then the inner service's readiness.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<ResponseFuture<S, ReqBody>, S::Error>> {
        if let Some((awaited, _)) = &mut self.awaited {
            let outcome = ready!(Pin::new(awaited).poll(cx));
            // Gives the permit back.
            if let (Some((_, claims)), Some(request)) = (self.awaited.take(), self.request.take()) {
                match self
                    .layer
                    .settle(claims, self.layer.judge(outcome), request)
                {
                    Settled::PassedOn(request) => self.request = Some(request),
                    Settled::Refused(response) => {
                        return Poll::Ready(Ok(ResponseFuture::refused(response)));
                    }
                }
            }
        }
        ready!(self.inner.poll_ready(cx))?;
        let request = self.request.take().expect("the wait ends once");
        Poll::Ready(Ok(ResponseFuture::inner(self.inner.call(request))))
    }
}

impl<S, ReqBody, ResBody, T> Future for LookUpFuture<S, ReqBody, T>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: ResponseBody,
    T: Send + Sync + 'static,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut kind = self.project().kind;
        loop {
            let future = match kind.as_mut().project() {
                KindProj::Decided { future } => return future.poll(cx),
                KindProj::Waiting { waiting } => ready!(waiting.poll(cx))?,
            };
            kind.set(Kind::Decided { future });
        }
    }
}

impl<S, ReqBody, T> fmt::Debug for LookUpFuture<S, ReqBody, T>
where
    S: Service<Request<ReqBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookUpFuture").finish_non_exhaustive()
    }
}
