//! One line of the map.

use axum::http::HeaderValue;
use serde::Deserialize;

/// An entry as written in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) issuer: String,
    pub(super) user_id: String,
    pub(super) user: String,
}

impl Entry {
    /// The value of the user's header.
    ///
    /// # Errors
    ///
    /// What is wrong. The text leaves out the values, which are personal data.
    pub(super) fn check(&self) -> Result<HeaderValue, &'static str> {
        let is_url = self.issuer.starts_with("https://") || self.issuer.starts_with("http://");
        if !is_url || self.issuer.trim() != self.issuer {
            return Err("issuer is not a URL; write it as it is in the iss of tokens");
        }
        if self.user_id.is_empty() || self.user_id.trim() != self.user_id {
            return Err("user_id is empty, or begins or ends with a space; it is compared exactly");
        }
        if [&self.issuer, &self.user_id]
            .iter()
            .any(|text| text.contains(char::is_control))
        {
            return Err(
                "issuer or user_id has a control character, such as a line feed; is a quotation mark misplaced?",
            );
        }
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'%' | b',');
        if !(1..=MAX_USER_BYTES).contains(&self.user.len()) || !self.user.bytes().all(is_plain) {
            return Err(
                "user cannot be sent as a header: it needs 1 to 256 visible ASCII characters, without % and comma",
            );
        }
        HeaderValue::from_str(&self.user).map_err(|_| "user cannot be sent as a header")
    }
}

const MAX_USER_BYTES: usize = 256;
