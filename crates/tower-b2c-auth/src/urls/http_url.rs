//! A URL with the scheme `http` or `https` (RFC 3986).

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use http::{Uri, uri::Scheme};

use super::domain_name::is_domain_name;

/// An absolute URL with the scheme `http` or `https` and a host.
///
/// It is stricter than a browser: a host is an ASCII domain name or an address in its usual form, so that the HTTP client reads the same host from the same
/// text. An internationalized name must be written as in DNS (`xn--…`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct HttpUrl {
    /// Scheme and host in lower case, without the scheme's own port.
    text: String,
    /// How much of the text is scheme, host and port.
    origin_len: usize,
    is_https: bool,
    /// In lower case; an IPv6 address in its brackets.
    host: String,
    is_loopback: bool,
    has_user_info: bool,
    has_fragment: bool,
}

/// Why a text is not an [`HttpUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoHttpUrl {
    /// No scheme.
    Relative,
    /// A scheme other than `http` and `https`.
    Scheme,
    /// An invalid host, port or path.
    Host,
}

impl HttpUrl {
    /// # Errors
    ///
    /// Why the text is not an [`HttpUrl`].
    pub(crate) fn parse(text: &str) -> Result<Self, NoHttpUrl> {
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        match text.split_once(':') {
            Some((scheme, _)) if scheme.bytes().all(is_scheme) => {
                let is_ours = ["http", "https"].map(|ours| scheme.eq_ignore_ascii_case(ours));
                if !is_ours.contains(&true) {
                    return Err(NoHttpUrl::Scheme);
                }
            }
            _ => return Err(NoHttpUrl::Relative),
        }
        Self::read(text).ok_or(NoHttpUrl::Host)
    }

    fn read(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let (scheme, own_port) = match uri.scheme()? {
            scheme if *scheme == Scheme::HTTPS => ("https", 443),
            scheme if *scheme == Scheme::HTTP => ("http", 80),
            _ => return None,
        };
        let authority = uri.authority()?;
        let host = authority.host().to_ascii_lowercase();
        let is_loopback = match Host::of(&host)? {
            Host::V4(address) => address.is_loopback(),
            Host::V6(address) => address.is_loopback(),
            Host::Name => host == "localhost",
        };
        let (_, after_user) = authority
            .as_str()
            .rsplit_once('@')
            .unwrap_or(("", authority.as_str()));
        let port = match after_user.get(host.len()..)? {
            "" | ":" => None,
            port => Some(port_number(port.strip_prefix(':')?)?),
        };
        let origin = match port.filter(|port| *port != own_port) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Some(Self {
            text: format!("{origin}{path}"),
            origin_len: origin.len(),
            is_https: scheme == "https",
            host,
            is_loopback,
            has_user_info: authority.as_str().contains('@'),
            has_fragment: text.contains('#'),
        })
    }

    /// Without user name, password and fragment.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Host, and the port if it is not the scheme's own.
    pub(crate) fn authority(&self) -> &str {
        let parts = self.origin().split_once("://");
        parts.map_or("", |(_, authority)| authority)
    }

    /// Scheme, host, and the port if it is not the scheme's own.
    pub(crate) fn origin(&self) -> &str {
        self.text.get(..self.origin_len).unwrap_or_default()
    }

    pub(crate) fn path_and_query(&self) -> &str {
        self.text.get(self.origin().len()..).unwrap_or_default()
    }

    /// Whether it names this machine: `127.0.0.0/8`, `::1` or `localhost`.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    pub(crate) fn has_user_info(&self) -> bool {
        self.has_user_info
    }

    pub(crate) fn has_fragment(&self) -> bool {
        self.has_fragment
    }

    /// RFC 6454 §5.
    pub(crate) fn is_same_origin(&self, other: &Self) -> bool {
        self.origin() == other.origin()
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Digits only: `u16::from_str` would also accept a plus sign.
fn port_number(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

enum Host {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    Name,
}

impl Host {
    fn of(text: &str) -> Option<Self> {
        if let Some(address) = text.strip_prefix('[') {
            return address.strip_suffix(']')?.parse().ok().map(Self::V6);
        }
        match text.parse() {
            Ok(address) => Some(Self::V4(address)),
            Err(_) => is_domain_name(text).then_some(Self::Name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_into_its_parts() {
        let url = HttpUrl::parse("HTTPS://Contoso.B2CLogin.com:443/a/b?p=x#y").unwrap();
        assert_eq!(url.as_str(), "https://contoso.b2clogin.com/a/b?p=x");
        assert_eq!(url.authority(), "contoso.b2clogin.com");
        assert!(url.is_https() && url.has_fragment() && !url.has_user_info());
        let url = HttpUrl::parse("http://user@[::1]:8080").unwrap();
        assert_eq!(url.as_str(), "http://[::1]:8080/");
        assert_eq!((url.host(), url.authority()), ("[::1]", "[::1]:8080"));
        assert!(url.is_loopback() && url.has_user_info() && !url.is_https());
    }

    #[test]
    fn ambiguous_urls_are_refused() {
        for bad in [
            "",
            "contoso",
            "contoso.b2clogin.com",
            "//contoso.b2clogin.com/",
            "https:contoso.b2clogin.com",
            "https:///contoso.b2clogin.com",
            "https://",
            "https://@/",
            "https://:443/",
            "ftp://a.example/",
            "https://a.example\\@b.example/",
            "https://a.example\t/",
            " https://a.example/",
            "https://a.example /",
            "https://a%2eexample/",
            "https://a..example/",
            "https://a.example./",
            "https://b\u{fc}cher.example/",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://2130706433/",
            "https://a.example:0x1bb/",
            "https://a.example:99999/",
            "https://a.example:+443/",
            "https://[::1/",
            "https://[fe80::1%25eth0]/",
        ] {
            assert!(HttpUrl::parse(bad).is_err(), "{bad}");
        }
    }

    /// The HTTP client parses URLs by another standard, the URL Standard.
    #[test]
    fn every_parser_reads_the_same_host_from_an_accepted_url() {
        let pieces = [
            "a.example",
            "B",
            "1",
            "127.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost",
            "xn--bcher-kva",
            "0x7f",
            ".",
            ":",
            ":443",
            ":80",
            ":0443",
            "/",
            "//",
            "/../",
            "\\",
            "@",
            "#",
            "?",
            "%2e",
            "%00",
            "-",
            "_",
            "\u{fc}",
            " ",
            "\t",
            "+",
            "'",
            "|",
            "^",
            "{",
            "\"",
        ];
        fastrand::seed(1);
        let mut read = 0;
        for _ in 0..100_000 {
            let scheme = fastrand::choice(["https://", "http://", "HTTPS://", "https:", "https:/"]);
            let mut text = scheme.unwrap().to_owned();
            for _ in 0..fastrand::usize(1..6) {
                text.push_str(fastrand::choice(pieces).unwrap());
            }
            if let Ok(ours) = HttpUrl::parse(&text) {
                // The HTTP client does not connect to a URL that its parser refuses.
                for theirs in [&*text, ours.as_str()].map(url::Url::parse) {
                    let Ok(theirs) = theirs else { continue };
                    let host = url::Host::parse(ours.host()).expect(&text);
                    assert_eq!(Some(host), theirs.host().map(|it| it.to_owned()), "{text}");
                    let port = theirs.port().map(|port| format!(":{port}"));
                    let (host, port) = (ours.host(), port.unwrap_or_default());
                    let origin = format!("{}://{host}{port}", theirs.scheme());
                    assert_eq!(ours.origin(), origin, "{text}");
                    read += 1;
                }
            }
        }
        assert!(read > 1000, "{read}");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let same = |a, b| {
            let (a, b) = (HttpUrl::parse(a).unwrap(), HttpUrl::parse(b).unwrap());
            a.is_same_origin(&b)
        };
        assert!(same("https://a.example/x", "https://A.example:443/y"));
        assert!(!same("https://a.example/", "http://a.example/"));
        assert!(!same("https://a.example/", "https://a.example:444/"));
        assert!(!same("https://a.example/", "https://b.example/"));
    }
}
