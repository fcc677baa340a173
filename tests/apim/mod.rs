//! Policies of API Management as the configuration of the layer.

mod azure_ad;
mod decisions;
mod examples;
mod howto;
mod inline_keys;
mod refusal_bodies;
mod refused_policies;
mod rewritten_token;
mod rules;
mod token_sources;

use axum::{Router, routing::get};
use b2c_emulator::{Emulator, TokenBuilder};
use b2c_verify::NumericDate;
use http::Method;
use tower_b2c_auth::{
    B2cAuthBuilder, B2cAuthLayer, Clock as _, ManualClock, Settings, VerifiedClaims,
    apim::{self, ReadOptions},
};

use crate::support::{Answer, Api, POLICY, manual_clock, tenant_at};

/// A tenant with a stopped clock, in place of the one that the policies name.
struct World {
    clock: ManualClock,
    tenant: Emulator,
}

impl World {
    async fn start() -> Self {
        let clock = manual_clock();
        Self {
            tenant: tenant_at(&clock).await,
            clock,
        }
    }

    /// The policy with the local tenant's URLs.
    fn policy(&self, document: &str) -> String {
        document.replace(B2C_HOST, &self.tenant.base_url())
    }

    fn settings(&self, document: &str, options: &ReadOptions) -> Settings {
        read(&self.policy(document), options)
    }

    /// An API on a socket, behind the layer that the policy stands for.
    async fn api(&self, document: &str, options: &ReadOptions) -> Api {
        self.serve(self.settings(document, options)).await
    }

    async fn serve(&self, settings: Settings) -> Api {
        let builder = B2cAuthBuilder::from(settings).clock(self.clock.clone());
        Api::serve(protected(builder.build().unwrap())).await
    }

    /// An access token of the tenant's user flow for the how-to's application.
    fn token(&self) -> TokenBuilder {
        self.tenant.token(POLICY)
    }

    fn now(&self) -> u64 {
        NumericDate::as_unix(self.clock.now()).as_secs()
    }
}

/// Reads a policy, and checks that nothing gets lost on its way through TOML.
fn read(document: &str, options: &ReadOptions) -> Settings {
    let converted = apim::read(document, options).unwrap();
    let toml = converted.to_toml().unwrap();
    assert_eq!(
        Settings::from_toml(&toml).as_ref(),
        Ok(&converted.settings),
        "{toml}"
    );
    converted.settings
}

fn protected(auth: B2cAuthLayer) -> Router {
    let greet = async |claims: VerifiedClaims| claims.issuer().to_owned();
    Router::new().route("/tasks", get(greet)).layer(auth)
}

/// Each token with what becomes of it.
async fn assert_decisions<'a>(api: &Api, cases: impl IntoIterator<Item = (&'a str, String, u16)>) {
    for (name, token, status) in cases {
        let answer = api.get("/tasks", &token).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
    }
}

async fn get_from(api: &Api, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = api.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(request.send().await.unwrap()).await
}

/// The host in the policies that stands for the local tenant.
const B2C_HOST: &str = "https://contoso.b2clogin.com";
const OLD_ISSUER: &str =
    "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
const HOWTO_BODY: &str =
    r#"{"statusCode":401,"message":"Unauthorized. Access token is missing or invalid."}"#;
