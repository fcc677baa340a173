//! Two issuers for a while: stages, evidence, isolation, and settings that change under load.

mod external_id;
mod isolation;
mod listed;
mod report;
mod report_only;
mod stages;
mod swap;
mod users;

use b2c_emulator::{Emulator, IssuerForm};
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, ManualClock, MigrationSettings, Settings,
    migration::Stage,
};

use crate::support::{API_ID, POLICY, emulator_time, manual_clock};

const WEB: &str = "web-app";
const MOBILE: &str = "mobile-app";

async fn tenant() -> (Emulator, ManualClock) {
    let clock = manual_clock();
    let tenant = Emulator::builder()
        .clock(emulator_time(&clock))
        .start()
        .await
        .unwrap();
    (tenant, clock)
}

/// The how-to's migration: one metadata document, whose keys also sign for the legacy issuer.
fn settings(tenant: &Emulator, stage: Stage) -> Settings {
    Settings {
        audiences: vec![API_ID.into()],
        authorities: vec![AuthoritySettings::openid_config(
            tenant.metadata_url(POLICY),
        )],
        migration: Some(MigrationSettings {
            stage,
            ..MigrationSettings::from_issuer(tenant.issuer(&IssuerForm::Legacy))
        }),
        ..Settings::default()
    }
}

fn layer(settings: Settings, clock: &ManualClock) -> B2cAuthLayer {
    B2cAuthBuilder::from(settings)
        .clock(clock.clone())
        .build()
        .unwrap()
}

fn token(tenant: &Emulator, application: &str, issuer: &IssuerForm) -> String {
    tenant
        .token(POLICY)
        .client_id(application)
        .issuer(tenant.issuer(issuer))
        .sign()
}
