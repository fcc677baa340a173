//! The emulator without a socket.

use std::{
    convert::Infallible,
    fmt,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, Response},
    routing::future::RouteFuture,
};
use tower_service::Service;

/// All endpoints of an emulator as a tower service, for tests without a port.
///
/// A request without a host counts as sent to [`Emulator::base_url`](crate::Emulator::base_url).
///
/// ```
/// use axum::{body::Body, http::Request};
/// use b2c_emulator::Emulator;
/// use tower::ServiceExt as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::builder().without_socket()?;
/// let path = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/discovery/v2.0/keys";
/// let response = emulator.service().oneshot(Request::get(path).body(Body::empty())?).await?;
/// assert_eq!(response.status(), 200);
///
/// let unknown = path.replace("contoso", "fabrikam");
/// let response = emulator.service().oneshot(Request::get(unknown).body(Body::empty())?).await?;
/// assert_eq!(response.status(), 404);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EmulatorService {
    router: Router,
}

impl EmulatorService {
    pub(crate) fn new(router: Router) -> Self {
        Self { router }
    }
}

impl<B> Service<Request<B>> for EmulatorService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Router as Service<Request<B>>>::poll_ready(&mut self.router, cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.router.call(request)
    }
}

impl fmt::Debug for EmulatorService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorService").finish_non_exhaustive()
    }
}
