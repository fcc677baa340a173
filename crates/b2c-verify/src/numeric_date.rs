//! JSON number ─▶ `NumericDate`: RFC 7519 §2.

use std::time::{Duration, SystemTime};

/// A point in time: seconds since 1970-01-01T00:00:00Z, ignoring leap seconds (RFC 7519 §2, "NumericDate").
///
/// It is the type of `exp`, `nbf`, `iat` and `auth_time`, and of the current time. It has nanosecond precision.
///
/// ```
/// use std::time::Duration;
/// use b2c_verify::NumericDate;
///
/// let issued = NumericDate::from_secs(1_700_000_000);
/// let later = issued.saturating_add(Duration::from_millis(1));
/// assert!(issued < later);
/// assert_eq!(later.as_secs(), 1_700_000_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumericDate(Duration);

impl NumericDate {
    /// The time `seconds` after the Unix epoch.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The time `since_epoch` after the Unix epoch.
    #[must_use]
    pub const fn from_unix(since_epoch: Duration) -> Self {
        Self(since_epoch)
    }

    /// The duration since the Unix epoch.
    #[must_use]
    pub const fn as_unix(self) -> Duration {
        self.0
    }

    /// The whole seconds since the Unix epoch.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0.as_secs()
    }

    /// This time plus `duration`, or the largest representable time.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }

    /// This time minus `duration`, or the Unix epoch if that is later.
    #[must_use]
    pub const fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration))
    }

    /// Parses a JSON number from the Unix epoch to the end of the year 9999. `None` for any other JSON text.
    pub(crate) fn from_json(json: &str) -> Option<Self> {
        let since_epoch = if !json.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        } else if let Ok(seconds) = json.parse() {
            Duration::from_secs(seconds)
        } else {
            // `f64` parses every JSON number. A large exponent yields infinity, which `try_from` refuses.
            Duration::try_from_secs_f64(json.parse().ok()?).ok()?
        };
        (since_epoch.as_secs() <= LAST_SECOND_OF_9999).then_some(Self(since_epoch))
    }
}

impl From<SystemTime> for NumericDate {
    /// Times before the Unix epoch become the epoch.
    fn from(time: SystemTime) -> Self {
        Self(
            time.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default(),
        )
    }
}

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can express. A later date is a mistake or an attempted overflow.
const LAST_SECOND_OF_9999: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_from_the_epoch_to_the_year_9999_are_dates() {
        for (json, expected) in [
            ("0", Some(Duration::ZERO)),
            ("1700000000", Some(Duration::from_secs(1_700_000_000))),
            (
                "1700000000.5",
                Some(Duration::from_millis(1_700_000_000_500)),
            ),
            ("1.7e9", Some(Duration::from_secs(1_700_000_000))),
            ("0.0", Some(Duration::ZERO)),
            ("1e-400", Some(Duration::ZERO)),
            ("253402300799", Some(Duration::from_secs(253_402_300_799))),
            ("253402300800", None),
            ("9007199254740992", None),
            ("18446744073709551615", None),
            ("18446744073709551616", None),
            ("1e308", None),
            ("1e400", None),
            ("-1", None),
            ("-0", None),
            ("-1e9", None),
            ("\"1700000000\"", None),
            ("null", None),
            ("true", None),
            ("NaN", None),
            ("inf", None),
            ("Infinity", None),
            ("", None),
            ("[1]", None),
        ] {
            let date = NumericDate::from_json(json);
            // An empty text is no JSON value and never gets here; it must not become a date either.
            assert_eq!(date.map(NumericDate::as_unix), expected, "{json}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(
            NumericDate::from_secs(5).saturating_sub(Duration::from_secs(9)),
            NumericDate::from_secs(0)
        );
        assert_eq!(
            NumericDate::from_unix(Duration::MAX).saturating_add(Duration::from_secs(1)),
            NumericDate::from_unix(Duration::MAX)
        );
        assert_eq!(
            NumericDate::from(SystemTime::UNIX_EPOCH - Duration::from_secs(1)),
            NumericDate::from_secs(0)
        );
    }
}
