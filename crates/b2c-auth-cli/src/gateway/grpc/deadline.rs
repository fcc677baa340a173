//! The deadline of a call, from its `grpc-timeout`.

use std::time::Duration;

use tonic::metadata::MetadataMap;

/// The time to answer: three quarters of the caller's timeout, so the answer arrives in time.
pub(super) fn of(metadata: &MetadataMap) -> Duration {
    let given = metadata.get("grpc-timeout");
    let given = given.and_then(|text| parse(text.to_str().ok()?));
    let timeout = given.unwrap_or(DEFAULT).min(DEFAULT);
    timeout - timeout / 4
}

/// Parses at most eight digits and a unit (gRPC over HTTP/2).
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// For callers without a timeout or with a longer one. With the default settings, the layer never waits this long for keys.
const DEFAULT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_comes_before_the_caller_gives_up() {
        let of = |text: &'static str| {
            let mut metadata = MetadataMap::new();
            metadata.insert(
                "grpc-timeout",
                tonic::metadata::MetadataValue::from_static(text),
            );
            super::of(&metadata)
        };
        assert_eq!(of("200m"), Duration::from_millis(150));
        assert_eq!(of("2S"), Duration::from_millis(1500));
        assert_eq!(of("99999999H"), Duration::from_secs(45));
        for nonsense in ["", "m", "1", "1x", "-1S", "123456789n", "1é"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }
}
