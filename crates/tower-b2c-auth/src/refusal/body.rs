//! The bodies of refusals, and the trait that makes them.

use std::fmt;

use axum_core::body::Body;
use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;

use super::context::Refusal;

/// Makes the bodies of refusals; [`B2cAuthBuilder::refusal_body`](crate::B2cAuthBuilder::refusal_body) takes it. Functions and closures implement it.
///
/// It gets the refusal and the head of the request, and chooses what the client reads. The layer sets the status and the challenge: `MakeRefusalBody` can
/// neither drop the challenge nor change the decision. Anything it copies from the request goes back to the sender, so it must never copy the token.
///
/// Problem details (RFC 9457):
///
/// ```
/// use serde_json::json;
/// use tower_b2c_auth::{B2cAuthLayer, Refusal, RefusalBody, b2c};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let problem = |refusal: &Refusal<'_>| {
///     let title = refusal.status().canonical_reason();
///     RefusalBody::json_as("application/problem+json", &json!({ "title": title, "status": refusal.status().as_u16(), "instance": refusal.uri().path() }))
/// };
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .refusal_body(problem)
///     .build()?;
/// # use {axum::{Router, body::Body, routing::get}, http::Request, tower::ServiceExt as _};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let app = Router::new().route("/tasks", get(async || "yours")).layer(auth);
/// let refused = app.oneshot(Request::get("/tasks").body(Body::empty())?).await?;
/// assert_eq!(refused.headers()["content-type"], "application/problem+json");
/// assert_eq!(refused.headers()["www-authenticate"], "Bearer");
/// let body = axum::body::to_bytes(refused.into_body(), 1024).await?;
/// assert_eq!(body, r#"{"instance":"/tasks","status":401,"title":"Unauthorized"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })
/// # }
/// ```
///
/// A text in the client's language:
///
/// ```
/// use tower_b2c_auth::{Refusal, RefusalBody};
///
/// fn text(refusal: &Refusal<'_>) -> RefusalBody {
///     let language = refusal.headers().get("accept-language").and_then(|value| value.to_str().ok());
///     RefusalBody::text(if language.is_some_and(|it| it.starts_with("de")) { "Bitte melden Sie sich an." } else { "Please sign in." })
/// }
/// # let _ = tower_b2c_auth::B2cAuthLayer::builder().refusal_body(text);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not make refusal bodies",
    label = "expected a function from `&Refusal<'_>` to `RefusalBody`",
    note = "write the type of a closure's argument: `|refusal: &Refusal<'_>| RefusalBody::text(\"…\")`"
)]
pub trait MakeRefusalBody: Send + Sync + 'static {
    /// Returns the body, which may be [empty](RefusalBody::empty).
    fn make_refusal_body(&self, refusal: &Refusal<'_>) -> RefusalBody;
}

#[diagnostic::do_not_recommend]
impl<F> MakeRefusalBody for F
where
    F: Fn(&Refusal<'_>) -> RefusalBody + Send + Sync + 'static,
{
    fn make_refusal_body(&self, refusal: &Refusal<'_>) -> RefusalBody {
        self(refusal)
    }
}

/// The body of a refusal and its content type. A [`MakeRefusalBody`] returns it; without one, bodies are those of [`refusal`](crate::Settings::refusal),
/// or empty.
///
/// ```
/// use serde_json::json;
/// use tower_b2c_auth::{Refusal, RefusalBody};
///
/// fn body(refusal: &Refusal<'_>) -> RefusalBody {
///     if refusal.status().is_server_error() {
///         return RefusalBody::empty();
///     }
///     RefusalBody::json(&json!({ "error": refusal.status().as_u16(), "request": refusal.request_id() }))
/// }
/// # let _ = tower_b2c_auth::B2cAuthLayer::builder().refusal_body(body);
/// ```
#[derive(Debug, Clone, Default)]
pub struct RefusalBody {
    pub(super) content_type: Option<HeaderValue>,
    pub(super) content: Bytes,
}

impl RefusalBody {
    /// No body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Plain text in UTF-8.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(
            HeaderValue::from_static("text/plain; charset=utf-8"),
            text.into(),
        )
    }

    /// `application/json`. If serde cannot write the value, the body is empty and the log has the error.
    pub fn json(value: &impl Serialize) -> Self {
        Self::json_as("application/json", value)
    }

    /// Like [`json`](Self::json), with another content type, such as `application/problem+json`.
    ///
    /// # Panics
    ///
    /// If the content type is not a valid header value.
    pub fn json_as(content_type: &'static str, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(content) => Self::new(HeaderValue::from_static(content_type), content),
            Err(error) => {
                tracing::error!(%error, "the body of a refusal cannot be written as JSON");
                Self::empty()
            }
        }
    }

    /// Any content, with its content type. If the content is empty, the response has no `Content-Type`.
    ///
    /// The layer adds no `Vary` for a body that depends on `Accept` or `Accept-Language`. Unless told to, caches store no response with a status of 400, 401,
    /// 403 or 503 (RFC 9110 §15.1). So add `Vary` only if a layer outside adds `Cache-Control`, or if [`refusal`](crate::Settings::refusal) sets a status
    /// that caches may store, such as 404.
    pub fn new(content_type: HeaderValue, content: impl Into<Bytes>) -> Self {
        Self {
            content_type: Some(content_type),
            content: content.into(),
        }
    }

    pub(super) fn into_parts(self) -> (Option<HeaderValue>, Body) {
        let content_type = self.content_type.filter(|_| !self.content.is_empty());
        (content_type, Body::from(self.content))
    }
}

impl fmt::Debug for dyn MakeRefusalBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MakeRefusalBody")
    }
}
