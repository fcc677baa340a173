//! Request target's path ─▶ `RequestPath`: RFC 3986 §3.3, §6.2.

use std::{borrow::Cow, fmt};

/// The decoded path of a request, if it has only one possible reading.
///
/// A rule for a path protects nothing if the program that applies the rule and the service behind it read the path differently. So an ambiguous path is
/// refused:
///
/// 1. dot segments, empty segments, `;`, and characters that RFC 3986 §3.3 does not allow, such as a backslash;
/// 2. an encoded slash, backslash, dot, `;`, `?`, `#` or control character, because some programs decode before they split the path;
/// 3. an encoded percent sign, because some programs decode twice;
/// 4. bytes that are not UTF-8 when decoded.
///
/// Other percent-encoded characters are decoded once. A trailing slash is removed, because many services serve `/tasks/` as `/tasks`.
///
/// Some routers, such as axum's, decode only the parts of a path that their patterns leave open: `/t%61sks` is not `/tasks` to them. So if there is an
/// [`undecoded`](Self::undecoded) path, look up its rule too, and refuse the request unless both paths have the same one.
///
/// ```
/// use b2c_verify::{PathError, RequestPath};
///
/// assert_eq!(RequestPath::parse("/t%61sks/a%20b/")?.as_str(), "/tasks/a b");
///
/// assert_eq!(RequestPath::parse("/public/..%2fadmin"), Err(PathError::EncodedDelimiter));
/// assert_eq!(RequestPath::parse("/public/../admin"), Err(PathError::DotSegment));
/// # Ok::<(), PathError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPath<'a> {
    path: Cow<'a, str>,
    undecoded: Option<String>,
}

/// Why a path is refused: two programs could read it differently, or it is too long. The message quotes nothing from the path.
///
/// ```
/// use b2c_verify::{PathError, RequestPath};
///
/// assert!(RequestPath::parse("/tasks/7").is_ok());
///
/// let refused = RequestPath::parse("/public//admin").unwrap_err();
/// assert_eq!(refused, PathError::EmptySegment);
/// assert_eq!(refused.to_string(), "it has an empty segment");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It is longer than [`MAX_PATH_BYTES`].
    #[error("it is too long")]
    TooLong,
    /// It does not begin with a slash.
    #[error("it does not begin with a slash")]
    NotAbsolute,
    /// It has a character that RFC 3986 §3.3 allows only percent-encoded, or `;`.
    #[error("it has a semicolon, or a character that must be percent-encoded")]
    InvalidCharacter,
    /// A percent sign is not followed by two hexadecimal digits.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    InvalidEncoding,
    /// `%2e`, `%2f`, `%5c`, `%3b`, `%3f`, `%23` or `%25`, or an encoded control character.
    #[error("a dot, a delimiter, a percent sign or a control character is encoded")]
    EncodedDelimiter,
    /// A character is encoded that need not be, or its hexadecimal digits are in lower case, so some routers take the path for another one.
    /// [`RequestPath::parse`] never returns it; it is for a caller that compares the [`undecoded`](RequestPath::undecoded) path too.
    #[error("a character is percent-encoded needlessly or with lower-case hexadecimal digits")]
    NeedlesslyEncoded,
    /// Two slashes in a row.
    #[error("it has an empty segment")]
    EmptySegment,
    /// A segment consists of dots and spaces only.
    #[error("it has a segment of dots or spaces only")]
    DotSegment,
    /// The decoded path is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
}

/// The longest path that is parsed, in bytes: what common servers accept in a request line.
///
/// ```
/// use b2c_verify::{MAX_PATH_BYTES, PathError, RequestPath};
///
/// let path = |length: usize| format!("/{}", "a".repeat(length - 1));
/// assert!(RequestPath::parse(&path(MAX_PATH_BYTES)).is_ok());
/// assert_eq!(RequestPath::parse(&path(MAX_PATH_BYTES + 1)), Err(PathError::TooLong));
/// ```
pub const MAX_PATH_BYTES: usize = 8 * 1024;

impl<'a> RequestPath<'a> {
    /// Parses the path of the request target as received, without the query.
    ///
    /// # Errors
    ///
    /// [`PathError`] if the path is ambiguous or too long.
    pub fn parse(raw: &'a str) -> Result<Self, PathError> {
        if raw.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong);
        }
        if !raw.starts_with('/') {
            return Err(PathError::NotAbsolute);
        }
        let (path, undecoded) = decode(raw)?;
        let mut segments = path.split('/').skip(1).peekable();
        while let Some(segment) = segments.next() {
            if segment.is_empty() && segments.peek().is_some() {
                return Err(PathError::EmptySegment);
            }
            if !segment.is_empty() && segment.trim_end_matches(['.', ' ']).is_empty() {
                return Err(PathError::DotSegment);
            }
        }
        Ok(Self {
            path: without_last_slash(path),
            undecoded: undecoded.map(|path| without_last_slash(path.into()).into_owned()),
        })
    }

    /// The decoded path. It starts with a slash and, unless it is `/`, does not end with one.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// The path for a router that compares before it decodes, with two kinds of percent-encoded characters left as they are: those that need no encoding
    /// (RFC 3986 §3.3), and those whose hexadecimal digits are in lower case, with adjacent characters that are not ASCII. Such a router takes `%61` for
    /// something other than `a`, and `%c3` for something other than `%C3`. `None` if the path has no such characters.
    ///
    /// ```
    /// use b2c_verify::RequestPath;
    ///
    /// assert_eq!(RequestPath::parse("/t%61sks/a%20b")?.undecoded(), Some("/t%61sks/a b"));
    ///
    /// assert_eq!(RequestPath::parse("/tasks/a%20b")?.undecoded(), None);
    /// # Ok::<(), b2c_verify::PathError>(())
    /// ```
    pub fn undecoded(&self) -> Option<&str> {
        self.undecoded.as_deref()
    }
}

impl fmt::Display for RequestPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// The decoded path, and the [`undecoded`](RequestPath::undecoded) one if there is one.
fn decode(raw: &str) -> Result<(Cow<'_, str>, Option<String>), PathError> {
    let mut pieces = raw.split('%');
    let first = pieces.next().unwrap_or_default();
    check(first)?;
    if first.len() == raw.len() {
        return Ok((Cow::Borrowed(raw), None));
    }
    let mut decoded = Vec::with_capacity(raw.len());
    decoded.extend_from_slice(first.as_bytes());
    let mut undecoded = decoded.clone();
    let mut run = EncodedRun::default();
    for piece in pieces {
        let (digits, rest) = piece
            .split_at_checked(2)
            .ok_or(PathError::InvalidEncoding)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        let byte = byte.ok_or(PathError::InvalidEncoding)?;
        if byte.is_ascii_control() || DELIMITERS.contains(&byte) {
            return Err(PathError::EncodedDelimiter);
        }
        decoded.push(byte);
        if byte.is_ascii() {
            run.end(&mut undecoded);
        }
        run.add(byte, digits);
        check(rest)?;
        decoded.extend_from_slice(rest.as_bytes());
        if byte.is_ascii() || !rest.is_empty() {
            run.end(&mut undecoded);
        }
        undecoded.extend_from_slice(rest.as_bytes());
    }
    run.end(&mut undecoded);
    let text = |bytes| String::from_utf8(bytes).map_err(|_| PathError::NotUtf8);
    let undecoded = (undecoded.len() > decoded.len()).then_some(undecoded);
    Ok((Cow::Owned(text(decoded)?), undecoded.map(text).transpose()?))
}

/// An encoded ASCII character, or adjacent encoded characters that are not ASCII.
#[derive(Default)]
struct EncodedRun {
    bytes: Vec<u8>,
    encoded: Vec<u8>,
    stays_encoded: bool,
}

impl EncodedRun {
    fn add(&mut self, byte: u8, digits: &str) {
        self.bytes.push(byte);
        self.encoded.push(b'%');
        self.encoded.extend_from_slice(digits.as_bytes());
        // `%c3` means `%C3` (RFC 3986 §2.1), but not to a program that does not decode.
        let is_lower_case = digits.bytes().any(|digit| digit.is_ascii_lowercase());
        self.stays_encoded |= is_lower_case || is_allowed(byte);
    }

    fn end(&mut self, path: &mut Vec<u8>) {
        path.extend(match self.stays_encoded {
            true => self.encoded.drain(..),
            false => self.bytes.drain(..),
        });
        *self = Self::default();
    }
}

fn check(text: &str) -> Result<(), PathError> {
    if text.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(PathError::InvalidCharacter)
    }
}

/// `pchar` and the slash (RFC 3986 §3.3), but not `;`: some programs treat what follows it as parameters.
fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,=:@".contains(&byte)
}

fn without_last_slash(path: Cow<'_, str>) -> Cow<'_, str> {
    if path.len() == 1 {
        return path;
    }
    match path {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_suffix('/').unwrap_or(text)),
        Cow::Owned(mut text) => {
            if text.ends_with('/') {
                text.pop();
            }
            Cow::Owned(text)
        }
    }
}

/// Delimiters in some program's reading of a path, and the percent sign that a second decoding would need.
const DELIMITERS: &[u8] = b"./\\;?#%";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unambiguous_paths_are_decoded() {
        for (raw, path) in [
            ("/", "/"),
            ("/tasks", "/tasks"),
            ("/tasks/", "/tasks"),
            ("/%74asks", "/tasks"),
            ("/tasks/%7E%2D%5F", "/tasks/~-_"),
            ("/a%40b/c:d", "/a@b/c:d"),
            ("/caf%C3%A9/a%20b", "/café/a b"),
            ("/a.b/..c/.d", "/a.b/..c/.d"),
            ("/x%2B+", "/x++"),
        ] {
            let read = RequestPath::parse(raw).map(|path| path.to_string());
            assert_eq!(read, Ok(path.to_owned()), "{raw}");
        }
    }

    #[test]
    fn what_needs_no_encoding_is_left_encoded_for_routers_that_compare_first() {
        for (raw, undecoded) in [
            ("/tasks", None),
            ("/caf%C3%A9/a%20b%22", None),
            ("/%74asks/", Some("/%74asks")),
            ("/a%40b/caf%C3%A9", Some("/a%40b/café")),
            ("/%7e", Some("/%7e")),
            ("/a%3cb", Some("/a%3cb")),
            ("/caf%c3%a9", Some("/caf%c3%a9")),
            ("/%e2%82%ac/caf%C3%A9%22", Some("/%e2%82%ac/café\"")),
            ("/caf%C3%A9%61", Some("/café%61")),
        ] {
            let read = RequestPath::parse(raw).unwrap();
            assert_eq!(read.undecoded(), undecoded, "{raw}");
        }
    }

    #[test]
    fn a_path_that_two_programs_could_read_differently_is_refused() {
        use PathError::{
            DotSegment, EmptySegment, EncodedDelimiter, InvalidCharacter, InvalidEncoding,
            NotAbsolute, NotUtf8,
        };
        for (raw, error) in [
            ("", NotAbsolute),
            ("*", NotAbsolute),
            ("tasks", NotAbsolute),
            ("//tasks", EmptySegment),
            ("/tasks//", EmptySegment),
            ("/a//b", EmptySegment),
            ("/..", DotSegment),
            ("/a/../b", DotSegment),
            ("/a/.", DotSegment),
            ("/a/./b", DotSegment),
            ("/a/.../b", DotSegment),
            ("/a/..%20/b", DotSegment),
            ("/a/%20", DotSegment),
            ("/a/%2e%2e/b", EncodedDelimiter),
            ("/a/.%2E/b", EncodedDelimiter),
            ("/a%2fb", EncodedDelimiter),
            ("/a%2Fb", EncodedDelimiter),
            ("/a%5cb", EncodedDelimiter),
            ("/a%3Bb", EncodedDelimiter),
            ("/a%3fb", EncodedDelimiter),
            ("/a%23b", EncodedDelimiter),
            ("/a%252fb", EncodedDelimiter),
            ("/a%00", EncodedDelimiter),
            ("/a%0d%0a", EncodedDelimiter),
            ("/a%7f", EncodedDelimiter),
            ("/a\\b", InvalidCharacter),
            ("/a;b=c/d", InvalidCharacter),
            ("/a b", InvalidCharacter),
            ("/a?b", InvalidCharacter),
            ("/a#b", InvalidCharacter),
            ("/café", InvalidCharacter),
            ("/a\u{0}", InvalidCharacter),
            ("/a{b}", InvalidCharacter),
            ("/a%", InvalidEncoding),
            ("/a%4", InvalidEncoding),
            ("/a%zz", InvalidEncoding),
            ("/a%+1", InvalidEncoding),
            ("/a%é", InvalidEncoding),
            ("/a%u002f", InvalidEncoding),
            ("/a%c0%af", NotUtf8),
            ("/a%ff", NotUtf8),
            ("/a%ed%a0%80", NotUtf8),
        ] {
            assert_eq!(RequestPath::parse(raw), Err(error), "{raw:?}");
        }
        let long = format!("/{}", "a".repeat(MAX_PATH_BYTES));
        assert_eq!(RequestPath::parse(&long), Err(PathError::TooLong));
        assert!(RequestPath::parse(&long[1..]).is_err());
        assert!(RequestPath::parse(&long[..MAX_PATH_BYTES]).is_ok());
    }

    #[test]
    fn accepted_paths_are_unambiguous_when_decoded() {
        // Every two bytes after `/a`, plain and encoded.
        for one in 0..=u8::MAX {
            for other in 0..=u8::MAX {
                let encoded = format!("/a%{one:02x}%{other:02X}");
                let plain = String::from_utf8(vec![b'/', b'a', one, other]);
                for raw in [Some(encoded), plain.ok()].into_iter().flatten() {
                    if let Ok(path) = RequestPath::parse(&raw) {
                        assert!(path.as_str().starts_with("/a"), "{raw:?}");
                        assert!(!path.as_str().contains(['%', '\\', ';', '\0']), "{raw:?}");
                        assert!(!path.as_str().contains("//"), "{raw:?}");
                    }
                }
            }
        }
    }
}
