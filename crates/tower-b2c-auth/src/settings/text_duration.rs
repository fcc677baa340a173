//! Durations with a unit.

use std::{fmt, time::Duration};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Visitor},
};

/// A duration as text with a unit: `"0s"`, `"5m"`, `"24h"`, `"7d"`.
///
/// It keeps the text as typed, so that building the layer can report a mistake in it together with all the others.
///
/// ```
/// use std::time::Duration;
/// use tower_b2c_auth::{B2cAuthLayer, TextDuration, b2c};
///
/// assert_eq!(TextDuration::from(Duration::from_secs(90)).as_str(), "1m 30s");
///
/// let layer = |skew: &str| B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").clock_skew(skew).build();
/// assert!(layer("1m 30s").is_ok());
/// // A number needs its unit (only `0` does not).
/// assert!(layer("90").is_err());
/// ```
///
/// The units are those of [humantime](https://docs.rs/humantime): `ms`, `s`, `m`, `h`, `d` and longer ones. They may be combined, as in `1h 30m`.
/// Their case matters: `m` is a minute, and `M` a month.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TextDuration(String);

impl TextDuration {
    /// The text as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// # Errors
    ///
    /// What is wrong with the text, and how to write it.
    pub(crate) fn parse(&self) -> Result<Duration, &'static str> {
        let text = self.0.trim();
        if text.starts_with('-') {
            return Err("must not be negative; write a duration with a unit, such as \"60s\"");
        }
        humantime::parse_duration(text)
            .map_err(|_| "is not a duration; write a number with a unit, such as \"0s\", \"5m\", \"24h\" or \"7d\"")
    }
}

impl<'de> Deserialize<'de> for TextDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = TextDuration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration in quotes with a unit, such as \"5m\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TextDuration, E> {
                Ok(text.into())
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl fmt::Debug for TextDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<Duration> for TextDuration {
    fn from(duration: Duration) -> Self {
        Self(humantime::format_duration(duration).to_string())
    }
}

impl From<&str> for TextDuration {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_survives_the_way_through_text() {
        for seconds in [0, 1, 60, 90, 3600, 86_400, 604_800] {
            let duration = Duration::from_secs(seconds);
            assert_eq!(TextDuration::from(duration).parse(), Ok(duration));
        }
    }

    #[test]
    fn negative_and_unitless_text_is_refused() {
        for text in ["-1s", "-60s", "60", "", "soon", "1 fortnight"] {
            assert!(TextDuration::from(text).parse().is_err(), "{text}");
        }
    }
}
