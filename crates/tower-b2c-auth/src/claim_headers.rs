//! Verified claims ─▶ headers.

use std::{collections::BTreeMap, sync::Arc};

use b2c_verify::VerifiedToken;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

/// Writes claims into headers, for services that read only headers.
///
/// It is in the extensions of every request that the layer passes on, if [`claim_headers`](crate::Settings::claim_headers) is set.
///
/// 1. Every configured header is present. It is empty if the token has no value for it.
/// 2. The elements of an array are separated by commas.
/// 3. Control characters, everything beyond ASCII, `%`, `,` and spaces at the ends of a value are percent-encoded as UTF-8 (RFC 3986 §2.1). So no claim can
///    end its header and begin another, pretend to be two values, or, because spaces around a header's value get lost, arrive as another value.
///
/// A service that forwards a request must *replace* these headers, not append them: a client may have sent headers of the same names.
///
/// ```
/// use tower_b2c_auth::{ClaimHeaders, VerifiedClaims};
/// # #[cfg(feature = "test-util")]
/// use tower_b2c_auth::test_util::TestAuth;
/// # use axum::{Extension, Router, body::Body, routing::get};
/// # use http::{Request, HeaderMap};
/// # use tower::ServiceExt as _;
///
/// async fn forward(Extension(headers): Extension<ClaimHeaders>, claims: VerifiedClaims) -> HeaderMap {
///     headers.of(&claims)
/// }
///
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let TestAuth { tenant, .. } = TestAuth::granting("");
/// let auth = tenant.builder().claim_header("x-auth-subject", "user_id()").claim_header("x-auth-emails", "emails").build()?;
/// let app = Router::new().route("/", get(forward)).layer(auth);
/// let bearer = tenant.token().claim("oid", "alex, or 100 %").without("emails").bearer();
/// let sent = app.oneshot(Request::get("/").header("authorization", bearer).body(Body::empty())?).await?;
/// assert_eq!(sent.headers()["x-auth-subject"], "alex%2C or 100 %25");
/// assert_eq!(sent.headers()["x-auth-emails"], "");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone)]
pub struct ClaimHeaders {
    headers: Arc<[(HeaderName, Source)]>,
}

impl ClaimHeaders {
    /// `None` if a name is not a header name, which the check of the settings has reported.
    pub(crate) fn new(names: &BTreeMap<String, String>) -> Option<Self> {
        let headers = names
            .iter()
            .map(|(header, claim)| Some((header.parse().ok()?, Source::named(claim))));
        Some(Self {
            headers: headers.collect::<Option<_>>()?,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// Every configured header with an empty value: for a request without claims, so that headers of these names that the client sent are replaced too.
    ///
    /// ```
    /// use axum::{Extension, Router, body::Body, routing::get};
    /// use http::{HeaderMap, Request};
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::{B2cAuthLayer, ClaimHeaders, VerifiedClaims, b2c};
    ///
    /// /// The headers for a service behind this one, which serves anonymous users too.
    /// async fn forward(Extension(headers): Extension<ClaimHeaders>, claims: Option<VerifiedClaims>) -> HeaderMap {
    ///     claims.map_or_else(|| headers.empty(), |claims| headers.of(&claims))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let auth = B2cAuthLayer::builder()
    ///     .authority(b2c("contoso").policy("B2C_1_a"))
    ///     .audience("api")
    ///     .claim_header("x-auth-subject", "user_id()")
    ///     .allow_anonymous()
    ///     .build()?;
    /// let app = Router::new().route("/", get(forward)).layer(auth);
    /// let forged = Request::get("/").header("x-auth-subject", "admin").body(Body::empty())?;
    /// assert_eq!(app.oneshot(forged).await?.headers()["x-auth-subject"], "");
    /// # Ok(())
    /// # }
    /// ```
    pub fn empty(&self) -> HeaderMap {
        let names = self.headers.iter().map(|(header, _)| header.clone());
        names.map(|header| (header, NOTHING_TO_SAY)).collect()
    }

    /// Every configured header once, with the values of these claims.
    pub fn of(&self, claims: &VerifiedToken) -> HeaderMap {
        let all = self.headers.iter().map(|(header, source)| {
            let value = source.value(claims);
            (header.clone(), value.unwrap_or(NOTHING_TO_SAY))
        });
        all.collect()
    }
}

/// Where the value of a header comes from.
#[derive(Debug, Clone)]
enum Source {
    Claim(Box<str>),
    UserId,
}

impl Source {
    fn named(name: &str) -> Self {
        if name == USER_ID {
            Self::UserId
        } else {
            Self::Claim(name.into())
        }
    }

    fn value(&self, claims: &VerifiedToken) -> Option<HeaderValue> {
        let text = match self {
            Self::UserId => encoded(claims.user_id()?),
            Self::Claim(name) => match claims.get::<Value>(name).ok()?? {
                Value::Null => return None,
                Value::Array(elements) => {
                    elements.iter().map(element).collect::<Vec<_>>().join(",")
                }
                other => element(&other),
            },
        };
        HeaderValue::from_maybe_shared(text).ok()
    }
}

fn element(value: &Value) -> String {
    match value {
        Value::String(text) => encoded(text),
        other => encoded(&other.to_string()),
    }
}

fn encoded(text: &str) -> String {
    let spaces = |count: usize| "%20".repeat(count);
    let rest = text.trim_start_matches(' ');
    let inner = rest.trim_end_matches(' ');
    let (before, after) = (text.len() - rest.len(), rest.len() - inner.len());
    let inner = utf8_percent_encode(inner, NOT_IN_A_HEADER);
    format!("{}{inner}{}", spaces(before), spaces(after))
}

const NOT_IN_A_HEADER: &AsciiSet = &CONTROLS.add(b'%').add(b',');
const NOTHING_TO_SAY: HeaderValue = HeaderValue::from_static("");
/// Stands for [`VerifiedToken::user_id`]. No claim has this name.
pub(crate) const USER_ID: &str = "user_id()";
