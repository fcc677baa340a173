//! The one trait that fetches, and why a fetch can fail.

use std::{fmt, pin::Pin, time::Duration};

use b2c_verify::{JwkSetError, MetadataError};

use super::certificate_problem::CertificateProblem;

/// Fetches JSON documents: metadata and keys.
///
/// [`ReqwestFetch`](crate::ReqwestFetch) is the default, with the feature `fetch`. An implementation of your own sends one GET for each call and takes over
/// its duties: it verifies the server's certificate, follows no redirect, accepts only status 200 and a JSON content type, and stops reading after
/// `max_bytes`. The layer limits the time by dropping the future. If tenants come from a [source](crate::B2cAuthBuilder::tenant_source), it also connects
/// to no private or link-local address, except for hosts that the operator trusts with them.
///
/// ```
/// use std::{future::ready, pin::Pin};
/// use tower_b2c_auth::{B2cAuthLayer, Fetch, FetchError, b2c};
///
/// /// Refuses everything, as an identity provider does that is down.
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
    /// The document at `url`, at most `max_bytes` long. If the implementation decompresses, the limit applies to the decompressed length.
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

/// Why metadata or keys could not be fetched. It contains nothing from the answer, so it can be logged and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The certificate of the identity provider cannot be trusted.
    #[error("the identity provider's certificate cannot be trusted: {0}")]
    Certificate(CertificateProblem),
    /// No connection: name not found, refused, TLS, or a proxy that does not connect.
    #[error("no connection to the identity provider")]
    Connect,
    /// Metadata and keys together took longer than `fetch_timeout`, or connecting longer than `connect_timeout`.
    #[error("the identity provider did not answer in time")]
    Timeout,
    /// A status other than 200.
    #[error("the identity provider answered with status {status}")]
    Status {
        /// The status.
        status: u16,
        /// Its `Retry-After` in seconds, if it gave one.
        retry_after: Option<u32>,
    },
    /// The answer came from a URL other than the one requested.
    #[error("the identity provider redirected to another URL, which is never followed")]
    Redirected,
    /// The answer does not say that it is JSON.
    #[error("the answer is not declared as JSON")]
    ContentType,
    /// The answer is compressed, which was not asked for.
    #[error("the answer is compressed, which was not asked for")]
    ContentEncoding,
    /// The document is larger than `max_document_bytes`.
    #[error("the document is larger than max_document_bytes")]
    TooLarge,
    /// The body broke off, or the runtime could not carry out the fetch.
    #[error("the answer broke off")]
    Interrupted,
    /// The metadata cannot be used.
    #[error("the metadata cannot be used: {0}")]
    Metadata(MetadataError),
    /// The metadata names an issuer that fits neither the URL it came from nor the configured issuers.
    #[error(
        "the metadata names an issuer of another host; if it is right, add it to the authority's issuers"
    )]
    ForeignIssuer,
    /// The metadata names a template such as `https://login.microsoftonline.com/{tenantid}/v2.0`, as those of `common` and `organizations` do.
    #[error(
        "the metadata is that of many tenants and names no issuer, but a template; configure the metadata of one tenant, by its id"
    )]
    IssuerTemplate,
    /// The metadata names a different issuer than before.
    #[error("the metadata names another issuer than before")]
    IssuerChanged,
    /// The metadata names a key URL that must not be fetched: not https, or another host.
    #[error(
        "the metadata names a key URL of another host, or without https; if the host is right, set the authority's keys_host"
    )]
    ForeignKeys,
    /// The key set cannot be used.
    #[error("the key set cannot be used: {0}")]
    Keys(JwkSetError),
}

impl FetchError {
    /// How long the identity provider asked to be left alone.
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

/// Is never asked.
#[derive(Debug)]
pub(crate) struct NothingToFetch;

impl Fetch for NothingToFetch {
    fn get(
        &self,
        _url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        Box::pin(std::future::ready(Err(FetchError::Connect)))
    }
}
