//! Requirements on single routes.

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
    claims::record_of,
    refusal::{AuthError, Refused, Unjudged},
    requirement::Requirement,
};

/// Passes on only those requests whose verified claims meet a [`Requirement`].
///
/// [`B2cAuthLayer::require`](crate::B2cAuthLayer::require) makes it. Each request gets the first of these that applies:
///
/// 1. The `B2cAuthLayer` that made this layer has not seen the request: 500, because the router is misconfigured. That layer, a clone of it or a layer
///    derived from it must lie outside this one. The claims of any other layer do not count.
/// 2. The request is [anonymous](crate::Settings::allow_anonymous): 401 with the challenge.
/// 3. The claims do not meet the requirement: 403 `insufficient_scope` (RFC 6750 §3.1), with the scopes that the requirement names if one of them is
///    missing.
/// 4. Otherwise, the inner service's answer.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{HeaderValue, Request, header::AUTHORIZATION};
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{any_of, role, scope};
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestTenant;
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tenant = TestTenant::new();
/// let auth = tenant.layer();
/// let rule = any_of([scope("tasks.read"), role("tasks.daemon")]);
/// let app = Router::new().route("/tasks", get(async || "yours").layer(auth.require(rule))).layer(auth);
///
/// let get = async |bearer: HeaderValue| {
///     let request = Request::get("/tasks").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap();
///     app.clone().oneshot(request).await.unwrap()
/// };
/// assert_eq!(get(tenant.token().scope("tasks.read").bearer()).await.status(), 200);
///
/// let refused = get(tenant.token().scope("tasks.list").bearer()).await;
/// assert_eq!(refused.status(), 403);
/// assert!(refused.headers()["www-authenticate"].to_str().unwrap().ends_with(r#"scope="tasks.read""#));
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// If only the client application is wrong, the 403 names no scopes, because asking for them would not help. If the layer only
/// [reports](crate::ReportOnly), cases 2 and 3 are recorded and the request is passed on.
///
/// The requirement is part of the router, so a swap of the settings does not change it. For rules in the configuration, use
/// [`RouteSettings`](crate::RouteSettings).
#[derive(Debug, Clone)]
#[must_use = "a layer does nothing until it is put on a route"]
pub struct RequireLayer {
    requirement: Arc<Requirement>,
    /// The layer whose claims count, and whose settings shape the refusals.
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
            layer: self.clone(),
        }
    }
}

/// The service of [`RequireLayer`].
///
/// ```
/// use axum::body::Body;
/// use http::{Request, Response};
/// use tower::{Layer as _, ServiceExt as _, service_fn};
/// use tower_b2c_auth::{B2cAuthLayer, b2c, scope};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
/// let inner = service_fn(async |_: Request<Body>| Ok::<_, std::convert::Infallible>(Response::new(Body::empty())));
///
/// // Without its own layer outside, it passes on nothing.
/// let wired_wrongly = auth.require(scope("tasks.read")).layer(inner);
/// assert_eq!(wired_wrongly.clone().oneshot(Request::new(Body::empty())).await?.status(), 500);
///
/// let service = auth.layer(wired_wrongly);
/// assert_eq!(service.oneshot(Request::new(Body::empty())).await?.status(), 401);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Require<S> {
    inner: S,
    layer: RequireLayer,
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
        let RequireLayer {
            requirement,
            current,
        } = &self.layer;
        let layer = current.shared.layer;
        let error: AuthError = match record_of(request.extensions(), layer) {
            None => Unjudged::MissingLayer.into(),
            Some(record) => match record.claims {
                Some(claims) if requirement.is_met_by(&claims) => {
                    return ResponseFuture::inner(self.inner.call(request));
                }
                Some(claims) => Refused::unmet_by(requirement, &claims).into(),
                None => CredentialsError::Missing.into(),
            },
        };
        if current.only_reports(request.extensions_mut(), &error) {
            return ResponseFuture::inner(self.inner.call(request));
        }
        ResponseFuture::refused(current.refuse(error, &request))
    }
}
