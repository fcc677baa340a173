//! b2. Metadata URL → metadata → key set, with every rule that binds the three together.

use b2c_verify::{JwkSet, ProviderMetadata};
use url::Url;

use super::fetch::{FetchError, Fetcher};
use crate::{config::AuthorityConfig, urls::fetchable_url};

/// What one fetch brings.
#[derive(Debug)]
pub(super) struct Documents {
    pub(super) issuer: String,
    pub(super) keys: JwkSet,
}

/// Fetches the metadata and then the keys it names.
///
/// # Errors
///
/// The first rule that is broken; then nothing of what was fetched is used.
pub(super) async fn fetch(
    fetcher: &Fetcher,
    authority: &AuthorityConfig,
    metadata_url: &Url,
) -> Result<Documents, FetchError> {
    let document = fetcher.get(metadata_url).await?;
    let metadata = ProviderMetadata::parse(&document).map_err(FetchError::Metadata)?;
    let configured = authority
        .issuers
        .iter()
        .any(|issuer| issuer == metadata.issuer());
    if !configured && !issuer_fits(metadata.issuer(), metadata_url) {
        return Err(FetchError::ForeignIssuer);
    }
    let keys_url = fetchable_url(metadata.jwks_uri()).map_err(|_| FetchError::ForeignKeys)?;
    if !is_allowed_keys_url(&keys_url, metadata_url, authority.keys_host.as_deref()) {
        return Err(FetchError::ForeignKeys);
    }
    let document = fetcher.get(&keys_url).await?;
    let keys = JwkSet::parse(&document, authority.algorithms).map_err(FetchError::Keys)?;
    for skipped in keys.skipped() {
        tracing::debug!(url = %keys_url, ?skipped, "an entry of the key set is not used");
    }
    Ok(Documents {
        issuer: metadata.issuer().to_owned(),
        keys,
    })
}

/// B2C's issuer never equals the metadata URL (the URL names the policy, the issuer the tenant's id), but it has its host. Microsoft's two
/// exceptions: External ID, whose issuer has the tenant's id as its host (`<id>.ciamlogin.com`), and Entra ID's v1.0 tokens.
fn issuer_fits(issuer: &str, metadata_url: &Url) -> bool {
    let Ok(issuer) = Url::parse(issuer) else {
        return false;
    };
    let (Some(issuer_host), Some(metadata_host)) = (issuer.host_str(), metadata_url.host_str())
    else {
        return false;
    };
    same_origin(&issuer, metadata_url)
        || (issuer.scheme() == "https"
            && issuer_host.ends_with(".ciamlogin.com")
            && metadata_host.ends_with(".ciamlogin.com"))
        || (issuer.scheme() == "https"
            && issuer_host == "sts.windows.net"
            && metadata_host == "login.microsoftonline.com")
}

fn is_allowed_keys_url(keys: &Url, metadata: &Url, keys_host: Option<&str>) -> bool {
    // From https never down to http, not even on loopback.
    let no_downgrade = metadata.scheme() == "http" || keys.scheme() == "https";
    no_downgrade
        && (same_origin(keys, metadata) || keys_host.is_some_and(|host| authority_of(keys) == host))
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.origin().is_tuple() && a.origin() == b.origin()
}

/// Host, and the port if it is not the scheme's own.
fn authority_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_fits_the_metadata_it_came_with_or_is_one_of_microsofts_exceptions() {
        let table = [
            (
                "https://contoso.b2clogin.com/tid/v2.0/",
                "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_x/v2.0/.well-known/openid-configuration",
                true,
            ),
            (
                "https://fabrikam.b2clogin.com/tid/v2.0/",
                "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_x/v2.0/.well-known/openid-configuration",
                false,
            ),
            (
                "http://contoso.b2clogin.com/tid/v2.0/",
                "https://contoso.b2clogin.com/x",
                false,
            ),
            (
                "https://c7ebcc7f.ciamlogin.com/c7ebcc7f/v2.0",
                "https://contoso.ciamlogin.com/c7ebcc7f/v2.0/.well-known/openid-configuration",
                true,
            ),
            (
                "https://sts.windows.net/tid/",
                "https://login.microsoftonline.com/contoso.onmicrosoft.com/.well-known/openid-configuration",
                true,
            ),
            (
                "https://sts.windows.net/tid/",
                "https://contoso.b2clogin.com/x",
                false,
            ),
            (
                "contoso.b2clogin.com",
                "https://contoso.b2clogin.com/x",
                false,
            ),
        ];
        for (issuer, metadata, fits) in table {
            assert_eq!(
                issuer_fits(issuer, &Url::parse(metadata).unwrap()),
                fits,
                "{issuer}"
            );
        }
    }

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
                    &Url::parse(keys).unwrap(),
                    &Url::parse(metadata).unwrap(),
                    host
                ),
                allowed,
                "{keys}"
            );
        }
    }
}
