//! Authorities that are fetched for their first token.

use b2c_emulator::{Endpoint, Fault};
use tower_b2c_auth::AuthoritySettings;

use super::*;

const DOWN: Fault = Fault::Status {
    code: 503,
    retry_after: None,
};

async fn on_demand() -> (Emulator, ManualClock, B2cAuthLayer) {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let authority = AuthoritySettings {
        on_demand: true,
        ..authority("contoso", &tenant)
    };
    let auth = build(&settings([authority]), &clock);
    (tenant, clock, auth)
}

/// Gives the background task every opportunity to do something.
async fn pause() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nothing_is_fetched_before_the_first_token_and_readiness_does_not_wait() {
    let (tenant, clock, auth) = on_demand().await;
    auth.warm_up().await.unwrap();
    assert!(auth.health().is_ready());
    clock.advance(24 * HOUR);
    let app = app(&auth);
    let elsewhere = tenant.token(POLICY).audience("another").sign();
    assert_eq!(status(&app, &elsewhere).await, 401);
    pause().await;
    assert_eq!(tenant.requests().total(), 0);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert_eq!(tenant.requests().keys(), 1);
}

#[tokio::test]
async fn after_idle_hours_a_withdrawn_key_is_not_accepted_even_once() {
    let (tenant, clock, auth) = on_demand().await;
    let app = app(&auth);
    let old = tenant.token(POLICY).lifetime(48 * HOUR).sign();
    assert_eq!(status(&app, &old).await, 200);
    let withdrawn = tenant.signing_key(POLICY);
    tenant.rotate().unwrap();
    tenant.withdraw_key(withdrawn.kid());
    clock.advance(HOUR + SECOND);
    pause().await;
    assert_eq!(tenant.requests().keys(), 1, "idle");
    assert_eq!(status(&app, &old).await, 401, "although it was verified");
    assert_eq!(tenant.requests().keys(), 2);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert_eq!(tenant.requests().keys(), 2);
}

#[tokio::test]
async fn a_fetch_that_fails_leaves_the_known_keys_in_use_up_to_max_stale() {
    let (tenant, clock, auth) = on_demand().await;
    let app = app(&auth);
    let token = tenant.token(POLICY).lifetime(48 * HOUR).sign();
    assert_eq!(status(&app, &token).await, 200);
    tenant.fault(Endpoint::Both, DOWN);
    clock.advance(2 * HOUR);
    assert_eq!(status(&app, &token).await, 200);
    assert_eq!(tenant.requests().metadata(), 2, "it was tried first");
    assert_eq!(status(&app, &token).await, 200);
    assert_eq!(tenant.requests().metadata(), 2, "not for every token");
    clock.advance(22 * HOUR - SECOND);
    assert_eq!(status(&app, &token).await, 200);
    clock.advance(SECOND);
    assert_eq!(status(&app, &token).await, 503);
    tenant.heal();
    clock.advance(MINUTE);
    assert_eq!(status(&app, &token).await, 200);
}
