//! The response headers that announce that a legacy issuer will be refused.
//!
//! | header | says | sent |
//! |---|---|---|
//! | `Deprecation` (RFC 9745 §2.1) | since when the issuer has been deprecated; since 1970 unless `deprecated_since` is set | always |
//! | `Sunset` (RFC 8594 §3) | from when its tokens are refused | if `sunset` is set |
//! | `Link` with `rel="deprecation"` (RFC 9745 §3) | where a developer can read about it | if `notice` is set |
//!
//! They are added to the handler's response to a legacy token, next to any such headers of the service itself. Clients that do not know them ignore them.

use std::time::{Duration, SystemTime};

use b2c_verify::NumericDate;
use http::{HeaderMap, HeaderName, HeaderValue, header::LINK};

/// The headers for responses to legacy tokens. They are made once, when the settings are checked.
#[derive(Debug)]
pub(crate) struct Announcement {
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Announcement {
    /// `since` is the start of the deprecation, `sunset` the time from which legacy tokens are refused, and `notice` a checked URL.
    pub(crate) fn new(
        since: Option<NumericDate>,
        sunset: Option<NumericDate>,
        notice: Option<&str>,
    ) -> Self {
        // RFC 9745 §2.1: a date as a structured field. Without `since`, the issuer counts as deprecated since 1970.
        let since = since.map_or(0, |since| since.as_secs());
        let headers = [
            (DEPRECATION, Some(format!("@{since}"))),
            (SUNSET, sunset.and_then(http_date)),
            // RFC 9745 §3.
            (
                LINK,
                notice.map(|it| format!("<{it}>; rel=\"deprecation\"")),
            ),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| {
            let value = HeaderValue::from_maybe_shared(value?).ok()?;
            Some((name, value))
        });
        Self {
            headers: headers.collect(),
        }
    }

    pub(crate) fn add_to(&self, response: &mut HeaderMap) {
        for (name, value) in &self.headers {
            response.append(name, value.clone());
        }
    }
}

/// RFC 8594 §3.
fn http_date(date: NumericDate) -> Option<String> {
    let seconds = Duration::from_secs(date.as_secs());
    let time = SystemTime::UNIX_EPOCH.checked_add(seconds)?;
    Some(httpdate::fmt_http_date(time))
}

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_have_the_forms_of_their_rfcs() {
        let announcement = Announcement::new(
            Some(NumericDate::from_secs(1_688_169_599)),
            Some(NumericDate::from_secs(1_806_451_200)),
            Some("https://contoso.example/moving"),
        );
        let mut headers = HeaderMap::new();
        announcement.add_to(&mut headers);
        assert_eq!(headers["deprecation"], "@1688169599");
        assert_eq!(headers["sunset"], "Wed, 31 Mar 2027 00:00:00 GMT");
        assert_eq!(
            headers["link"],
            "<https://contoso.example/moving>; rel=\"deprecation\""
        );
    }
}
