//! Parses the addresses of servers that a command asks.

use reqwest::Url;

/// A URL with http or https.
pub(crate) fn http_url(text: &str) -> Result<Url, String> {
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https");
    if let Some(url) = text.parse().ok().filter(is_http) {
        return Ok(url);
    }
    let (_, rest) = text.split_once("://").unwrap_or(("", text));
    let with_http = format!("http://{rest}");
    let example = match with_http.parse::<Url>() {
        Ok(_) => &*with_http,
        Err(_) => "http://127.0.0.1:9100",
    };
    Err(format!(
        "write it with http:// or https://, as in {example}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: an address without `http://` was "a relative URL without a base", or had a host's name for its scheme.
    #[test]
    fn an_address_without_a_scheme_is_refused_with_the_right_one() {
        for good in ["http://127.0.0.1:9100", "https://gateway/migration"] {
            assert!(http_url(good).is_ok(), "{good}");
        }
        for (bad, example) in [
            ("127.0.0.1:9100", "http://127.0.0.1:9100"),
            ("localhost:9100", "http://localhost:9100"),
            ("gateway/migration", "http://gateway/migration"),
            ("[::1]:9100", "http://[::1]:9100"),
            ("ftp://gateway", "http://gateway"),
            ("", "http://127.0.0.1:9100"),
            ("http://", "http://127.0.0.1:9100"),
        ] {
            let error = http_url(bad).expect_err(bad);
            assert!(
                error.ends_with(&format!("as in {example}")),
                "{bad}: {error}"
            );
        }
    }
}
