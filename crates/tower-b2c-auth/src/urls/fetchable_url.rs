//! URLs that may be fetched.

use super::http_url::{HttpUrl, NoHttpUrl};

/// An https URL, or an http URL with a loopback address, without credentials or a fragment.
pub(crate) fn fetchable_url(text: &str) -> Result<HttpUrl, &'static str> {
    let url = HttpUrl::parse(text).map_err(|problem| match problem {
        NoHttpUrl::Relative => "is not a URL; write it in full, starting with https://",
        NoHttpUrl::Scheme => "must start with https://",
        NoHttpUrl::Host => {
            "has no valid host, port or path; write them in ASCII, such as \"https://contoso.b2clogin.com/\""
        }
    })?;
    if url.has_user_info() || url.has_fragment() {
        return Err("must not have a user name, a password or a fragment");
    }
    let is_safe = url.is_https() || url.is_loopback();
    is_safe.then_some(url).ok_or("must start with https://; http is allowed only for loopback addresses, where nobody can eavesdrop")
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
