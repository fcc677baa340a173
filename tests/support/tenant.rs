use b2c_emulator::Emulator;
use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, ManualClock, from_metadata};

use super::emulator_time;

/// A tenant whose tokens are valid at the time of this clock.
pub(crate) async fn tenant_at(clock: &ManualClock) -> Emulator {
    let builder = Emulator::builder().clock(emulator_time(clock));
    builder.start().await.unwrap()
}

/// A layer for the tenant's default policy and [`API_ID`].
pub(crate) fn layer_for(tenant: &Emulator) -> B2cAuthBuilder {
    B2cAuthLayer::builder()
        .authority(from_metadata(tenant.metadata_url(POLICY)))
        .audience(API_ID)
}

/// The emulator's default policy.
pub(crate) const POLICY: &str = "B2C_1_signupsignin1";
/// The emulator's default audience.
pub(crate) const API_ID: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
/// Another application of the same tenant.
pub(crate) const OTHER_API_ID: &str = "11112222-bbbb-3333-cccc-4444dddd5555";
