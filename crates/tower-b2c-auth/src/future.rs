//! The response: a refusal, the inner service's, or first a wait for keys.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{
    authenticator::Admission,
    migration::Announcement,
    refusal::Refusal,
    refusal_body::{EmptyBody, RefusalBody},
    report_only::ReportOnly,
};

pin_project! {
    /// The future of [`B2cAuth`](crate::B2cAuth) and [`Require`](crate::Require).
    pub struct ResponseFuture<S, ReqBody, R = EmptyBody>
    where
        S: Service<Request<ReqBody>>,
    {
        #[pin]
        kind: Kind<S, S::Future, ReqBody>,
        refusals: PhantomData<fn() -> R>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<S, F, ReqBody> {
        Refused { refusal: Option<Refusal> },
        Inner { #[pin] future: F, announcement: Option<Arc<Announcement>> },
        Waiting { judgement: BoxFuture<'static, Result<Admission, Refusal>>, mode: Mode, ready: S, request: Option<Box<Request<ReqBody>>> },
    }
}

/// Whether a refusal is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Enforce,
    ReportOnly,
}

impl Mode {
    /// Calls the inner service, which must have been polled ready, or refuses.
    pub(crate) fn pass_on<S, ReqBody, R>(
        self,
        judgement: Result<Admission, Refusal>,
        inner: &mut S,
        mut request: Request<ReqBody>,
    ) -> ResponseFuture<S, ReqBody, R>
    where
        S: Service<Request<ReqBody>>,
    {
        let (admission, refusal) = match judgement {
            Ok(admission) => (Some(admission), None),
            Err(refusal) if self == Self::Enforce => return ResponseFuture::refused(refusal),
            Err(refusal) => (None, Some(refusal.error)),
        };
        if self == Self::ReportOnly {
            ReportOnly::mark(request.extensions_mut(), refusal);
        }
        let mut announcement = None;
        if let Some(admission) = admission {
            request.extensions_mut().insert(admission.claims);
            if let Some(claim_headers) = admission.claim_headers {
                request.extensions_mut().insert(claim_headers);
            }
            announcement = admission.announcement;
        }
        ResponseFuture::new(Kind::Inner {
            future: inner.call(request),
            announcement,
        })
    }
}

impl<S, ReqBody, R> ResponseFuture<S, ReqBody, R>
where
    S: Service<Request<ReqBody>>,
{
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self::new(Kind::Refused {
            refusal: Some(refusal),
        })
    }

    pub(crate) fn inner(future: S::Future) -> Self {
        Self::new(Kind::Inner {
            future,
            announcement: None,
        })
    }

    /// `ready` must have been polled ready.
    pub(crate) fn waiting(
        judgement: BoxFuture<'static, Result<Admission, Refusal>>,
        mode: Mode,
        ready: S,
        request: Request<ReqBody>,
    ) -> Self {
        Self::new(Kind::Waiting {
            judgement,
            mode,
            ready,
            request: Some(Box::new(request)),
        })
    }

    fn new(kind: Kind<S, S::Future, ReqBody>) -> Self {
        Self {
            kind,
            refusals: PhantomData,
        }
    }
}

impl<S, ReqBody, ResBody, R> Future for ResponseFuture<S, ReqBody, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    R: RefusalBody<ResBody>,
{
    type Output = Result<Response<ResBody>, S::Error>;

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
                    return Poll::Ready(Ok(response));
                }
                KindProj::Refused { refusal } => {
                    let refusal = refusal
                        .take()
                        .expect("a future is not polled after it was ready");
                    tracing::debug!(reason = refusal.error.reason(), "request refused");
                    return Poll::Ready(Ok(refusal.into_response::<_, R>()));
                }
                KindProj::Waiting {
                    judgement,
                    mode,
                    ready,
                    request,
                } => {
                    let judgement = ready!(judgement.as_mut().poll(cx));
                    let request = request.take().expect("the wait ends once");
                    mode.pass_on::<_, _, R>(judgement, ready, *request).kind
                }
            };
            kind.set(next);
        }
    }
}

impl<S, ReqBody, R> fmt::Debug for ResponseFuture<S, ReqBody, R>
where
    S: Service<Request<ReqBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
