//! The faults of a tenant.

use serde::Deserialize;

/// The endpoints that a [`Fault`] affects.
///
/// ```
/// use axum::{body::Body, http::Request};
/// use b2c_emulator::{Emulator, Endpoint, Fault};
/// use tower::ServiceExt as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = Emulator::builder().without_socket()?;
/// tenant.fault(Endpoint::Keys, Fault::Status { code: 503, retry_after: None });
///
/// let metadata = tenant.metadata_url("B2C_1_signupsignin1");
/// let keys = metadata.replace("v2.0/.well-known/openid-configuration", "discovery/v2.0/keys");
/// for (url, status) in [(metadata, 200), (keys, 503)] {
///     let request = Request::get(url).body(Body::empty())?;
///     assert_eq!(tenant.service().oneshot(request).await?.status(), status);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// Metadata documents.
    Metadata,
    /// Key sets.
    Keys,
    /// Metadata and keys.
    Both,
    /// The sign-in and sign-out pages.
    Authorize,
    /// The token endpoint.
    Token,
    /// All of them.
    All,
}

impl Endpoint {
    /// Its single endpoints.
    pub(crate) fn parts(self) -> &'static [Self] {
        match self {
            Self::Metadata => &[Self::Metadata],
            Self::Keys => &[Self::Keys],
            Self::Both => &[Self::Metadata, Self::Keys],
            Self::Authorize => &[Self::Authorize],
            Self::Token => &[Self::Token],
            Self::All => &[Self::Metadata, Self::Keys, Self::Authorize, Self::Token],
        }
    }
}

/// A fault that a tenant simulates until it is [healed](crate::TenantHandle::heal) or, if limited, used up.
///
/// A fault that changes the right answer's body keeps its status and headers. `EmptyObject`, `DeepNesting`, `EndlessBody` and `CompressedBomb` send a body
/// of their own, with status 200.
///
/// The [control endpoint](crate#over-http) uses the names of the variants in snake case, such as `html_with_200`.
///
/// ```
/// use axum::{body::Body, http::Request};
/// use b2c_emulator::{Emulator, Endpoint, Fault};
/// use tower::ServiceExt as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let policy = "B2C_1_signupsignin1";
/// let tenant = Emulator::builder().policy(policy).without_socket()?;
/// let get = || {
///     let request = Request::get(tenant.metadata_url(policy)).body(Body::empty());
///     request.map(|request| tenant.service().oneshot(request))
/// };
/// assert_eq!(get()?.await?.status(), 200);
///
/// // The next request gets 503, the one after that a good answer.
/// tenant.fault_times(Endpoint::Metadata, Fault::Status { code: 503, retry_after: Some(5) }, 1);
/// let response = get()?.await?;
/// assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"5".parse()?));
/// assert_eq!(get()?.await?.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// This status, with an HTML body like B2C's.
    Status {
        /// The status code, from 200 to 599.
        code: u16,
        /// The value of `Retry-After` in seconds.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// The right response after a delay.
    Delay {
        /// The delay in milliseconds.
        millis: u64,
    },
    /// No response, ever.
    Hang,
    /// Half of the announced body, then the connection closes.
    CutBody,
    /// Half of the document, as a complete response.
    TruncatedJson,
    /// An HTML page with status 200.
    #[serde(rename = "html_with_200")]
    HtmlWith200,
    /// The right document with the content type `text/plain`.
    WrongContentType,
    /// The right document, padded to about this size, but to at most 64 MiB.
    HugeBody {
        /// The size in bytes.
        bytes: usize,
    },
    /// A body that never ends, sent as fast as it is read.
    EndlessBody,
    /// A body that arrives a few bytes at a time.
    SlowDrip {
        /// The number of bytes at a time.
        bytes: usize,
        /// The pause between them in milliseconds.
        millis: u64,
    },
    /// A small compressed body that decompresses to more than 64 MiB.
    CompressedBomb,
    /// A redirect to the same URL.
    RedirectLoop,
    /// A redirect to this URL.
    RedirectTo(String),
    /// `{}`.
    EmptyObject,
    /// `{"keys":[]}`.
    EmptyKeys,
    /// Every `kid` twice.
    DuplicateKid {
        /// Whether the two entries are the same key.
        same_material: bool,
    },
    /// Every key with `"use":"enc"`.
    UseEnc,
    /// An elliptic curve key beside the good ones.
    EcBesideGood,
    /// A symmetric key beside the good ones.
    OctBesideGood,
    /// Entries of unknown kinds beside the good ones.
    UnknownBesideGood,
    /// Every key has only 1024 bits.
    SmallKey,
    /// Every key with exponent 1.
    ExponentOne,
    /// Every key with a modulus that is not Base64url.
    BrokenModulus,
    /// Every key with a private member.
    PrivateMembers,
    /// Metadata with this `jwks_uri`.
    ForeignJwksUri(String),
    /// Metadata with this `issuer`.
    ChangedIssuer(String),
    /// Three hundred keys.
    TooManyKeys,
    /// A document nested a hundred thousand levels deep.
    DeepNesting,
    /// Only the keys with these ids.
    Subset(Vec<String>),
    /// Alternates between one half of the keys and the other.
    FlappingSubsets,
}
