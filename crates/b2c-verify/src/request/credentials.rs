//! `Authorization` header ─▶ `Credentials`: RFC 6750 §2.1, RFC 9110 §11.4.

use std::fmt;

use super::CredentialsError;

/// The token text of a request (RFC 6750 §2): not empty, otherwise unchecked.
///
/// `Debug` shows only the length, and there is no `Display`, so the text cannot end up in a log by accident.
///
/// ```
/// use b2c_verify::{Credentials, CredentialsError};
///
/// let credentials = Credentials::from_authorization([b"bearer abc.def.ghi".as_slice()])?;
/// assert_eq!(credentials.as_bytes(), b"abc.def.ghi");
///
/// let refused = Credentials::from_authorization([b"Basic YWJj".as_slice()]);
/// assert_eq!(refused.unwrap_err(), CredentialsError::Missing);
/// # Ok::<(), CredentialsError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'a>(pub(crate) &'a [u8]);

impl<'a> Credentials<'a> {
    /// Reads the token that follows the scheme `Bearer` (RFC 6750 §2.1). Pass all `Authorization` values of the request.
    ///
    /// The scheme is case-insensitive (RFC 9110 §11.1).
    ///
    /// # Errors
    ///
    /// [`Missing`](CredentialsError::Missing) without a header or with a different scheme, [`Empty`](CredentialsError::Empty) or
    /// [`Repeated`](CredentialsError::Repeated).
    pub fn from_authorization(
        values: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, CredentialsError> {
        let mut values = values.into_iter();
        let value = values.next().ok_or(CredentialsError::Missing)?;
        if values.next().is_some() {
            return Err(CredentialsError::Repeated);
        }
        if value.iter().all(|&byte| byte == b' ') {
            return Err(CredentialsError::Empty);
        }
        // A tab ends the scheme too: `Bearer<TAB>token` is a malformed bearer token, not an unknown scheme.
        let end = value
            .iter()
            .position(|byte| matches!(byte, b' ' | b'\t'))
            .unwrap_or(value.len());
        let (scheme, rest) = value.split_at_checked(end).unwrap_or((value, &[]));
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(CredentialsError::Missing);
        }
        let spaces = rest.iter().take_while(|&&byte| byte == b' ').count();
        Self::from_bare(rest.get(spaces..).unwrap_or_default())
    }

    /// Like [`from_authorization`](Self::from_authorization), but the scheme is optional, as in API Management's
    /// [`<validate-jwt>`](https://learn.microsoft.com/azure/api-management/validate-jwt-policy) without `require-scheme`.
    ///
    /// ```
    /// use b2c_verify::{Credentials, CredentialsError};
    ///
    /// for value in ["Bearer abc", "abc"] {
    ///     let credentials = Credentials::from_authorization_with_or_without_scheme([value.as_bytes()])?;
    ///     assert_eq!(credentials.as_bytes(), b"abc");
    /// }
    /// let refused = Credentials::from_authorization_with_or_without_scheme([b"Basic abc".as_slice()]);
    /// assert_eq!(refused.unwrap_err(), CredentialsError::Missing);
    /// # Ok::<(), CredentialsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_authorization`](Self::from_authorization). A value without a space or a tab is a bare token, unless it is `Bearer`.
    pub fn from_authorization_with_or_without_scheme(
        values: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, CredentialsError> {
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(value), None)
                if !value.is_empty()
                    && !value.eq_ignore_ascii_case(SCHEME)
                    && !value.iter().any(|byte| matches!(byte, b' ' | b'\t')) =>
            {
                Self::from_bare(value)
            }
            (first, second) => Self::from_authorization(first.into_iter().chain(second)),
        }
    }

    /// Takes the bare token from another header, a query parameter (RFC 6750 §2.3) or a cookie.
    ///
    /// ```
    /// use b2c_verify::{Credentials, CredentialsError};
    ///
    /// assert_eq!(Credentials::from_bare(b"abc.def.ghi")?.as_bytes(), b"abc.def.ghi");
    ///
    /// assert_eq!(Credentials::from_bare(b"").unwrap_err(), CredentialsError::Empty);
    /// # Ok::<(), CredentialsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Empty`](CredentialsError::Empty).
    pub const fn from_bare(value: &'a [u8]) -> Result<Self, CredentialsError> {
        if value.is_empty() {
            Err(CredentialsError::Empty)
        } else {
            Ok(Self(value))
        }
    }

    /// The token as the client sent it. Keep it out of logs.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Checks that the text is a `b64token` (RFC 6750 §2.1). This only refines a refusal: every token that passes the other checks passes this one.
    ///
    /// ```
    /// use b2c_verify::{Credentials, CredentialsError};
    ///
    /// assert_eq!(Credentials::from_bare(b"abc.def.ghi")?.check_characters(), Ok(()));
    ///
    /// let refused = Credentials::from_bare(b"abc, def")?.check_characters();
    /// assert_eq!(refused, Err(CredentialsError::InvalidCharacter));
    /// # Ok::<(), CredentialsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidCharacter`](CredentialsError::InvalidCharacter).
    pub fn check_characters(self) -> Result<(), CredentialsError> {
        let padding = self
            .0
            .iter()
            .rev()
            .take_while(|&&byte| byte == b'=')
            .count();
        let (characters, _) = self
            .0
            .split_at_checked(self.0.len() - padding)
            .unwrap_or_default();
        // No early exit: the compiler vectorizes the fold, which saves more time than stopping at the first bad byte.
        let valid = characters
            .iter()
            .fold(true, |valid, &byte| valid & is_b64token(byte));
        if valid && !characters.is_empty() {
            Ok(())
        } else {
            Err(CredentialsError::InvalidCharacter)
        }
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials(<{} bytes>)", self.0.len())
    }
}

/// With as few comparisons as possible: a flood of refusals spends its time here.
const fn is_b64token(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // `-`, `.`, `/` and the digits are adjacent in ASCII.
    let is_from_dash_to_nine = byte.wrapping_sub(b'-') <= b'9' - b'-';
    is_letter | is_from_dash_to_nine | (byte == b'_') | (byte == b'~') | (byte == b'+')
}

const SCHEME: &[u8] = b"Bearer";

#[cfg(test)]
mod tests {
    use super::*;

    fn checked<'a>(
        credentials: Result<Credentials<'a>, CredentialsError>,
    ) -> Result<&'a [u8], CredentialsError> {
        let credentials = credentials?;
        credentials.check_characters()?;
        Ok(credentials.as_bytes())
    }

    #[test]
    fn authorization_headers_are_read_as_rfc_6750_says() {
        let cases: &[(&[u8], Result<&str, CredentialsError>)] = &[
            (b"Bearer abc", Ok("abc")),
            (b"bearer abc", Ok("abc")),
            (b"BEARER abc", Ok("abc")),
            (b"Bearer    abc", Ok("abc")),
            (b"Bearer aZ09-._~+/==", Ok("aZ09-._~+/==")),
            (b"", Err(CredentialsError::Empty)),
            (b"   ", Err(CredentialsError::Empty)),
            (b"Bearer", Err(CredentialsError::Empty)),
            (b"Bearer   ", Err(CredentialsError::Empty)),
            (b"Basic abc", Err(CredentialsError::Missing)),
            (b"Bearerabc", Err(CredentialsError::Missing)),
            (b"abc.def.ghi", Err(CredentialsError::Missing)),
            (b"Bearer: abc", Err(CredentialsError::Missing)),
            (b"Bearer,abc", Err(CredentialsError::Missing)),
            (b"Bearer\tabc", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer \tabc", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer abc ", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer abc def", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer abc,def", Err(CredentialsError::InvalidCharacter)),
            (
                b"Bearer abc, Bearer def",
                Err(CredentialsError::InvalidCharacter),
            ),
            (b"Bearer \"abc\"", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer a=b", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer ==", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer a\0b", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer a\r\nb", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer a\x7fb", Err(CredentialsError::InvalidCharacter)),
            (
                "Bearer ä".as_bytes(),
                Err(CredentialsError::InvalidCharacter),
            ),
            (b"Bearer \xff\xfe", Err(CredentialsError::InvalidCharacter)),
        ];
        for &(value, expected) in cases {
            let credentials = Credentials::from_authorization([value]);
            assert_eq!(
                checked(credentials),
                expected.map(str::as_bytes),
                "{}",
                value.escape_ascii()
            );
        }
    }

    #[test]
    fn the_scheme_can_be_optional() {
        let cases: &[(&[u8], Result<&str, CredentialsError>)] = &[
            (b"Bearer abc", Ok("abc")),
            (b"bearer   abc", Ok("abc")),
            (b"abc.def.ghi", Ok("abc.def.ghi")),
            (b"", Err(CredentialsError::Empty)),
            (b"  ", Err(CredentialsError::Empty)),
            (b"Bearer", Err(CredentialsError::Empty)),
            (b"bearer ", Err(CredentialsError::Empty)),
            (b"Basic abc", Err(CredentialsError::Missing)),
            (b"abc ", Err(CredentialsError::Missing)),
            (b"abc,def", Err(CredentialsError::InvalidCharacter)),
            (b"Bearer abc def", Err(CredentialsError::InvalidCharacter)),
            (b"\xff", Err(CredentialsError::InvalidCharacter)),
        ];
        for &(value, expected) in cases {
            let credentials = Credentials::from_authorization_with_or_without_scheme([value]);
            assert_eq!(
                checked(credentials),
                expected.map(str::as_bytes),
                "{}",
                value.escape_ascii()
            );
        }
        let two: [&[u8]; 2] = [b"abc", b"abc"];
        assert_eq!(
            Credentials::from_authorization_with_or_without_scheme(two),
            Err(CredentialsError::Repeated)
        );
        assert_eq!(
            Credentials::from_authorization_with_or_without_scheme([]),
            Err(CredentialsError::Missing)
        );
    }

    #[test]
    fn no_header_is_missing_and_two_headers_are_repeated() {
        assert_eq!(
            Credentials::from_authorization([]),
            Err(CredentialsError::Missing)
        );
        let two: [&[u8]; 2] = [b"Bearer abc", b"Bearer abc"];
        assert_eq!(
            Credentials::from_authorization(two),
            Err(CredentialsError::Repeated)
        );
        let mixed: [&[u8]; 2] = [b"Basic abc", b"Bearer abc"];
        assert_eq!(
            Credentials::from_authorization(mixed),
            Err(CredentialsError::Repeated)
        );
    }

    #[test]
    fn a_bare_value_is_the_token_and_nothing_else() {
        let read = |value| checked(Credentials::from_bare(value));
        assert_eq!(read(b"abc"), Ok(b"abc".as_slice()));
        assert_eq!(read(b""), Err(CredentialsError::Empty));
        assert_eq!(read(b" abc"), Err(CredentialsError::InvalidCharacter));
        assert_eq!(read(b"Bearer abc"), Err(CredentialsError::InvalidCharacter));
    }

    #[test]
    fn only_the_characters_of_a_b64token_are_allowed() {
        for byte in 0..=u8::MAX {
            let allowed = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            let found = checked(Credentials::from_bare(&[byte])).is_ok();
            assert_eq!(found, allowed, "{byte:#x}");
        }
    }
}
