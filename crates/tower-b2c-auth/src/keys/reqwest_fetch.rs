//! URL ─▶ document, over HTTPS: a bounded GET that trusts nothing it gets.

use std::{pin::Pin, sync::Arc, time::Duration};

use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
};

use super::{
    certificate_problem::CertificateProblem,
    fetch::{Fetch, FetchError},
    public_resolver::{NamedHosts, PublicResolver},
};

/// Fetches with [reqwest], verifying certificates by the platform's roots.
///
/// [reqwest]: https://docs.rs/reqwest
#[derive(Debug, Clone)]
pub struct ReqwestFetch(reqwest::Client);

impl ReqwestFetch {
    /// The client that is used unless the user gave one. With a `guard`, only these hosts may have addresses that are not public.
    ///
    /// # Errors
    ///
    /// When the platform's certificate roots cannot be had.
    pub(crate) fn for_settings(
        connect_timeout: Duration,
        proxy: SystemProxy,
        guard: Option<NamedHosts>,
    ) -> Result<Self, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(connect_timeout)
            // A connection that is kept belongs to the runtime it was made on, which may not be running when the next fetch is due.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("tower-b2c-auth/", env!("CARGO_PKG_VERSION")));
        let builder = match proxy {
            SystemProxy::Use => builder,
            SystemProxy::Ignore => builder.no_proxy(),
        };
        let builder = match guard {
            Some(named) => builder.dns_resolver(Arc::new(PublicResolver { named })),
            None => builder,
        };
        builder.build().map(Self)
    }

    async fn fetch(&self, url: &str, max_bytes: usize) -> Result<Vec<u8>, FetchError> {
        let request = self.0.get(url).header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|error| of_transport(&error))?;
        // The user's own client may follow redirects; ours does not.
        if response.url().as_str() != url || response.status().is_redirection() {
            return Err(FetchError::Redirected);
        }
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status {
                status: response.status().as_u16(),
                retry_after: retry_after(response.headers()),
            });
        }
        if !is_json(response.headers()) {
            return Err(FetchError::ContentType);
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| of_body(&error))? {
            if document.len().saturating_add(chunk.len()) > max_bytes {
                return Err(FetchError::TooLarge);
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

impl Fetch for ReqwestFetch {
    fn get(
        &self,
        url: &str,
        max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        let url = url.to_owned();
        Box::pin(async move { self.fetch(&url, max_bytes).await })
    }
}

/// A client of your own, for a proxy or a private certificate authority. Switch its redirects off: they are never accepted, and a client that
/// follows them only wastes the time.
impl From<reqwest::Client> for ReqwestFetch {
    fn from(client: reqwest::Client) -> Self {
        Self(client)
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
