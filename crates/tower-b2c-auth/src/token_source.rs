//! A request's head ─▶ the text of its token.
//!
//! | place | rules |
//! |---|---|
//! | `Authorization` | `Bearer` in any letter case, then exactly one token (RFC 6750 §2.1); if the settings say so, the bare token too |
//! | another header | the token and nothing else |
//! | the query | one parameter of this name, percent-decoded (RFC 6750 §2.3) |
//! | a cookie | one cookie of this name; its value is not decoded (RFC 6265 §4.1.1) |
//!
//! If the header, parameter or cookie occurs twice, the answer is 400, even if both have the same value: another program might read the other one
//! (RFC 6750 §3.1). No other part of the request is searched for a token.

use std::borrow::Cow;

use b2c_verify::{Credentials, CredentialsError};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

/// Where requests carry their token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenSource {
    /// `Authorization` (RFC 6750 §2.1).
    Authorization(Scheme),
    /// Another header, which holds the token and nothing else.
    Header(HeaderName),
    /// A parameter of the query (RFC 6750 §2.3).
    Query(Box<str>),
    /// A cookie (RFC 6265 §5.4).
    Cookie(Box<str>),
}

/// Whether `Bearer` must precede the token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Scheme {
    #[default]
    Required,
    Optional,
}

impl TokenSource {
    /// Reads the text where the token should be: borrowed from the request, or decoded from it.
    ///
    /// # Errors
    ///
    /// If there is no text, or more than one.
    pub(crate) fn read<'r>(
        &self,
        headers: &'r HeaderMap,
        uri: &'r Uri,
    ) -> Result<Cow<'r, [u8]>, CredentialsError> {
        let authorization = || values(headers, &header::AUTHORIZATION);
        Ok(Cow::Borrowed(match self {
            Self::Authorization(Scheme::Required) => {
                Credentials::from_authorization(authorization())?.as_bytes()
            }
            Self::Authorization(Scheme::Optional) => {
                Credentials::from_authorization_with_or_without_scheme(authorization())?.as_bytes()
            }
            Self::Header(name) => only(values(headers, name))?,
            Self::Query(name) => {
                let query = uri.query().unwrap_or_default();
                let parameters = form_urlencoded::parse(query.as_bytes());
                let named = parameters.filter(|(key, _)| *key == **name);
                match only(named.map(|(_, value)| value))? {
                    Cow::Borrowed(text) => text.as_bytes(),
                    Cow::Owned(text) => return Ok(Cow::Owned(text.into_bytes())),
                }
            }
            Self::Cookie(name) => {
                let cookies = values(headers, &header::COOKIE);
                let pairs = cookies.flat_map(|cookies| cookies.split(|&byte| byte == b';'));
                only(pairs.filter_map(|pair| cookie_value(pair, name)))?
            }
        }))
    }

    /// Whether there is nothing where the token should be. Text that cannot be a token counts as something.
    pub(crate) fn is_absent(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        match self {
            Self::Authorization(_) => !headers.contains_key(header::AUTHORIZATION),
            Self::Header(_) | Self::Query(_) | Self::Cookie(_) => {
                self.read(headers, uri) == Err(CredentialsError::Missing)
            }
        }
    }
}

impl Default for TokenSource {
    fn default() -> Self {
        Self::Authorization(Scheme::Required)
    }
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    headers.get_all(name).into_iter().map(HeaderValue::as_bytes)
}

fn only<T>(mut values: impl Iterator<Item = T>) -> Result<T, CredentialsError> {
    let value = values.next().ok_or(CredentialsError::Missing)?;
    match values.next() {
        None => Ok(value),
        Some(_) => Err(CredentialsError::Repeated),
    }
}

fn cookie_value<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let value = pair.trim_ascii().strip_prefix(name.as_bytes())?;
    value.strip_prefix(b"=")
}

#[cfg(test)]
mod tests {

    use super::*;

    type Header = (&'static str, &'static [u8]);

    fn read(
        source: &TokenSource,
        headers: &[Header],
        uri: &str,
    ) -> Result<String, CredentialsError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        let uri = uri.parse().unwrap();
        let found = source.read(&map, &uri)?;
        let credentials = Credentials::from_bare(&found)?;
        credentials.check_characters()?;
        Ok(String::from_utf8(credentials.as_bytes().to_owned()).unwrap())
    }

    #[test]
    fn a_header_of_its_own_holds_the_bare_token() {
        let source = TokenSource::Header(HeaderName::from_static("x-token"));
        let cases: &[(&[Header], _)] = &[
            (&[("x-token", b"a.b.c")], Ok("a.b.c")),
            (&[], Err(CredentialsError::Missing)),
            (
                &[("authorization", b"Bearer a.b.c")],
                Err(CredentialsError::Missing),
            ),
            (&[("x-token", b"")], Err(CredentialsError::Empty)),
            (
                &[("x-token", b"Bearer a.b.c")],
                Err(CredentialsError::InvalidCharacter),
            ),
            (
                &[("x-token", b"a"), ("x-token", b"a")],
                Err(CredentialsError::Repeated),
            ),
        ];
        for (headers, expected) in cases {
            assert_eq!(
                read(&source, headers, "/"),
                expected.map(str::to_owned),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn a_query_parameter_is_decoded_and_may_be_there_once() {
        let source = TokenSource::Query("access_token".into());
        for (uri, expected) in [
            ("/?access_token=a.b.c", Ok("a.b.c")),
            ("/?x=1&access_token=a.b.c&y", Ok("a.b.c")),
            ("/?access_token=a%2Eb%2ec", Ok("a.b.c")),
            ("/?access%5Ftoken=a.b.c", Ok("a.b.c")),
            ("/", Err(CredentialsError::Missing)),
            ("/?", Err(CredentialsError::Missing)),
            ("/?Access_Token=a.b.c", Err(CredentialsError::Missing)),
            ("/?access_token", Err(CredentialsError::Empty)),
            ("/?access_token=", Err(CredentialsError::Empty)),
            (
                "/?access_token=a&access_token=a",
                Err(CredentialsError::Repeated),
            ),
            (
                "/?access_token=a&access%5ftoken=",
                Err(CredentialsError::Repeated),
            ),
            (
                "/?access_token=a+b",
                Err(CredentialsError::InvalidCharacter),
            ),
            (
                "/?access_token=a%00",
                Err(CredentialsError::InvalidCharacter),
            ),
            (
                "/?access_token=%ff",
                Err(CredentialsError::InvalidCharacter),
            ),
            (
                "/?access_token=Bearer%20a",
                Err(CredentialsError::InvalidCharacter),
            ),
        ] {
            assert_eq!(
                read(&source, &[], uri),
                expected.map(str::to_owned),
                "{uri}"
            );
        }
    }

    #[test]
    fn a_cookie_is_found_among_others_and_may_be_there_once() {
        let source = TokenSource::Cookie("id".into());
        let cases: &[(&[&'static [u8]], _)] = &[
            (&[b"id=a.b.c"], Ok("a.b.c")),
            (&[b"x=1; id=a.b.c; idx=2"], Ok("a.b.c")),
            (&[b"x=1;id=a.b.c"], Ok("a.b.c")),
            (&[b"x=1", b"id=a.b.c"], Ok("a.b.c")),
            (&[], Err(CredentialsError::Missing)),
            (&[b"x=1; Id=a; xid=b; id"], Err(CredentialsError::Missing)),
            (&[b"id="], Err(CredentialsError::Empty)),
            (&[b"id=a; id=a"], Err(CredentialsError::Repeated)),
            (&[b"id=a", b"x=1; id=b"], Err(CredentialsError::Repeated)),
            (&[b"id=\"a\""], Err(CredentialsError::InvalidCharacter)),
            (&[b"id=a b"], Err(CredentialsError::InvalidCharacter)),
            (&[b"id=a\xff"], Err(CredentialsError::InvalidCharacter)),
        ];
        for (cookies, expected) in cases {
            let headers: Vec<_> = cookies.iter().map(|value| ("cookie", *value)).collect();
            assert_eq!(
                read(&source, &headers, "/"),
                expected.map(str::to_owned),
                "{cookies:?}"
            );
        }
    }
}
