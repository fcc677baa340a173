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
///
/// # Refusals by extractors and handlers
///
/// It makes the bodies of refusals by the layer, by [`require`](crate::B2cAuthLayer::require) and by [`look_up`](crate::B2cAuthLayer::look_up). Refusals by
/// extractors, such as the 403 of [`Claims`](crate::Claims), and those that a handler returns ([`Refused`](crate::Refused)) have no body. But every refusal
/// has an [`AuthError`](crate::AuthError) in its extensions, so a function outside the layer can make all the bodies, though it must extract for itself what
/// it needs from the request. The 500 of an extractor on a route without a layer is not a refusal: its body is a text.
///
/// ```
/// use axum::{Router, body::Body, middleware::map_response, response::Response, routing::get};
/// use http::{HeaderValue, header::CONTENT_TYPE};
/// use tower_b2c_auth::{AuthError, Claims};
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestTenant;
///
/// async fn problem(mut response: Response) -> Response {
///     if response.extensions().get::<AuthError>().is_some() {
///         let status = response.status();
///         let text = serde_json::json!({ "title": status.canonical_reason(), "status": status.as_u16() }).to_string();
///         response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
///         *response.body_mut() = Body::from(text);
///     }
///     response
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Member { extension_level: u8 }
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = TestTenant::new();
/// let level = get(async |Claims(member): Claims<Member>| member.extension_level.to_string());
/// let app: Router = Router::new().route("/level", level).layer(tenant.layer()).layer(map_response(problem));
/// # use {http::{Request, header::AUTHORIZATION}, tower::ServiceExt as _};
/// # let anonymous = Request::get("/level").body(Body::empty())?;
/// # let without_level = Request::get("/level").header(AUTHORIZATION, tenant.token().bearer()).body(Body::empty())?;
/// # for (request, status) in [(anonymous, 401), (without_level, 403)] {
/// #     let refused = app.clone().oneshot(request).await?;
/// #     assert_eq!(refused.status(), status);
/// #     assert!(refused.headers().contains_key("www-authenticate"));
/// #     assert_eq!(refused.headers()["content-type"], "application/problem+json");
/// #     let length: usize = refused.headers()["content-length"].to_str()?.parse()?;
/// #     let body = axum::body::to_bytes(refused.into_body(), 1024).await?;
/// #     assert_eq!(length, body.len());
/// #     assert_eq!(serde_json::from_slice::<serde_json::Value>(&body)?["status"], status);
/// # }
/// # let ask = Request::get("/level").header(AUTHORIZATION, tenant.token().claim("extension_level", 3).bearer()).body(Body::empty())?;
/// # assert_eq!(axum::body::to_bytes(app.oneshot(ask).await?.into_body(), 64).await?, "3");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
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

/// The body of a refusal and its content type. A [`MakeRefusalBody`] returns it; without one, bodies are those that the setting
/// [`refusal`](crate::Settings::refusal) says, or empty.
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
