//! Promises where parts meet: a layer beside another layer, several authorities, a swap beside `forget_key`, a restart, a runtime that nobody drives.

mod authorities;
mod gate;
mod layers;
mod on_demand;
mod restart;
mod state;
mod waiting;
mod without_request;
mod without_task;

use std::time::Duration;

use b2c_emulator::{Emulator, IssuerForm, SigningKey};
use tower_b2c_auth::{AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, ManualClock, Settings};

use self::gate::Gate;
use crate::support::{
    API_ID, POLICY, app, ask, emulator_time, layer_for, manual_clock, quick, status, tenant_at,
};

/// A tenant, and another one with the same signing key, as B2C's user flows have it.
async fn two_tenants(clock: &ManualClock) -> (Emulator, Emulator) {
    let key = SigningKey::generate().unwrap();
    let contoso = Emulator::builder()
        .signing_key(key.clone())
        .clock(emulator_time(clock));
    let fabrikam = Emulator::builder()
        .tenant("fabrikam")
        .tenant_id("bbbbcccc-1111-dddd-2222-eeee3333ffff")
        .signing_key(key)
        .clock(emulator_time(clock));
    (
        contoso.start().await.unwrap(),
        fabrikam.start().await.unwrap(),
    )
}

/// An authority for the tenant's default policy.
fn authority(name: &str, tenant: &Emulator) -> AuthoritySettings {
    AuthoritySettings {
        name: Some(name.into()),
        ..AuthoritySettings::openid_config(tenant.metadata_url(POLICY))
    }
}

fn settings(authorities: impl IntoIterator<Item = AuthoritySettings>) -> Settings {
    Settings {
        audiences: vec![API_ID.into()],
        authorities: authorities.into_iter().collect(),
        ..Settings::default()
    }
}

fn build(settings: &Settings, clock: &ManualClock) -> B2cAuthLayer {
    let builder = B2cAuthBuilder::from(settings.clone());
    builder.clock(clock.clone()).build().unwrap()
}

fn legacy_issuer(tenant: &Emulator) -> String {
    tenant.issuer(&IssuerForm::Legacy)
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
