//! The clock, and times as text and numbers.

use std::{sync::Arc, time::SystemTime};

use time::OffsetDateTime;

pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

#[expect(
    clippy::disallowed_methods,
    reason = "the default; tests pass their own clock"
)]
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}

/// `2026-11-26 08:10:00Z`, as in B2C's error texts.
pub(crate) fn timestamp(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Seconds since 1970, or 0 for an earlier time.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
