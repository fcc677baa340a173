//! Access tokens by default: what grants nothing is refused.

use b2c_emulator::TokenBuilder;
use tower_b2c_auth::{AcceptedTokens, KeyRefresh, KeySettings, TokenError};

use super::{Case, INVALID_TOKEN, World, assert_refused};
use crate::support::{Api, POLICY, layer_for, protected};

#[tokio::test]
async fn a_token_that_grants_nothing_is_refused_unless_the_settings_say_otherwise() {
    let world = World::start().await;
    let id_token = || world.tenant.id_token(POLICY);
    let granted = [
        ("what the emulator issues by default", world.token()),
        ("a scope", bare(&world).scope("tasks.read")),
        (
            "a role of a daemon",
            bare(&world).claim("roles", vec!["tasks.read.all"]),
        ),
    ];
    let granted = granted.map(|(name, token)| (name, token.sign()));
    world.assert_accepted(granted.clone()).await;

    let nothing = [
        ("an ID token", id_token()),
        ("an access token without grants", bare(&world)),
        ("an empty scp", bare(&world).scope("")),
        (
            "a scope by another name",
            bare(&world).claim("scope", "tasks.read"),
        ),
    ];
    let nothing = nothing.map(|(name, token)| (name, token.sign()));
    let refused = nothing
        .clone()
        .map(|(name, token)| (name, token, TokenError::NotAccessToken));
    world.assert_invalid_tokens(refused).await;

    let any = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .danger_accept_any_tokens();
    let any = any.build().unwrap();
    let api = Api::serve(protected(any.clone())).await;
    for (name, token) in nothing.iter().chain(&granted) {
        assert_eq!(api.get("/tasks", token).await.status, 200, "{name}");
    }

    // A token that was accepted before is judged by the settings in force.
    any.update_settings(|settings| settings.accept = AcceptedTokens::AccessTokens)
        .unwrap();
    for (name, token) in &nothing {
        assert_eq!(api.get("/tasks", token).await.status, 401, "{name}");
    }
}

#[tokio::test]
async fn an_id_token_causes_no_fetch() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant).clock(world.clock.clone());
    let keys = KeySettings {
        refresh: KeyRefresh::OnRequest,
        ..KeySettings::default()
    };
    let router = protected(auth.keys(keys).build().unwrap());
    let token = world.tenant.id_token(POLICY).sign();
    let case = Case::bearer("an ID token", &token, TokenError::NotAccessToken);
    assert_refused(&router, [case], 401, Some(INVALID_TOKEN)).await;
    assert_eq!(world.tenant.requests().metadata(), 0);
}

fn bare(world: &World) -> TokenBuilder {
    world.token().without("scp")
}
