//! URL ─▶ document, over HTTPS: a bounded GET that trusts nothing in the response.
//!
//! | what | is refused because |
//! |---|---|
//! | a redirect | nobody has checked the new URL |
//! | a status other than 200 | it is not the document |
//! | a content type other than JSON | it is the page of a proxy or a captive portal |
//! | a content coding (RFC 9110 §8.4) | a small body could become a large one |
//! | more than `max_bytes` | it would fill the memory |
//!
//! Each request opens its own connection: with one fetch an hour, a pooled one would rarely still be open, and it belongs to the runtime that opened it.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
};

use super::{
    fetch::{Fetch, FetchError},
    fetch_causes::{certificate_problem, has_lost_its_runtime},
    fetch_config::{FetchConfig, ProxyConfig},
    named_hosts::NamedHosts,
    public_resolver::PublicResolver,
};
use crate::settings::{Secret, SettingsError, mistake};

/// Fetches with [reqwest], verifying certificates against the platform's roots.
///
/// By default, the layer makes one itself. Use a client of your own where [`FetchSettings`](crate::FetchSettings) do not go far enough:
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, FetchSettings, ReqwestFetch, Settings, b2c};
///
/// let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").fetch(ReqwestFetch::from(client));
/// assert!(builder.clone().build().is_ok());
///
/// // The client has its own proxy.
/// let error = builder.proxy("http://proxy.corp.example:3128").build().unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "fetch");
/// # Ok::<(), reqwest::Error>(())
/// ```
///
/// [reqwest]: https://docs.rs/reqwest
///
/// The layer's time limit and size limit apply to a client of your own too. You must take care of certificates and proxies, and switch decompression off.
#[derive(Debug, Clone)]
pub struct ReqwestFetch(reqwest::Client);

impl ReqwestFetch {
    /// The default client. `is_local` says whether it fetches only from this machine, which a proxy could not reach. With a `guard`, only the hosts in it
    /// and the proxy of the settings may have addresses that are not public.
    ///
    /// # Errors
    ///
    /// If the platform's root certificates cannot be loaded, or the certificates or the proxy of the settings cannot be used.
    pub(crate) fn for_settings(
        connect_timeout: Duration,
        config: &FetchConfig,
        is_local: bool,
        guard: Option<NamedHosts>,
    ) -> Result<Self, SettingsError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(connect_timeout)
            .pool_max_idle_per_host(0)
            // Another crate may have enabled decompression. The documents are small, and without decompression no response can grow.
            .no_gzip()
            .no_deflate()
            .no_brotli()
            .no_zstd()
            .user_agent(concat!("tower-b2c-auth/", env!("CARGO_PKG_VERSION")));
        if let Some(named) = guard {
            let proxy_host = config.proxy.as_ref().map(|proxy| proxy.host.clone());
            builder = builder.dns_resolver(Arc::new(PublicResolver { named, proxy_host }));
        }
        if let Some(pem) = &config.ca_pem {
            let roots = reqwest::Certificate::from_pem_bundle(pem);
            builder = builder.tls_certs_merge(
                roots.map_err(|error| mistake("fetch.ca_file", error.to_string(), "is not PEM"))?,
            );
        }
        if let Some(proxy) = &config.proxy {
            builder = builder.proxy(proxy_of(proxy)?);
        } else if is_local || !config.system_proxy {
            builder = builder.no_proxy();
        }
        builder.build().map(Self).map_err(|error| {
            let (field, remedy) = match config.ca_pem {
                Some(_) => (
                    "fetch.ca_file",
                    "contains a certificate that cannot be read",
                ),
                None => (
                    "fetch",
                    "the default fetcher cannot be created on this machine; give a fetcher in code",
                ),
            };
            mistake(field, error.to_string(), remedy)
        })
    }

    async fn fetch(&self, url: &str, max_bytes: usize) -> Result<Vec<u8>, FetchError> {
        let request = self.0.get(url).header(ACCEPT, "application/json");
        let request = request.header(ACCEPT_ENCODING, IDENTITY);
        let request = request.build().map_err(fetch_error)?;
        let asked = request.url().clone();
        let sent = self.0.execute(request).await;
        let mut response = sent.map_err(fetch_error)?;
        // A client of the user's own may follow redirects; the default one does not.
        if *response.url() != asked || response.status().is_redirection() {
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
        if !is_plain(response.headers()) {
            return Err(FetchError::ContentEncoding);
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fetch_error)? {
            if document.len().saturating_add(chunk.len()) > max_bytes {
                return Err(FetchError::TooLarge);
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

impl Fetch for ReqwestFetch {
    fn get(&self, url: &str, max_bytes: usize) -> BoxFuture<'_, Result<Vec<u8>, FetchError>> {
        let url = url.to_owned();
        Box::pin(async move { self.fetch(&url, max_bytes).await })
    }
}

/// Uses a client of your own. Disable its redirects: a redirected response is never accepted, so following redirects only wastes time.
impl From<reqwest::Client> for ReqwestFetch {
    fn from(client: reqwest::Client) -> Self {
        Self(client)
    }
}

fn proxy_of(config: &ProxyConfig) -> Result<reqwest::Proxy, SettingsError> {
    let proxy = reqwest::Proxy::all(&config.url);
    let proxy =
        proxy.map_err(|error| mistake("fetch.proxy", error.to_string(), "cannot be used"))?;
    let proxy = proxy.no_proxy(reqwest::NoProxy::from_string(LOOPBACK));
    Ok(match &config.credentials {
        Some((user, password)) => {
            proxy.basic_auth(user, password.as_ref().map_or("", Secret::expose))
        }
        None => proxy,
    })
}

/// The names of this machine, which a proxy could not reach.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

fn fetch_error(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_redirect() {
        FetchError::Redirected
    } else if let Some(problem) = certificate_problem(&error) {
        FetchError::Certificate(problem)
    } else if has_lost_its_runtime(&error) {
        FetchError::RuntimeEnded {}
    } else if error.is_connect() {
        FetchError::Connect
    } else {
        FetchError::Interrupted
    }
}

/// `application/json` or `application/…+json`, with any parameters; B2C says `application/json; charset=utf-8`.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(|value| value.to_str());
    let value = value.and_then(Result::ok).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Whether there is no content coding (RFC 9110 §8.4).
fn is_plain(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).into_iter();
    codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(IDENTITY.as_bytes()))
}

/// Without a stated preference, a server may choose any coding (RFC 9110 §12.5.3).
const IDENTITY: &str = "identity";

/// Only the form in seconds: the form with a date is not worth a parser here.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}
