//! The service behind the layer.

use std::{
    convert::Infallible,
    future::ready,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use axum::body::Body;
use http::{Request, Response};
use tower::Service;

/// What lies inside the layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Plain,
    /// A layer that only reports, and then a requirement of the outer layer: the scope `admin`.
    Nested,
    /// A requirement of a layer that the request has not passed.
    Foreign,
}

/// The inner service, which takes a permit when it gets ready and gives it back when it is called or dropped.
pub(super) struct Inner {
    pub(super) permits: Arc<AtomicUsize>,
    pub(super) is_ready: bool,
}

impl Clone for Inner {
    fn clone(&self) -> Self {
        Self {
            permits: Arc::clone(&self.permits),
            is_ready: false,
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.is_ready {
            self.permits.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Service<Request<()>> for Inner {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if !self.is_ready {
            self.is_ready = true;
            self.permits.fetch_add(1, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(self.is_ready, "called without having been polled ready");
        self.is_ready = false;
        self.permits.fetch_sub(1, Ordering::Relaxed);
        ready(Ok(Response::new(Body::empty())))
    }
}

/// Calls a service that is ready.
pub(super) fn call<S>(
    mut service: S,
    request: Request<()>,
) -> Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>>>>
where
    S: Service<Request<()>, Response = Response<Body>, Error = Infallible>,
    S::Future: 'static,
{
    let ready = service.poll_ready(&mut Context::from_waker(Waker::noop()));
    assert!(ready.is_ready());
    Box::pin(service.call(request))
}
