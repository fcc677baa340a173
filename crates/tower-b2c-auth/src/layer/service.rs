//! The service: judges a request, then passes it on or answers it.
//!
//! `poll_ready` is the inner service's, as [tower's contract](https://docs.rs/tower-service/0.3/tower_service/trait.Service.html) asks: the clone that was
//! polled ready is the one that is called. A request that must wait takes a clone that was not polled, and its future polls that one after the wait.

use std::task::{Context, Poll};

use axum_core::body::Body;
use http::{Request, Response};
use tower_service::Service;

use super::{b2c_auth_layer::B2cAuthLayer, future::ResponseFuture, response_body::ResponseBody};
use crate::{decision::Verdict, refusal::RequestHead};

/// The service of [`B2cAuthLayer`]: judges each request, then calls the inner service or answers itself.
///
/// The inner service must be `Clone`. A request whose key must first be fetched releases its place in the inner service and waits with a clone of it, so a
/// waiting request holds no permit of a concurrency limit.
///
/// It works without axum:
///
/// ```
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{Layer as _, ServiceExt as _, service_fn};
/// use tower_b2c_auth::VerifiedClaims;
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestAuth;
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let test = TestAuth::granting("tasks.read");
/// let service = test.layer.layer(service_fn(async |request: Request<()>| {
///     let claims = request.extensions().get::<VerifiedClaims>();
///     Ok::<_, Infallible>(Response::new(claims.and_then(|it| it.name()).unwrap_or_default().to_owned()))
/// }));
///
/// let granted = service.clone().oneshot(Request::builder().header("authorization", test.bearer).body(())?).await?;
/// assert_eq!(granted.status(), 200);
///
/// let refused = service.oneshot(Request::new(())).await?;
/// assert_eq!(refused.status(), 401);
/// assert_eq!(refused.headers()["www-authenticate"], "Bearer");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone)]
pub struct B2cAuth<S> {
    pub(super) inner: S,
    pub(super) layer: B2cAuthLayer,
}

impl<S> B2cAuth<S> {
    /// The inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns the inner service, without the layer.
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
        let authenticator = self.layer.current.load();
        self.layer.current.ensure_running_for(&authenticator);
        let source = self.layer.token_source.as_deref();
        let decision = match authenticator.judge(RequestHead::of(&request), source, None) {
            Verdict::Accepted(accepted) => Ok(accepted),
            Verdict::Refused(refused) => Err(refused.into()),
            Verdict::Anonymous => {
                return ResponseFuture::anonymous(&authenticator, &mut self.inner, request);
            }
            Verdict::Undecided(undecided) => match authenticator.wait_for(undecided) {
                Err(decision) => decision,
                Ok(wait) => {
                    // The wait may be long, so the inner service is dropped, which releases what it reserved for this call.
                    let unready = self.inner.clone();
                    self.inner = unready.clone();
                    let source = self.layer.token_source.clone();
                    return ResponseFuture::waiting(wait, source, unready, request);
                }
            },
        };
        ResponseFuture::decided(&authenticator, decision, &mut self.inner, request)
    }
}
