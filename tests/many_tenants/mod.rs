//! Ten thousand tenants in one layer: what a request costs, and what adding or removing a tenant costs the others.

mod at_run_time;
mod directory;
mod shared_keys;
mod source;
mod unknown_issuers;

use b2c_emulator::Emulator;
use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, ManualClock};

use self::directory::Directory;
use crate::support::{API_ID, POLICY, app, manual_clock, status, tenant_at};

/// What signs the tokens of all tenants, until a tenant gets a key of its own.
struct World {
    signer: Emulator,
    directory: Directory,
    clock: ManualClock,
}

impl World {
    async fn new() -> Self {
        let clock = manual_clock();
        let signer = tenant_at(&clock).await;
        let directory = Directory::new(&signer.signing_key(POLICY));
        Self {
            signer,
            directory,
            clock,
        }
    }

    /// A layer over the tenants that fetches from the directory.
    fn layer(&self) -> B2cAuthBuilder {
        let builder = B2cAuthLayer::builder().audience(API_ID);
        builder
            .fetch(self.directory.clone())
            .clock(self.clock.clone())
    }

    /// A token of the tenant with this number.
    fn token(&self, tenant: usize) -> String {
        let issuer = directory::issuer(tenant);
        self.signer.token(POLICY).issuer(issuer).sign()
    }
}
