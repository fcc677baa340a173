//! b1. URL → document: a bounded GET that trusts nothing it gets.

use std::time::Duration;

use b2c_verify::{JwkSetError, MetadataError};
use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
};
use url::Url;

use super::certificate_problem::CertificateProblem;
use crate::settings::KeyTimes;

/// Why metadata or keys could not be had. Holds nothing of the answer, so it can be logged and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The certificate of the identity provider cannot be trusted.
    #[error("the identity provider's certificate cannot be trusted: {0}")]
    Certificate(CertificateProblem),
    /// No connection: name not found, refused, TLS.
    #[error("no connection to the identity provider")]
    Connect,
    /// Metadata and keys together took longer than `fetch_timeout`, or connecting longer than `connect_timeout`.
    #[error("the identity provider did not answer in time")]
    Timeout,
    /// Another status than 200.
    #[error("the identity provider answered with status {status}")]
    Status {
        /// The status.
        status: u16,
        /// Its `Retry-After` in seconds, if it gave one.
        retry_after: Option<u32>,
    },
    /// The answer came from another URL than the one that was asked.
    #[error("the identity provider redirected to another URL, which is never followed")]
    Redirected,
    /// The answer does not say that it is JSON.
    #[error("the answer is not declared as JSON")]
    ContentType,
    /// The document is larger than `max_document_bytes`.
    #[error("the document is larger than max_document_bytes")]
    TooLarge,
    /// The body broke off.
    #[error("the answer broke off")]
    Interrupted,
    /// The metadata cannot be used.
    #[error("the metadata cannot be used: {0}")]
    Metadata(MetadataError),
    /// The metadata names an issuer that does not fit the URL it came from, nor the configured issuers.
    #[error(
        "the metadata names an issuer of another host; if it is right, add it to the authority's issuers"
    )]
    ForeignIssuer,
    /// The metadata names another issuer than before.
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

/// The HTTP client and its limits.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    pub(crate) client: reqwest::Client,
    fetch_timeout: Duration,
    max_document_bytes: usize,
}

impl Fetcher {
    pub(crate) fn new(client: reqwest::Client, times: &KeyTimes) -> Self {
        Self {
            client,
            fetch_timeout: times.fetch_timeout,
            max_document_bytes: times.max_document_bytes,
        }
    }

    /// The client that is used unless the user gave one.
    ///
    /// # Errors
    ///
    /// When the platform's certificate roots cannot be had.
    pub(crate) fn default_client(
        times: &KeyTimes,
        proxy: SystemProxy,
    ) -> Result<reqwest::Client, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(times.connect_timeout)
            .user_agent(concat!("tower-b2c-auth/", env!("CARGO_PKG_VERSION")));
        match proxy {
            SystemProxy::Use => builder.build(),
            SystemProxy::Ignore => builder.no_proxy().build(),
        }
    }

    /// # Errors
    ///
    /// The first rule that the answer breaks.
    pub(super) async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let request = self
            .client
            .get(url.clone())
            .timeout(self.fetch_timeout)
            .header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|error| of_transport(&error))?;
        // The user's own client may follow redirects; ours does not.
        if response.url() != url || response.status().is_redirection() {
            return Err(FetchError::Redirected);
        }
        if response.status() != StatusCode::OK {
            let retry_after = retry_after(response.headers());
            return Err(FetchError::Status {
                status: response.status().as_u16(),
                retry_after,
            });
        }
        if !is_json(response.headers()) {
            return Err(FetchError::ContentType);
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| of_body(&error))? {
            if document.len().saturating_add(chunk.len()) > self.max_document_bytes {
                return Err(FetchError::TooLarge);
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

/// Whether the proxy settings of the environment hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemProxy {
    Use,
    /// For loopback addresses, which a proxy would resolve to itself.
    Ignore,
}

fn of_transport(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_redirect() {
        FetchError::Redirected
    } else if let Some(problem) = CertificateProblem::behind(error) {
        FetchError::Certificate(problem)
    } else if error.is_connect() {
        FetchError::Connect
    } else {
        FetchError::Interrupted
    }
}

fn of_body(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout
    } else {
        FetchError::Interrupted
    }
}

/// `application/json` or `application/…+json`, with any parameters; B2C says `application/json; charset=utf-8`.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The form in seconds; the form with a date is not worth a parser here.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}
