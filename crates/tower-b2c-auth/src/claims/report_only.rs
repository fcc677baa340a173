//! The mode that refuses nothing.

use http::Extensions;

use super::{LayerId, layer_record::with_report};
use crate::refusal::AuthError;

/// What would have happened to a request, in a layer that only [reports](crate::B2cAuthBuilder::danger_report_only). It is in the extensions of every such
/// request.
///
/// The layer still counts: [`Decisions`](crate::Decisions) has the requests that would have been refused. Nothing is protected in this mode, so use it only
/// beside the protection that it is to replace. A handler that asks for [`VerifiedClaims`](crate::VerifiedClaims) cannot serve a request without them, and answers with
/// the refusal; one that must not change asks for `Option<VerifiedClaims>`.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOnly {
    layer: LayerId,
    refusal: Option<AuthError>,
}

impl ReportOnly {
    /// Why the request would have been refused; `None` if it would have passed. If a route's [requirement](crate::RequireLayer) would refuse it too, this is
    /// still the layer's reason: the first one counts.
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

    /// Notes a refusal of a route's requirement, if this layer only reports. The first refusal stays. Returns whether it only reports.
    pub(crate) fn note(extensions: &mut Extensions, layer: LayerId, refusal: &AuthError) -> bool {
        let noted = with_report(extensions, layer, |report| {
            if report.refusal.is_none() {
                tracing::info!(reason = refusal.reason(), "request would be refused");
                report.refusal = Some(refusal.clone());
            }
        });
        noted.is_some()
    }
}
