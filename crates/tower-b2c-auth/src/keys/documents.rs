//! Metadata URL ─▶ metadata ─▶ key set, with the rules that connect them.
//!
//! 1. The metadata (RFC 8414 §3.2, OpenID Connect Discovery 1.0 §4.2) must name an issuer that the authority may have.
//! 2. Its `jwks_uri` must be https, or http on loopback if the metadata's URL is that too. It must have the metadata's own origin, or the host that
//!    `keys_host` names: otherwise a forged metadata document could name the attacker's keys on any host.
//! 3. Each key of the set (RFC 7517 §5) is parsed alone. One that is unusable is logged at debug level and skipped.
//!
//! Both documents must be good, or nothing of either is used. One limit in bytes applies to each of them, and the time limit to both together.

use std::sync::Arc;

use b2c_verify::{AlgorithmSet, JwkSet, KeyPool, ProviderMetadata};

use super::{
    events::log_refused_issuer,
    fetch::{Fetch, FetchError},
    issuer_rule::IssuerRule,
};
use crate::urls::{HttpUrl, fetchable_url, is_issuer_template};

/// Where to fetch an authority's metadata and keys, and which keys to accept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MetadataSource {
    pub(crate) url: Arc<HttpUrl>,
    /// A host that the metadata may name for the keys in addition to its own.
    pub(crate) keys_host: Option<String>,
    pub(crate) algorithms: AlgorithmSet,
}

impl MetadataSource {
    /// The hosts that the operator named for this source, without ports.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = String> {
        let keys = self.keys_host.as_deref().map(without_port);
        [self.url.host()].into_iter().chain(keys).map(str::to_owned)
    }
}

/// `login.contoso.com` for `login.contoso.com:8443`.
pub(crate) fn without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(host, _)| host)
}

/// The result of one fetch.
#[derive(Debug)]
pub(super) struct Documents {
    pub(super) issuer: String,
    pub(super) keys: JwkSet,
}

/// Fetches the metadata and then the keys it names. `last_error` is that of the previous fetch, so that an issuer is not logged again and again.
///
/// # Errors
///
/// The first broken rule. Nothing from the fetch is then used.
pub(super) async fn fetch(
    fetch: &dyn Fetch,
    source: &MetadataSource,
    rule: &IssuerRule,
    pool: &KeyPool,
    max_bytes: usize,
    last_error: Option<FetchError>,
) -> Result<Documents, FetchError> {
    let document = get(fetch, &source.url, max_bytes).await?;
    let metadata = ProviderMetadata::parse(&document).map_err(FetchError::Metadata)?;
    let issuer = metadata.issuer();
    if !rule.allows(issuer) {
        let error = match (rule.is_of_templates(), is_issuer_template(issuer)) {
            (true, _) => FetchError::NotTheTemplate,
            (false, true) => FetchError::IssuerTemplate,
            (false, false) => FetchError::ForeignIssuer,
        };
        if last_error != Some(error) {
            log_refused_issuer(&source.url, issuer);
        }
        return Err(error);
    }
    let keys_url = fetchable_url(metadata.jwks_uri()).map_err(|_| FetchError::ForeignKeys)?;
    if !is_allowed_keys_url(&keys_url, &source.url, source.keys_host.as_deref()) {
        return Err(FetchError::ForeignKeys);
    }
    let document = get(fetch, &keys_url, max_bytes).await?;
    let keys = JwkSet::parse_in(pool, &document, source.algorithms).map_err(FetchError::Keys)?;
    for skipped in keys.skipped() {
        tracing::debug!(
            url = keys_url.as_str(),
            ?skipped,
            "skipped an unusable entry of the key set"
        );
    }
    Ok(Documents {
        issuer: metadata.issuer().to_owned(),
        keys,
    })
}

/// The document at this URL. A fetcher of the user's own may have returned more than was asked for.
async fn get(fetch: &dyn Fetch, url: &HttpUrl, max_bytes: usize) -> Result<Vec<u8>, FetchError> {
    let document = fetch.get(url.as_str(), max_bytes).await?;
    if document.len() > max_bytes {
        return Err(FetchError::TooLarge);
    }
    Ok(document)
}

fn is_allowed_keys_url(keys: &HttpUrl, metadata: &HttpUrl, keys_host: Option<&str>) -> bool {
    // Never downgrade from https to http, not even on loopback.
    let no_downgrade = !metadata.is_https() || keys.is_https();
    no_downgrade
        && (keys.is_same_origin(metadata) || keys_host.is_some_and(|host| keys.authority() == host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_the_metadata_s_own_host_unless_another_was_named() {
        let table = [
            ("https://a.example/keys", "https://a.example/m", None, true),
            (
                "https://a.example:444/keys",
                "https://a.example/m",
                None,
                false,
            ),
            ("https://b.example/keys", "https://a.example/m", None, false),
            (
                "https://b.example/keys",
                "https://a.example/m",
                Some("b.example"),
                true,
            ),
            (
                "https://b.example:444/keys",
                "https://a.example/m",
                Some("b.example"),
                false,
            ),
            (
                "https://b.example:444/keys",
                "https://a.example/m",
                Some("b.example:444"),
                true,
            ),
            (
                "http://127.0.0.1:1/keys",
                "https://127.0.0.1:1/m",
                Some("127.0.0.1:1"),
                false,
            ),
            (
                "http://127.0.0.1:1/keys",
                "http://127.0.0.1:1/m",
                None,
                true,
            ),
        ];
        for (keys, metadata, host, allowed) in table {
            assert_eq!(
                is_allowed_keys_url(
                    &HttpUrl::parse(keys).unwrap(),
                    &HttpUrl::parse(metadata).unwrap(),
                    host
                ),
                allowed,
                "{keys}"
            );
        }
    }
}
