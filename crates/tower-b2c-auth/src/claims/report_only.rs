//! The mode that refuses nothing.

use http::Extensions;

use super::{LayerId, layer_record::with_report};
use crate::refusal::AuthError;

/// What would have happened to a request in a layer that only [reports](crate::B2cAuthBuilder::danger_report_only). It is in the extensions of every
/// request of such a layer.
///
/// The layer still counts: [`Decisions`](crate::Decisions) has the requests that would have been refused. Nothing is protected in this mode, so use it
/// only alongside the protection that the layer will replace. If a request has no claims, a handler that takes [`VerifiedClaims`](crate::VerifiedClaims)
/// still answers with the refusal; one whose behaviour must not change yet takes `Option<VerifiedClaims>`.
///
/// ```
/// use axum::{Extension, Router, body::Body, routing::get};
/// use http::{Request, header::AUTHORIZATION};
/// use tower::ServiceExt as _;
/// use tower_b2c_auth::{AuthError, ReportOnly};
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestTenant;
///
/// async fn show(Extension(report): Extension<ReportOnly>) -> &'static str {
///     report.refusal().map_or("would pass", AuthError::reason)
/// }
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = TestTenant::new();
/// let auth = tenant.builder().danger_report_only().build()?;
/// let app = Router::new().route("/", get(show)).layer(auth);
/// let text = async |bearer| {
///     let request = Request::get("/").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap();
///     axum::body::to_bytes(app.clone().oneshot(request).await.unwrap().into_body(), 64).await.unwrap()
/// };
/// assert_eq!(text(tenant.token().bearer()).await, "would pass");
/// assert_eq!(text(tenant.token().claim("aud", "another API").bearer()).await, "wrong_audience");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// A plan for replacing an existing protection:
///
/// 1. Add the layer with [`danger_report_only`](crate::B2cAuthBuilder::danger_report_only), inside the existing protection.
/// 2. Watch the reasons in [`decisions`](crate::B2cAuthLayer::decisions), or the log at level `info`, until only requests that should be refused are left.
/// 3. Switch report-only mode off with [`update_settings`](crate::B2cAuthLayer::update_settings). The next request is protected, without a restart.
/// 4. Remove the old protection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOnly {
    layer: LayerId,
    refusal: Option<AuthError>,
}

impl ReportOnly {
    /// Why the request would have been refused; `None` if it would have passed. If a route's [requirement](crate::RequireLayer) would refuse it too, this
    /// is still the layer's reason, which came first.
    pub fn refusal(&self) -> Option<&AuthError> {
        self.refusal.as_ref()
    }

    pub(super) fn layer(&self) -> LayerId {
        self.layer
    }

    pub(crate) fn mark(extensions: &mut Extensions, layer: LayerId, refusal: Option<AuthError>) {
        if let Some(refusal) = &refusal {
            tracing::info!(reason = refusal.reason(), "request would be refused");
        }
        extensions.insert(Self { layer, refusal });
    }

    /// Records a refusal by a layer for single routes. `None` if this layer is not in report-only mode.
    pub(crate) fn note(
        extensions: &mut Extensions,
        layer: LayerId,
        refusal: &AuthError,
    ) -> Option<Noted> {
        with_report(extensions, layer, |report| {
            if report.refusal.is_some() {
                return Noted::Later;
            }
            tracing::info!(reason = refusal.reason(), "request would be refused");
            report.refusal = Some(refusal.clone());
            Noted::First
        })
    }
}

/// Whether a refusal was the first of its request. Only the first is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    First,
    Later,
}
