//! Entra ID's tokens of any tenant, behind a switch: which are accepted, whose key signs for whom, and what stands beside it.

mod beside_others;
mod keys;
mod provider;
mod settings;
mod tokens;

use axum::{Router, routing::get};
use b2c_emulator::{Emulator, SigningKey, TokenBuilder};
use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, ManualClock, VerifiedClaims, entra_id};

use self::provider::Provider;
use crate::support::{API_ID, POLICY, ask, manual_clock, status, tenant_at, text};

const A: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const B: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
/// The tenant of personal Microsoft accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const CLIENT: &str = "22223333-cccc-4444-dddd-5555eeee6666";

/// Metadata for any tenant, whose keys are called "one", like everybody's.
struct World {
    clock: ManualClock,
    tokens: Emulator,
    provider: Provider,
    key: SigningKey,
}

impl World {
    async fn start() -> Self {
        let clock = manual_clock();
        let key = key();
        let provider = Provider::default();
        for tenants in ["organizations", "common"] {
            provider.publish(
                &at(GLOBAL, tenants),
                &v2("{tenantid}"),
                [bound(&key, &v2("{tenantid}"))],
            );
        }
        Self {
            tokens: tenant_at(&clock).await,
            clock,
            provider,
            key,
        }
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
        let token = self.tokens.token(POLICY).without("tfp").issuer(issuer);
        let token = token.client_id(CLIENT).claim("tid", tenant);
        token.kid("one").key(&self.key)
    }

    /// Of version 2.0, from this tenant.
    fn of(&self, tenant: &str) -> TokenBuilder {
        self.token(&v2(tenant), tenant)
    }
}

const GLOBAL: &str = "login.microsoftonline.com";

fn key() -> SigningKey {
    SigningKey::generate().unwrap().with_kid("one")
}

/// Where the metadata of these tenants is.
fn at(host: &str, tenants: &str) -> String {
    format!("https://{host}/{tenants}/v2.0")
}

fn v2(tenant: &str) -> String {
    at(GLOBAL, tenant)
}

fn v1(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

/// The key, as it is published for this issuer.
fn bound(key: &SigningKey, issuer: &str) -> serde_json::Value {
    let mut jwk = key.public_jwk();
    jwk["issuer"] = issuer.into();
    jwk
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
