//! Which URLs may be fetched, and which texts are issuers.

use url::Url;

/// An https URL, or an http URL of a loopback address, without credentials and fragment.
pub(crate) fn fetchable_url(text: &str) -> Result<Url, &'static str> {
    let url =
        Url::parse(text).map_err(|_| "is not a URL; write it in full, starting with https://")?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("must have neither user name, password nor fragment");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(
            "must start with https://; http is allowed only for loopback addresses, where nobody can eavesdrop",
        ),
        _ => Err("must start with https://"),
    }
}

/// An issuer as B2C writes it: an absolute URL that is compared as text.
pub(crate) fn issuer_url(text: &str) -> Result<(), &'static str> {
    if is_issuer_template(text) {
        return Err(
            "is a template that stands for the issuers of many tenants; write the issuer of each tenant, with its id in place of the braces",
        );
    }
    let url = Url::parse(text).map_err(|_| {
        "is not an issuer; write the whole URL as it appears in the metadata, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\""
    })?;
    if matches!(url.scheme(), "https" | "http") && url.has_host() {
        Ok(())
    } else {
        Err("must start with https:// as it does in the metadata; it is compared byte for byte")
    }
}

/// `https://login.microsoftonline.com/{tenantid}/v2.0` stands for many issuers and is none itself.
pub(crate) fn is_issuer_template(text: &str) -> bool {
    text.contains(['{', '}'])
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_can_be_fetched() {
        for good in [
            "https://contoso.b2clogin.com/x",
            "http://127.0.0.1:8080/x",
            "http://[::1]/x",
            "http://localhost/x",
        ] {
            assert!(fetchable_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://contoso.b2clogin.com/x",
            "ftp://127.0.0.1/x",
            "contoso",
            "https://u:p@contoso.com/",
            "http://127.0.0.1.nip.io/",
            "http://localhost.example/",
        ] {
            assert!(fetchable_url(bad).is_err(), "{bad}");
        }
    }
}
