//! What [`MakeRefusalBody`](crate::MakeRefusalBody) learns about a refused request.

use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri};

use super::{error::AuthError, request_head::RequestHead};

/// A refusal and the head of its request, for [`MakeRefusalBody`](crate::MakeRefusalBody).
///
/// The [headers](Self::headers) or, if the token is in the query, the [URI](Self::uri) contain the token: do not copy them into a body.
///
/// ```
/// use tower_b2c_auth::{Refusal, RefusalBody};
///
/// fn page(refusal: &Refusal<'_>) -> RefusalBody {
///     let id = refusal.request_id().unwrap_or("none");
///     RefusalBody::text(format!("{} {}; request {id}", refusal.method(), refusal.status()))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use {axum::{Router, body::Body, routing::get}, http::Request, tower::ServiceExt as _, tower_b2c_auth::{B2cAuthLayer, b2c}};
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_a"))
///     .audience("api")
///     .refusal_body(page)
///     .build()?;
/// let app = Router::new().route("/", get(async || "in")).layer(auth);
/// let refused = app.oneshot(Request::get("/").header("x-request-id", "7f3a").body(Body::empty())?).await?;
/// let text = axum::body::to_bytes(refused.into_body(), 1024).await?;
/// assert_eq!(text, "GET 401 Unauthorized; request 7f3a");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Refusal<'a> {
    pub(super) error: &'a AuthError,
    pub(super) status: StatusCode,
    pub(super) challenge: Option<&'a HeaderValue>,
    pub(super) head: RequestHead<'a>,
}

impl<'a> Refusal<'a> {
    /// The status that the client gets.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The value of `WWW-Authenticate`; `None` if the request was not judged.
    pub fn challenge(&self) -> Option<&'a HeaderValue> {
        self.challenge
    }

    /// Why the request was refused. Do not send it to the client: an attacker would learn which check failed.
    pub fn error(&self) -> &'a AuthError {
        self.error
    }

    /// The reason as a fixed word in snake case; see [`AuthError::reason`]. For logs only; see [`error`](Self::error).
    pub fn reason(&self) -> &'static str {
        self.error.reason()
    }

    /// The request's method, as the layer got it.
    pub fn method(&self) -> &'a Method {
        self.head.method
    }

    /// The request's target, as the layer got it. Inside a nested axum router, the path lacks that router's prefix.
    pub fn uri(&self) -> &'a Uri {
        self.head.uri
    }

    /// The request's headers, including the token.
    pub fn headers(&self) -> &'a HeaderMap {
        self.head.headers
    }

    /// The request's extensions.
    pub fn extensions(&self) -> &'a Extensions {
        self.head.extensions
    }

    /// The `x-request-id` of the request, if it has one: the client's own, or that of an outer layer such as tower-http's `SetRequestIdLayer`.
    pub fn request_id(&self) -> Option<&'a str> {
        self.head.headers.get("x-request-id")?.to_str().ok()
    }
}
