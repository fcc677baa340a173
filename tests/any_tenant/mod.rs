//! Entra ID's tokens of any tenant, behind a switch: which are accepted, whose key signs for whom, and what stands beside it.

mod beside_others;
mod keys;
mod provider;
mod settings;
mod tokens;

use axum::{Router, routing::get};
use b2c_emulator::{Emulator, Endpoint, Fault, SigningKey, TokenBuilder};
use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, ManualClock, VerifiedClaims, entra_id};

use self::provider::Provider;
use crate::support::{API_ID, ask, manual_clock, status, text};

const A: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const B: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
/// The tenant of personal Microsoft accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const CLIENT: &str = "22223333-cccc-4444-dddd-5555eeee6666";

/// Entra ID, whose key is called "one", like everybody's.
struct World {
    clock: ManualClock,
    entra_id: Emulator,
    provider: Provider,
    key: SigningKey,
}

impl World {
    fn start() -> Self {
        let clock = manual_clock();
        let key = key();
        let entra_id = provider::entra_id(&clock, GLOBAL, NOBODY, &key);
        let provider = Provider::default();
        provider.add(&entra_id);
        Self {
            clock,
            entra_id,
            provider,
            key,
        }
    }

    /// Gives the tenant metadata of its own, with a new key, and returns the key.
    fn own_key(&self, tenant: &str) -> SigningKey {
        let key = key();
        let own = provider::entra_id(&self.clock, GLOBAL, tenant, &key);
        self.provider.add(&own);
        key
    }

    /// Nothing usable can be fetched any more.
    fn go_down(&self) {
        self.entra_id.fault(Endpoint::Both, Fault::HtmlWith200);
    }

    fn builder(&self) -> B2cAuthBuilder {
        let builder = B2cAuthLayer::builder().audience(API_ID);
        builder
            .fetch(self.provider.clone())
            .clock(self.clock.clone())
    }

    /// A layer for any tenant but that of personal accounts.
    fn organizations(&self) -> B2cAuthBuilder {
        self.builder()
            .authority(entra_id("organizations").danger_accept_any_tenant())
    }

    /// From this issuer and with this tenant, signed with the key for every tenant.
    fn token(&self, issuer: &str, tenant: &str) -> TokenBuilder {
        let token = self.entra_id.token("").client_id(CLIENT);
        let version_2 = issuer.ends_with("/v2.0");
        let token = if version_2 { token } else { token.version_1() };
        let token = token.issuer(issuer).claim("tid", tenant);
        token.kid("one").key(&self.key).scope("tasks.read")
    }

    /// Of version 2.0, from this tenant.
    fn of(&self, tenant: &str) -> TokenBuilder {
        self.token(&v2(tenant), tenant)
    }
}

/// The tenant of the emulator itself, whose tokens nobody sends.
const NOBODY: &str = "ffffaaaa-6666-bbbb-7777-cccc8888dddd";
const GLOBAL: &str = "login.microsoftonline.com";

fn key() -> SigningKey {
    SigningKey::generate().unwrap().with_kid("one")
}

fn at(host: &str, tenants: &str) -> String {
    format!("https://{host}/{tenants}/v2.0")
}

fn v2(tenant: &str) -> String {
    at(GLOBAL, tenant)
}

fn v1(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

/// Says who was let in, by which authority.
fn who(auth: &B2cAuthLayer) -> Router {
    let show = |claims: VerifiedClaims| async move {
        format!(
            "{} of {}",
            claims.text("tid").unwrap_or_default(),
            claims.authority()
        )
    };
    Router::new().route("/", get(show)).layer(auth.clone())
}

/// What [`who`] says; a status if nobody was let in.
async fn answer(app: &Router, token: &str) -> String {
    let response = ask(app, token).await;
    match response.status().as_u16() {
        200 => text(response).await,
        status => status.to_string(),
    }
}
