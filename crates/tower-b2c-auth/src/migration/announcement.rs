//! The response headers that announce that a legacy issuer will be refused.
//!
//! | header | says | from |
//! |---|---|---|
//! | `Deprecation` (RFC 9745 §2.1) | since when the issuer is deprecated; since 1970 unless `deprecated_since` is set | always |
//! | `Sunset` (RFC 8594 §3) | from when its tokens are refused | `sunset` |
//! | `Link` with `rel="deprecation"` (RFC 9745 §3) | where a developer can read about it | `notice` |
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
        let mut headers = Vec::new();
        // RFC 9745 §2.1: a date as a structured field. Without `since`, the issuer counts as deprecated since 1970.
        let since = since.map_or(0, |since| since.as_unix().as_secs());
        headers.extend(value(format!("@{since}")).map(|value| (DEPRECATION, value)));
        // RFC 8594 §3: an HTTP date.
        let date =
            sunset.and_then(|sunset| SystemTime::UNIX_EPOCH.checked_add(whole_seconds(sunset)));
        headers.extend(
            date.and_then(|date| value(httpdate::fmt_http_date(date)))
                .map(|value| (SUNSET, value)),
        );
        // RFC 9745 §3.
        let notice = notice.and_then(|notice| value(format!("<{notice}>; rel=\"deprecation\"")));
        headers.extend(notice.map(|value| (LINK, value)));
        Self { headers }
    }

    pub(crate) fn add_to(&self, response: &mut HeaderMap) {
        for (name, value) in &self.headers {
            response.append(name, value.clone());
        }
    }
}

fn whole_seconds(date: NumericDate) -> Duration {
    Duration::from_secs(date.as_unix().as_secs())
}

fn value(text: String) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(text).ok()
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
