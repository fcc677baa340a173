//! Several user flows and custom policies of one tenant.

use axum::{Router, routing::get};
use b2c_emulator::{Emulator, KeySharing};
use tower_b2c_auth::{B2cAuthBuilder, from_metadata, policy};

use crate::support::{API_ID, Api, layer_for, protected};

const POLICIES: [&str; 3] = ["B2C_1_signupsignin1", "B2C_1_edit", "B2C_1A_mfa"];

#[tokio::test]
async fn policies_that_share_a_key_are_accepted_together() {
    let tenant = tenant(KeySharing::Shared).await;
    assert_eq!(
        tenant.signing_key(POLICIES[0]).kid(),
        tenant.signing_key(POLICIES[2]).kid()
    );
    assert_eq!(statuses(&tenant, all(&tenant)).await, [200, 200, 200]);
    // One key and one issuer for all: a service that trusts one of them trusts them all, unless a route says which.
    assert_eq!(statuses(&tenant, layer_for(&tenant)).await, [200, 200, 200]);
}

#[tokio::test]
async fn policies_with_keys_of_their_own_are_accepted_where_they_are_configured() {
    let tenant = tenant(KeySharing::PerPolicy).await;
    assert_ne!(
        tenant.signing_key(POLICIES[0]).kid(),
        tenant.signing_key(POLICIES[2]).kid()
    );
    assert_eq!(statuses(&tenant, all(&tenant)).await, [200, 200, 200]);
    for name in POLICIES {
        let requests = tenant.requests();
        assert_eq!(
            (requests.metadata_of(name), requests.keys_of(name)),
            (1, 1),
            "{name}"
        );
    }
    assert_eq!(statuses(&tenant, layer_for(&tenant)).await, [200, 401, 401]);
}

#[tokio::test]
async fn a_route_can_be_reserved_for_one_policy() {
    let tenant = tenant(KeySharing::Shared).await;
    let auth = all(&tenant).build().unwrap();
    let router = Router::new()
        .route(
            "/tasks",
            get(async || "in").layer(auth.require(policy("B2C_1A_mfa"))),
        )
        .layer(auth);
    let api = Api::serve(router).await;
    for (name, expected) in POLICIES.into_iter().zip([403, 403, 200]) {
        let token = tenant.token(name).audience(API_ID).sign();
        assert_eq!(api.get("/tasks", &token).await.status, expected, "{name}");
    }
}

async fn tenant(sharing: KeySharing) -> Emulator {
    let builder = POLICIES
        .into_iter()
        .fold(Emulator::builder(), |builder, name| builder.policy(name));
    builder.key_sharing(sharing).start().await.unwrap()
}

fn all(tenant: &Emulator) -> B2cAuthBuilder {
    let others = POLICIES.iter().skip(1);
    others.fold(layer_for(tenant), |builder, name| {
        builder.authority(from_metadata(tenant.metadata_url(name)))
    })
}

/// What a token of each policy gets.
async fn statuses(tenant: &Emulator, auth: B2cAuthBuilder) -> [u16; 3] {
    let api = Api::serve(protected(auth.build().unwrap())).await;
    let mut statuses = [0; 3];
    for (status, name) in statuses.iter_mut().zip(POLICIES) {
        *status = api
            .get("/tasks", &tenant.token(name).audience(API_ID).sign())
            .await
            .status;
    }
    statuses
}
