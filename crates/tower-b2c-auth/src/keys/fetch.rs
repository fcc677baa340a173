//! The trait that fetches, and the ways in which a fetch can fail.

use std::{fmt, pin::Pin, time::Duration};

use b2c_verify::{JwkSetError, MetadataError};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, ready},
};

use super::certificate_problem::CertificateProblem;

/// Fetches JSON documents: metadata and keys.
///
/// [`ReqwestFetch`](crate::ReqwestFetch) is the default, with the feature `fetch`. An implementation of your own must do the same. For each call, it
///
/// 1. sends one GET, and verifies the server's certificate;
/// 2. follows no redirect;
/// 3. accepts only status 200 and a JSON content type;
/// 4. stops reading after `max_bytes`;
/// 5. connects only to public addresses if tenants come from a [source](crate::B2cAuthBuilder::tenant_source): to no loopback, private, link-local or other
///    special-purpose address, except for hosts that the operator has named.
///
/// The layer limits the time by dropping the future.
///
/// ```
/// use std::{future::ready, pin::Pin};
/// use tower_b2c_auth::{B2cAuthLayer, Fetch, FetchError, b2c};
///
/// /// Behaves like an identity provider that is down.
/// #[derive(Debug)]
/// struct Down;
///
/// impl Fetch for Down {
///     fn get(&self, _url: &str, _max_bytes: usize) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
///         Box::pin(ready(Err(FetchError::Connect)))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower_b2c_auth::SettingsError> {
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1"))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .fetch(Down)
///     .build()?;
/// assert!(auth.warm_up().await.is_err());
/// # Ok(())
/// # }
/// ```
pub trait Fetch: fmt::Debug + Send + Sync + 'static {
    /// The document at `url`, at most `max_bytes` long. If the implementation decompresses, the limit applies to the decompressed length. The future cannot
    /// borrow `url`: copy it before `async move`.
    ///
    /// # Errors
    ///
    /// The first rule that the answer breaks.
    fn get(
        &self,
        url: &str,
        max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>>;
}

/// Why metadata or keys could not be fetched. It contains nothing from the answer but its status and `Retry-After`, so it can be logged and shown.
///
/// [`Health`](crate::Health) has the last one of each authority. Known keys stay in use; see [`max_stale`](crate::KeySettings::max_stale).
///
/// ```
/// use tower_b2c_auth::FetchError;
///
/// let throttled = FetchError::Status { status: 429, retry_after: Some(30) };
/// assert_eq!(throttled.to_string(), "the identity provider answered with status 429");
/// // The remedy is in the text where there is one.
/// assert!(FetchError::ForeignIssuer.to_string().contains("add it to the authority's issuers"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The certificate of the identity provider cannot be trusted.
    #[error("the identity provider's certificate cannot be trusted: {0}")]
    Certificate(CertificateProblem),
    /// No connection: the name was not found, the port is closed, TLS failed, or a proxy did not connect. [`guide::network`](crate::guide::network) says
    /// what must be reachable.
    #[error("no connection to the identity provider")]
    Connect,
    /// Metadata and keys together took longer than [`fetch_timeout`](crate::KeySettings::fetch_timeout), or connecting longer than
    /// [`connect_timeout`](crate::KeySettings::connect_timeout). Often a firewall that drops packets.
    #[error("the identity provider did not answer in time")]
    Timeout,
    /// A status that is neither 200 nor a redirect. B2C answers 404 for a tenant or a policy that does not exist.
    #[error("the identity provider answered with status {status}")]
    Status {
        /// The status.
        status: u16,
        /// Its `Retry-After` in seconds (RFC 9110 §10.2.3), if it has one. The next regular attempt waits for at least that long, but for at most 5 minutes,
        /// and for at most one minute while there are no keys.
        retry_after: Option<u32>,
    },
    /// The identity provider redirected to another URL, or an HTTP client that you gave to [`ReqwestFetch`](crate::ReqwestFetch) followed such a redirect.
    #[error("the identity provider redirected to another URL, which is never accepted")]
    Redirected,
    /// The answer's content type is not JSON: often the HTML page of a proxy or a captive portal.
    #[error("the answer is not declared as JSON")]
    ContentType,
    /// The answer is compressed, although the request asked for `identity` (RFC 9110 §12.5.3). It is refused, because it could be a decompression bomb.
    #[error("the answer is compressed, which was not asked for")]
    ContentEncoding,
    /// The document is larger than [`max_document_bytes`](crate::KeySettings::max_document_bytes).
    #[error("the document is larger than max_document_bytes")]
    TooLarge,
    /// The answer was cut short, the [fetcher](crate::Fetch) panicked, or the runtime could not carry out the fetch.
    #[error(
        "the fetch was interrupted: the answer was cut short, the fetcher panicked, or the runtime could not carry out the fetch"
    )]
    Interrupted,
    /// The runtime on which the default fetcher had opened the connection has ended. That says nothing about the identity provider, so it is not a failure.
    /// The schedule stays as it was, so a fetch that was due is still due.
    #[error("the runtime of the fetch has ended")]
    #[non_exhaustive]
    RuntimeEnded {},
    /// The metadata cannot be used, for example because it lacks `issuer` or `jwks_uri` (RFC 8414 §2).
    #[error("the metadata cannot be used: {0}")]
    Metadata(MetadataError),
    /// The metadata names an issuer that is not allowed: it is on another host, or is not one that the settings require. Expected for a custom domain of
    /// External ID: add the issuer to the authority's [`issuers`](crate::AuthoritySettings::issuers).
    #[error(
        "the metadata names an issuer that the settings do not allow; if it is right, add it to the authority's issuers; if a source of tenants gave the authority, correct its metadata URL instead"
    )]
    ForeignIssuer,
    /// The metadata names a template such as `https://login.microsoftonline.com/{tenantid}/v2.0`, as that of `common` and `organizations` does.
    #[error(
        "the metadata covers many tenants and names a template instead of an issuer; configure the metadata of one tenant, by its id"
    )]
    IssuerTemplate,
    /// The metadata of an authority that [accepts any tenant](crate::AuthoritySettings::danger_accept_any_tenant) names something other than its cloud's
    /// template.
    #[error(
        "the authority accepts any tenant, but its metadata does not name the template of its cloud's issuers, such as https://login.microsoftonline.com/{{tenantid}}/v2.0"
    )]
    NotTheTemplate,
    /// The metadata names a different issuer than before, and the two do not have the same tenant id. If the change is intended, add the new issuer to the
    /// authority's [`issuers`](crate::AuthoritySettings::issuers).
    #[error(
        "the metadata names a different issuer than before; if the change is intended, add the issuer that it names to the authority's issuers"
    )]
    IssuerChanged,
    /// The metadata names a key URL that must not be fetched: it is not https, or has another host or port.
    #[error(
        "the metadata names a key URL of another host or port, or without https; if the host is right, set the authority's keys_host"
    )]
    ForeignKeys,
    /// The key set cannot be used (RFC 7517 §5): it is malformed, or no key in it is usable with the allowed
    /// [`algorithms`](crate::Settings::algorithms).
    #[error("the key set cannot be used: {0}")]
    Keys(JwkSetError),
}

impl FetchError {
    /// How long the identity provider asked us to wait.
    pub(super) fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Status {
                retry_after: Some(seconds),
                ..
            } => Some(Duration::from_secs(seconds.into())),
            _ => None,
        }
    }
}

/// The fetcher of a layer whose keys are all inline. Every fetch fails.
#[derive(Debug)]
pub(crate) struct NothingToFetch;

impl Fetch for NothingToFetch {
    fn get(&self, _url: &str, _max: usize) -> BoxFuture<'_, Result<Vec<u8>, FetchError>> {
        ready(Err(FetchError::Connect)).boxed()
    }
}
