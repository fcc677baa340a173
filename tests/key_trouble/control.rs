use std::time::Duration;

use b2c_emulator::{Endpoint, Fault, IssuerForm};
use futures_util::FutureExt as _;
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthLayer, Clock as _, FetchError, ForgottenKey, KeySettings, KeySnapshot,
};

use super::{
    HOUR, MINUTE, app, manual_clock, quick, status, tenant_and_layer, tenant_at, until_fetched,
    while_time_passes,
};
use crate::support::{API_ID, POLICY, layer_for};

#[tokio::test]
async fn a_forgotten_key_is_gone_for_good_also_for_tokens_that_were_accepted_before() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let accepted = tenant.token(POLICY).lifetime(24 * HOUR).sign();
    assert_eq!(status(&app, &accepted).await, 200);
    let stolen = tenant.signing_key(POLICY);
    assert!(layer.forget_key(ForgottenKey::everywhere(stolen.kid())));
    assert_eq!(status(&app, &accepted).await, 401);
    until_fetched(&tenant, 2).await;
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 401);
    let fetches = tenant.requests().keys();
    assert_eq!(fetches, 2, "a token does not look for a forgotten key");

    // The tenant still lists it.
    layer.refresh_now().await.unwrap();
    clock.advance(Duration::from_secs(300));
    assert_eq!(status(&app, &accepted).await, 401);
    assert!(!layer.health().is_ready());
    tenant.rotate().unwrap();
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert_eq!(status(&app, &accepted).await, 401);
}

/// The bug: nothing was fetched until a request came or the hour was over. Replicas that were not ready got no request, so all of them stayed out.
#[tokio::test]
async fn after_its_only_key_is_forgotten_an_authority_is_fetched_until_there_is_another() {
    for has_key_in_grace in [false, true] {
        is_fetched_until_there_is_another(has_key_in_grace).await;
    }
}

async fn is_fetched_until_there_is_another(has_key_in_grace: bool) {
    let (tenant, clock, layer) = tenant_and_layer().await;
    layer.warm_up().await.unwrap();
    if has_key_in_grace {
        let old = tenant.signing_key(POLICY);
        tenant.rotate().unwrap();
        tenant.withdraw_key(old.kid());
        layer.refresh_now().await.unwrap();
    }
    let before = tenant.requests().keys();
    let only = tenant.signing_key(POLICY);
    assert!(layer.forget_key(ForgottenKey::everywhere(only.kid())));
    assert_eq!(layer.health().is_ready(), has_key_in_grace);
    until_fetched(&tenant, before + 1).await;
    let began = clock.elapsed();
    let until = async |holds: &dyn Fn() -> bool| {
        while !holds() {
            // Answers that are under way arrive within these polls.
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_secs(1));
        }
    };
    // Only the forgotten key is published, so there are further fetches long before the hour is over.
    until(&|| tenant.requests().keys() == before + 3).await;
    tenant.rotate().unwrap();
    let has_new_key =
        || layer.health().authorities()[0].usable_keys > usize::from(has_key_in_grace);
    until(&has_new_key).await;
    assert!(clock.elapsed() - began < HOUR / 2);
    // There is a key again, so the regular interval applies.
    let fetches = tenant.requests().keys();
    clock.advance(5 * MINUTE);
    assert_eq!(
        status(&app(&layer), &tenant.token(POLICY).sign()).await,
        200
    );
    assert_eq!(tenant.requests().keys(), fetches);
}

#[tokio::test]
async fn an_operator_can_fetch_at_any_time() {
    let (tenant, _clock, layer) = tenant_and_layer().await;
    for times in 1..=5 {
        layer.refresh_now().await.unwrap();
        assert!(tenant.requests().keys() >= times);
    }
    assert!(
        tenant.requests().keys() <= 6,
        "one each, and perhaps the first regular one"
    );
}

#[tokio::test]
async fn a_refresh_ends_with_a_timeout_while_the_identity_provider_hangs() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let token = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &token).await, 200);
    tenant.fault(Endpoint::Both, Fault::Hang);
    let refresh = while_time_passes((&tenant, &clock), layer.refresh_now());
    assert_eq!(refresh.await, Err(FetchError::Timeout));
    assert_eq!(status(&app, &token).await, 200, "known keys stay in use");
}

/// The fetch under way still has the old limit of 30 minutes, but waiting for it follows the settings in force.
#[tokio::test]
async fn a_refresh_waits_no_longer_than_the_settings_in_force_say() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let fetch_timeout = |text: &str| KeySettings {
        fetch_timeout: text.into(),
        ..KeySettings::default()
    };
    let builder = layer_for(&tenant)
        .keys(fetch_timeout("30m"))
        .clock(clock.clone());
    let layer = builder.build().unwrap();
    layer.warm_up().await.unwrap();
    tenant.fault(Endpoint::Both, Fault::Hang);
    let mut under_way = Box::pin(layer.refresh_now());
    assert!((&mut under_way).now_or_never().is_none());
    layer
        .update_settings(|settings| settings.keys = fetch_timeout("5s"))
        .unwrap();

    let before = clock.elapsed();
    let refresh = while_time_passes((&tenant, &clock), layer.refresh_now());
    assert_eq!(refresh.await, Err(FetchError::Timeout));
    // Twice the timeout of 5 s for the fetch under way, and twice for the one that should follow it.
    assert_eq!(clock.elapsed() - before, Duration::from_secs(20));
}

#[tokio::test]
async fn inline_keys_need_no_fetch() {
    let (tenant, clock, _) = tenant_and_layer().await;
    let jwks = serde_json::json!({ "keys": [tenant.signing_key(POLICY).public_jwk()] }).to_string();
    let authority = AuthoritySettings {
        jwks: Some(jwks),
        issuers: vec![tenant.issuer(&IssuerForm::Default)],
        ..AuthoritySettings::default()
    };
    let layer = B2cAuthLayer::builder()
        .authority(authority)
        .audience(API_ID)
        .clock(clock)
        .build()
        .unwrap();
    let app = app(&layer);
    layer.warm_up().await.unwrap();
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert_eq!(
        status(&app, &tenant.token(POLICY).kid("another").sign()).await,
        401
    );
    assert_eq!(
        status(
            &app,
            &tenant
                .token(POLICY)
                .issuer("https://fabrikam.b2clogin.com/x/v2.0/")
                .sign()
        )
        .await,
        401
    );
    assert_eq!(layer.health().authorities()[0].authority, "inline keys");
    assert_eq!(tenant.requests().total(), 0);
    assert!(layer.forget_key(ForgottenKey::everywhere(tenant.signing_key(POLICY).kid())));
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 401);
}

#[tokio::test]
async fn a_layer_can_start_with_the_keys_of_an_earlier_one_while_the_identity_provider_is_down() {
    let (mut tenant, clock, before) = tenant_and_layer().await;
    before.warm_up().await.unwrap();
    let saved = serde_json::to_string(&before.key_snapshot()).unwrap();
    let token = tenant.token(POLICY).lifetime(48 * HOUR).sign();
    tenant.suspend().await;

    let start = |saved: &str| {
        let snapshot: KeySnapshot = serde_json::from_str(saved).unwrap();
        quick(layer_for(&tenant), &clock)
            .key_snapshot(snapshot)
            .build()
            .unwrap()
    };
    clock.advance(23 * HOUR);
    let layer = start(&saved);
    assert!(layer.health().is_ready());
    assert_eq!(status(&app(&layer), &token).await, 200);
    // A restart does not make the keys younger: an hour later they are too old.
    clock.advance(HOUR + Duration::from_secs(1));
    assert_eq!(status(&app(&layer), &token).await, 503);
    let late = start(&saved);
    assert!(!late.health().is_ready());
    assert_eq!(status(&app(&late), &token).await, 503);

    // Entries of authorities that are not configured are passed over.
    let elsewhere = B2cAuthLayer::builder()
        .authority(tower_b2c_auth::b2c("contoso").policy(POLICY))
        .audience(API_ID);
    let layer = elsewhere
        .key_snapshot(serde_json::from_str(&saved).unwrap())
        .build()
        .unwrap();
    assert!(!layer.health().is_ready());
}

/// The bug: it waited for ever, and so did every later call of `settings`.
#[tokio::test]
async fn a_change_that_asks_for_the_settings_in_force_panics_and_changes_nothing() {
    let (_tenant, _clock, layer) = tenant_and_layer().await;
    let before = layer.settings();
    let ask = || layer.update_settings(|settings| *settings = (*layer.settings()).clone());
    let nest = || layer.update_settings(|_| drop(layer.swap_settings(&before)));
    for change in [&ask as &dyn Fn() -> _, &nest] {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(change));
        let panicked = panicked.unwrap_err();
        let message = panicked.downcast_ref::<&str>().unwrap();
        assert!(message.contains("update_settings"), "{message}");
        assert_eq!(layer.settings(), before);
    }
    layer
        .update_settings(|settings| settings.clock_skew = "5s".into())
        .unwrap();
    assert_ne!(layer.settings(), before);
}
