//! What outlives its settings, and what must not.

use std::{sync::Barrier, thread};

use tokio::task::JoinHandle;
use tower_b2c_auth::{ForgottenKey, ReqwestFetch};

use super::*;

#[tokio::test]
async fn a_key_that_is_forgotten_during_a_swap_stays_forgotten() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let one = settings([authority("contoso", &tenant)]);
    let mut other = one.clone();
    other.audiences.push("another".into());
    let fetch = ReqwestFetch::from(reqwest::Client::builder().no_proxy().build().unwrap());
    let layer = |settings: &Settings| {
        let builder = B2cAuthBuilder::from(settings.clone()).clock(clock.clone());
        builder.fetch(fetch.clone())
    };
    let warm = layer(&one).build().unwrap();
    warm.warm_up().await.unwrap();
    let keys = warm.key_snapshot();
    let token = tenant.token(POLICY).sign();
    let kid = tenant.signing_key(POLICY).kid().to_owned();
    for round in 0..400 {
        let auth = layer(&one).key_snapshot(keys.clone()).build().unwrap();
        let app = app(&auth);
        assert_eq!(status(&app, &token).await, 200, "round {round}");
        let start = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                auth.swap_settings(&other).unwrap();
                auth.swap_settings(&one).unwrap();
            });
            start.wait();
            assert!(auth.forget_key(ForgottenKey::everywhere(&kid)));
        });
        assert_eq!(status(&app, &token).await, 401, "round {round}");
    }
}

/// A layer, and a request that waits for its first keys.
async fn with_waiting_request(
    settings: &Settings,
    tenant: &Emulator,
    clock: &ManualClock,
) -> (B2cAuthLayer, Gate, JoinHandle<u16>) {
    let gate = Gate::closed();
    let builder = B2cAuthBuilder::from(settings.clone()).clock(clock.clone());
    let auth = builder.fetch(gate.clone()).build().unwrap();
    let app = app(&auth);
    let token = tenant.token(POLICY).sign();
    let waiting = tokio::spawn(async move { status(&app, &token).await });
    while gate.asked() == 0 {
        tokio::task::yield_now().await;
    }
    (auth, gate, waiting)
}

/// The bug: a request that was already waiting was accepted.
#[tokio::test]
async fn a_key_that_is_forgotten_while_a_request_waits_does_not_accept_it() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let kid = tenant.signing_key(POLICY).kid().to_owned();
    let before = settings([authority("contoso", &tenant)]);
    let mut after = before.clone();
    after.forgotten_keys = vec![ForgottenKey::everywhere(&kid)];
    for by_settings in [false, true] {
        let (auth, gate, waiting) = with_waiting_request(&before, &tenant, &clock).await;
        if by_settings {
            auth.swap_settings(&after).unwrap();
        } else {
            assert!(auth.forget_key(ForgottenKey::everywhere(&kid)));
        }
        gate.open();
        assert_eq!(waiting.await.unwrap(), 401, "by settings: {by_settings}");
    }
}

/// The bug: a waiting request was judged by the old name.
#[tokio::test]
async fn a_key_that_is_forgotten_under_a_new_name_accepts_no_request_that_was_already_waiting() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let kid = tenant.signing_key(POLICY).kid().to_owned();
    let before = settings([authority("contoso", &tenant)]);
    let renamed = settings([authority("customers", &tenant)]);
    let mut with_key = renamed.clone();
    with_key.forgotten_keys = vec![ForgottenKey::of("customers", &kid)];
    for by_settings in [false, true] {
        let (auth, gate, waiting) = with_waiting_request(&before, &tenant, &clock).await;
        if by_settings {
            auth.swap_settings(&with_key).unwrap();
        } else {
            auth.swap_settings(&renamed).unwrap();
            assert!(auth.forget_key(ForgottenKey::of("customers", &kid)));
        }
        gate.open();
        assert_eq!(waiting.await.unwrap(), 401, "by settings: {by_settings}");
    }
}

#[tokio::test]
async fn a_key_stays_forgotten_for_all_authorities_with_the_metadata_url_whatever_their_names() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let kid = tenant.signing_key(POLICY).kid().to_owned();
    let of_audience = |name: &str, audience: &str| AuthoritySettings {
        audiences: vec![audience.into()],
        ..authority(name, &tenant)
    };
    let both = settings([of_audience("one", "a"), of_audience("two", "b")]);
    let turned = settings([of_audience("two", "b"), of_audience("one", "a")]);
    let renamed = settings([of_audience("two", "b"), of_audience("first", "a")]);
    let (of_one, of_two) = (
        tenant.token(POLICY).audience("a").sign(),
        tenant.token(POLICY).audience("b").sign(),
    );
    let auth = build(&both, &clock);
    let app_of_both = app(&auth);
    assert_eq!(status(&app_of_both, &of_one).await, 200);
    assert!(auth.forget_key(ForgottenKey::of("one", &kid)));
    for settings in [&both, &turned, &renamed] {
        auth.swap_settings(settings).unwrap();
        assert_eq!(status(&app_of_both, &of_one).await, 401);
        assert_eq!(status(&app_of_both, &of_two).await, 401);
    }
    let builder = B2cAuthBuilder::from(renamed).clock(clock.clone());
    let restarted = builder.key_snapshot(auth.key_snapshot()).build().unwrap();
    let app_after = app(&restarted);
    assert_eq!(status(&app_after, &of_one).await, 401);
    assert_eq!(status(&app_after, &of_two).await, 401);
}

#[tokio::test]
async fn a_key_is_forgotten_for_the_authority_that_is_named_and_stays_good_for_others() {
    let clock = manual_clock();
    // They share the key, as B2C's user flows do.
    let (contoso, fabrikam) = two_tenants(&clock).await;
    let kid = contoso.signing_key(POLICY).kid().to_owned();
    let both = settings([
        authority("contoso", &contoso),
        authority("fabrikam", &fabrikam),
    ]);
    let (one, two) = (contoso.token(POLICY).sign(), fabrikam.token(POLICY).sign());

    let auth = build(&both, &clock);
    let app_of_both = app(&auth);
    assert_eq!(status(&app_of_both, &one).await, 200);
    assert!(auth.forget_key(ForgottenKey::of("contoso", &kid)));
    assert_eq!(status(&app_of_both, &one).await, 401);
    assert_eq!(status(&app_of_both, &two).await, 200);

    let mut by_settings = both.clone();
    by_settings.forgotten_keys = vec![ForgottenKey::of("fabrikam", &kid)];
    let auth = build(&both, &clock);
    let app_of_both = app(&auth);
    assert_eq!(status(&app_of_both, &two).await, 200);
    auth.swap_settings(&by_settings).unwrap();
    assert_eq!(
        status(&app_of_both, &two).await,
        401,
        "although it was verified"
    );
    assert_eq!(status(&app_of_both, &one).await, 200);
    auth.refresh_now().await.unwrap();
    assert_eq!(
        status(&app_of_both, &two).await,
        401,
        "although it is published"
    );
    // Listed in the settings, a key is forgotten while it is listed; with `forget_key`, for good.
    assert!(auth.forget_key(ForgottenKey::of("contoso", &kid)));
    auth.swap_settings(&both).unwrap();
    assert_eq!(status(&app_of_both, &two).await, 200);
    assert_eq!(status(&app_of_both, &one).await, 401);
}

#[tokio::test]
async fn an_issuer_that_is_no_longer_allowed_ends_with_the_swap() {
    let clock = manual_clock();
    let foreign = b2c_emulator::Emulator::builder()
        .issuer_form(IssuerForm::Legacy)
        .clock(emulator_time(&clock));
    let tenant = foreign.start().await.unwrap();
    let mut allowed = settings([authority("contoso", &tenant)]);
    allowed.authorities[0].issuers = vec![legacy_issuer(&tenant)];
    let without = settings([authority("contoso", &tenant)]);
    let auth = build(&allowed, &clock);
    let app_before = app(&auth);
    let token = tenant.token(POLICY).lifetime(48 * HOUR).sign();
    assert_eq!(status(&app_before, &token).await, 200);
    let saved = auth.key_snapshot();

    auth.swap_settings(&without).unwrap();
    assert_eq!(status(&app_before, &token).await, 401);
    let builder = B2cAuthBuilder::from(without).clock(clock.clone());
    let restarted = builder.key_snapshot(saved).build().unwrap();
    let app_after = app(&restarted);
    assert_eq!(status(&app_after, &token).await, 401);
    clock.advance(20 * HOUR);
    assert_eq!(status(&app_before, &token).await, 401);
    assert_eq!(status(&app_after, &token).await, 401);
}

#[tokio::test]
async fn an_issuer_that_is_allowed_again_needs_no_restart() {
    let clock = manual_clock();
    let foreign = b2c_emulator::Emulator::builder()
        .issuer_form(IssuerForm::Legacy)
        .clock(emulator_time(&clock));
    let tenant = foreign.start().await.unwrap();
    let without = settings([authority("contoso", &tenant)]);
    let mut allowed = without.clone();
    allowed.authorities[0].issuers = vec![legacy_issuer(&tenant)];
    let auth = build(&without, &clock);
    auth.warm_up().await.unwrap_err();
    let app = app(&auth);
    let token = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &token).await, 401);
    auth.swap_settings(&allowed).unwrap();
    clock.advance(MINUTE);
    assert_eq!(status(&app, &token).await, 200);
}
