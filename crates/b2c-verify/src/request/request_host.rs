//! `Host` or `:authority` ─▶ `RequestHost`: RFC 9110 §7.2, RFC 3986 §3.2.2.

use std::borrow::Cow;

/// The host of a request (RFC 9110 §7.2), in lower case, without a port or a trailing dot.
///
/// ```
/// use b2c_verify::RequestHost;
///
/// assert_eq!(RequestHost::parse("API.contoso.com:8443")?.as_str(), "api.contoso.com");
/// assert_eq!(RequestHost::parse("[::1]:80")?.as_str(), "[::1]");
///
/// assert!(RequestHost::parse("api.contoso.com@evil.example").is_err());
/// # Ok::<(), b2c_verify::InvalidHost>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHost<'a>(Cow<'a, str>);

/// The text is not a host with an optional port (RFC 3986 §3.2.2).
///
/// ```
/// use b2c_verify::{InvalidHost, RequestHost};
///
/// assert!(RequestHost::parse("localhost:8080").is_ok());
///
/// assert_eq!(RequestHost::parse("localhost:http"), Err(InvalidHost));
/// assert_eq!(RequestHost::parse("one.example, two.example"), Err(InvalidHost));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a host with an optional port")]
pub struct InvalidHost;

/// The longest text that is parsed, in bytes: room for the longest DNS name, a trailing dot, and a port.
///
/// ```
/// use b2c_verify::{InvalidHost, MAX_HOST_BYTES, RequestHost};
///
/// assert!(RequestHost::parse(&"a".repeat(MAX_HOST_BYTES)).is_ok());
/// assert_eq!(RequestHost::parse(&"a".repeat(MAX_HOST_BYTES + 1)), Err(InvalidHost));
/// ```
pub const MAX_HOST_BYTES: usize = 253 + ".".len() + ":65535".len();

impl<'a> RequestHost<'a> {
    /// Parses the value of `Host` or the authority of the request target.
    ///
    /// # Errors
    ///
    /// If the text has a character that no DNS name or IP address contains, is empty, has a malformed port, or is longer than [`MAX_HOST_BYTES`].
    pub fn parse(raw: &'a str) -> Result<Self, InvalidHost> {
        if raw.len() > MAX_HOST_BYTES {
            return Err(InvalidHost);
        }
        let end = if raw.starts_with('[') {
            raw.find(']').ok_or(InvalidHost)? + 1
        } else {
            raw.find(':').unwrap_or(raw.len())
        };
        let (host, rest) = raw.split_at_checked(end).ok_or(InvalidHost)?;
        if !rest.is_empty() && !rest.strip_prefix(':').is_some_and(is_port) {
            return Err(InvalidHost);
        }
        let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let (text, allowed): (_, &[u8]) = match address {
            Some(address) => (address, b":."),
            None => (host, b"-._"),
        };
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || allowed.contains(&byte);
        let host = host.strip_suffix('.').unwrap_or(host);
        if text.is_empty() || host.is_empty() || !text.bytes().all(is_allowed) {
            return Err(InvalidHost);
        }
        let is_lower = !host.bytes().any(|byte| byte.is_ascii_uppercase());
        Ok(Self(if is_lower {
            Cow::Borrowed(host)
        } else {
            Cow::Owned(host.to_ascii_lowercase())
        }))
    }

    /// The name or address. An IPv6 address is in brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for (raw, host) in [
            ("api.contoso.com", "api.contoso.com"),
            ("API.Contoso.com.:443", "api.contoso.com"),
            ("localhost:0", "localhost"),
            ("127.0.0.1:65535", "127.0.0.1"),
            ("[2001:DB8::1]", "[2001:db8::1]"),
            ("a_b", "a_b"),
        ] {
            let read = RequestHost::parse(raw);
            assert_eq!(read, Ok(RequestHost(host.into())), "{raw}");
        }
        for raw in [
            "", ".", ":80", "a:", "a:b", "a:80:80", "a:123456", "a b", "a,b", "a/b", "u@a",
            "a%2eb", "ä", "[", "[]", "[::1", "[::1]80", "[::1].", "::1",
        ] {
            assert_eq!(RequestHost::parse(raw), Err(InvalidHost), "{raw}");
        }
        let long = "a".repeat(MAX_HOST_BYTES + 1);
        assert!(RequestHost::parse(&long).is_err());
    }
}
