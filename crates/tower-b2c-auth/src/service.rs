//! The service: judge, then pass on or answer.

use std::{
    marker::PhantomData,
    sync::Arc,
    task::{Context, Poll},
};

use b2c_verify::VerifiedClaims;
use http::{Request, Response};
use tower_service::Service;

use crate::{
    authenticator::Judgement,
    current::Current,
    future::{Mode, ResponseFuture},
    refusal_body::{EmptyBody, RefusalBody},
    report_only::ReportOnly,
};

/// The service of [`B2cAuthLayer`](crate::B2cAuthLayer).
#[derive(Debug, Clone)]
pub struct B2cAuth<S, R = EmptyBody> {
    inner: S,
    current: Arc<Current>,
    refusals: PhantomData<fn() -> R>,
}

impl<S, R> B2cAuth<S, R> {
    pub(crate) fn new(inner: S, current: Arc<Current>) -> Self {
        Self {
            inner,
            current,
            refusals: PhantomData,
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

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for B2cAuth<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    R: RefusalBody<ResBody>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqBody, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        // Whatever was put there before did not come from this request's token.
        request.extensions_mut().remove::<VerifiedClaims>();
        request.extensions_mut().remove::<ReportOnly>();
        let authenticator = self.current.load();
        let mode = if authenticator.is_report_only() {
            Mode::ReportOnly
        } else {
            Mode::Enforce
        };
        match authenticator.judge(request.headers(), request.uri()) {
            Judgement::Later(judgement) => {
                // The service that was polled ready must be the one that is called:
                // https://docs.rs/tower/latest/tower/trait.Service.html#be-careful-when-cloning-inner-services
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                ResponseFuture::waiting(judgement, mode, ready, request)
            }
            Judgement::Accepted(admission) => mode.pass_on(Ok(admission), &mut self.inner, request),
            Judgement::Refused(error) => mode.pass_on(Err(error), &mut self.inner, request),
        }
    }
}
