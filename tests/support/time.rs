use std::time::{Duration, SystemTime};

use b2c_verify::NumericDate;
use tower_b2c_auth::{Clock as _, ManualClock};

/// A clock that stands at [`NOW`].
pub(crate) fn manual_clock() -> ManualClock {
    ManualClock::at(NumericDate::from_secs(NOW))
}

/// The same clock for the emulator, so that its tokens are valid when the layer looks at them.
pub(crate) fn emulator_time(
    clock: &ManualClock,
) -> impl Fn() -> SystemTime + Send + Sync + 'static {
    let clock = clock.clone();
    move || SystemTime::UNIX_EPOCH + clock.now().as_unix()
}

/// Where a manual clock starts, and so the `iat` of the first tokens: 2027-01-15T08:00:00Z.
pub(crate) const NOW: u64 = 1_800_000_000;

/// The emulator's default lifetime of tokens.
pub(crate) const LIFETIME: Duration = Duration::from_secs(3600);
