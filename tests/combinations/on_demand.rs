//! Authorities that are fetched for their first token.

use b2c_emulator::{Endpoint, Fault, SigningKey};
use futures_util::FutureExt as _;
use tower_b2c_auth::{AuthError, AuthoritySettings};

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
async fn on_demand_authorities_fetch_with_the_first_token_and_readiness_does_not_wait() {
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

/// The bug: if another authority had the token's issuer too, the request waited for that one, and was then accepted by keys that had not been fetched for
/// hours.
#[tokio::test]
async fn without_room_to_wait_no_idle_key_is_accepted_whatever_others_have_said() {
    let clock = manual_clock();
    let idle = tenant_at(&clock).await;
    let other = Emulator::builder()
        .tenant("fabrikam")
        .tenant_id("bbbbcccc-1111-dddd-2222-eeee3333ffff")
        .signing_key(SigningKey::generate().unwrap())
        .clock(emulator_time(&clock));
    let other = other.start().await.unwrap();
    let on_demand = AuthoritySettings {
        on_demand: true,
        audiences: vec![API_ID.into(), "crowd".into()],
        ..authority("idle", &idle)
    };
    let beside = AuthoritySettings {
        issuers: vec![idle.issuer(&IssuerForm::Default)],
        ..authority("other", &other)
    };
    let mut settings = settings([on_demand, beside]);
    settings.keys.max_waiting_per_authority = 1;
    let app = app(&build(&settings, &clock));
    let token = || idle.token(POLICY).lifetime(48 * HOUR);
    // A token that was seen before would be judged by its own authority alone.
    let (old, in_the_crowd) = (token().sign(), token().audience("crowd").sign());
    assert_eq!(status(&app, &in_the_crowd).await, 200);
    let withdrawn = idle.signing_key(POLICY);
    idle.rotate().unwrap();
    idle.withdraw_key(withdrawn.kid());
    clock.advance(HOUR + SECOND);
    idle.fault(Endpoint::Both, Fault::Hang);
    let mut waiting = Box::pin(status(&app, &in_the_crowd));
    assert!((&mut waiting).now_or_never().is_none());
    let response = ask(&app, &old).await;
    assert_eq!(response.status(), 503);
    let error = response.extensions().get::<AuthError>().unwrap();
    assert_eq!(error.reason(), "too_many_waiting");
}
