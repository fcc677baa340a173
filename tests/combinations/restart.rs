//! What a process that starts from a snapshot knows.

use b2c_emulator::{Endpoint, Fault, UrlForm};
use tower_b2c_auth::{Clock as _, ForgottenKey, KeySnapshot};

use super::*;

/// Another process: the snapshot goes through its text.
fn restarted(before: &B2cAuthLayer, settings: &Settings, clock: &ManualClock) -> B2cAuthLayer {
    let saved = serde_json::to_string(&before.key_snapshot()).unwrap();
    let snapshot: KeySnapshot = serde_json::from_str(&saved).unwrap();
    let builder = B2cAuthBuilder::from(settings.clone()).clock(clock.clone());
    builder.key_snapshot(snapshot).build().unwrap()
}

#[tokio::test]
async fn a_forgotten_key_is_forgotten_after_a_restart() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let settings = settings([authority("contoso", &tenant)]);
    let before = build(&settings, &clock);
    before.warm_up().await.unwrap();
    let key = tenant.signing_key(POLICY);
    assert!(before.forget_key(ForgottenKey::of("contoso", key.kid())));
    let after = restarted(&before, &settings, &clock);
    let after = restarted(&after, &settings, &clock);
    let token = tenant.token(POLICY).sign();
    assert_eq!(status(&app(&after), &token).await, 401);
    after.refresh_now().await.unwrap();
    assert_eq!(status(&app(&after), &token).await, 401);
}

/// The bug: the snapshot restored keys by their metadata URL, but knew forgotten ones by the authority's name alone, which
/// a second policy changes.
#[tokio::test]
async fn a_forgotten_key_is_forgotten_after_a_restart_under_another_name() {
    let clock = manual_clock();
    let (tenant, other) = (tenant_at(&clock).await, tenant_at(&clock).await);
    let named = |name: &str| settings([authority(name, &tenant)]);
    let before = build(&named("contoso"), &clock);
    before.warm_up().await.unwrap();
    let key = tenant.signing_key(POLICY);
    assert!(before.forget_key(ForgottenKey::of("contoso", key.kid())));
    let token = tenant.token(POLICY).sign();

    let without_it = settings([authority("fabrikam", &other)]);
    let without_it = restarted(&before, &without_it, &clock);
    for before in [&before, &without_it] {
        let after = restarted(before, &named("contoso/B2C_1_a"), &clock);
        assert_eq!(status(&app(&after), &token).await, 401);
        after.refresh_now().await.unwrap();
        assert_eq!(status(&app(&after), &token).await, 401);
    }
}

#[tokio::test]
async fn a_key_that_vanished_has_no_second_grace_after_a_restart() {
    let clock = manual_clock();
    let mut tenant = tenant_at(&clock).await;
    let settings = settings([authority("contoso", &tenant)]);
    let before = build(&settings, &clock);
    let token = tenant.token(POLICY).lifetime(48 * HOUR).sign();
    assert_eq!(status(&app(&before), &token).await, 200);
    let old = tenant.signing_key(POLICY);
    tenant.rotate().unwrap();
    tenant.withdraw_key(old.kid());
    before.refresh_now().await.unwrap();
    tenant.suspend().await;

    clock.advance(HOUR - SECOND);
    let within = restarted(&before, &settings, &clock);
    assert_eq!(status(&app(&within), &token).await, 200);
    clock.advance(SECOND);
    let past = restarted(&before, &settings, &clock);
    for layer in [&before, &within, &past] {
        assert_ne!(status(&app(layer), &token).await, 200);
    }
    clock.advance(19 * HOUR);
    let late = restarted(&past, &settings, &clock);
    for layer in [&before, &within, &past, &late] {
        assert_ne!(status(&app(layer), &token).await, 200);
    }
    // The other key is as good as before.
    let good = tenant.token(POLICY).sign();
    assert_eq!(status(&app(&late), &good).await, 200);
}

/// A token that was issued before the issuer changed is as good after a restart as it would be without one.
#[tokio::test]
async fn a_former_issuer_has_the_rest_of_its_grace_after_a_restart() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let settings = settings([authority("contoso", &tenant)]);
    let before = build(&settings, &clock);
    let token = tenant.token(POLICY).lifetime(24 * HOUR).sign();
    assert_eq!(status(&app(&before), &token).await, 200);
    let with_policy = tenant.issuer(&IssuerForm::Tfp(POLICY.to_lowercase()));
    tenant.fault(Endpoint::Metadata, Fault::ChangedIssuer(with_policy));
    before.refresh_now().await.unwrap();

    clock.advance(HOUR - SECOND);
    let within = restarted(&before, &settings, &clock);
    assert_eq!(status(&app(&within), &token).await, 200);
    clock.advance(SECOND);
    let past = restarted(&within, &settings, &clock);
    for layer in [&before, &within, &past] {
        assert_eq!(status(&app(layer), &token).await, 401);
    }
}

#[tokio::test]
async fn a_snapshot_that_is_not_understood_is_refused() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = build(&settings([authority("contoso", &tenant)]), &clock);
    auth.warm_up().await.unwrap();
    let good = serde_json::to_value(auth.key_snapshot()).unwrap();
    assert!(serde_json::from_value::<KeySnapshot>(good.clone()).is_ok());
    let changed = |pointer: &str, name: &str| {
        let mut changed = good.clone();
        changed.pointer_mut(pointer).unwrap()[name] = 1.into();
        serde_json::from_value::<KeySnapshot>(changed)
            .unwrap_err()
            .to_string()
    };
    let version = changed("", "version");
    assert_eq!(version, "its version is 1, but only version 2 is supported");
    for place in ["", "/authorities/0", "/authorities/0/keys/0"] {
        let unknown = changed(place, "later");
        assert!(unknown.contains("unknown field `later`"), "{unknown}");
    }
    let mut without = good.clone();
    without.as_object_mut().unwrap().remove("version");
    serde_json::from_value::<KeySnapshot>(without).unwrap_err();
}

#[tokio::test]
async fn saved_keys_of_another_metadata_url_are_skipped() {
    let clock = manual_clock();
    let mut tenant = tenant_at(&clock).await;
    let contoso = settings([authority("contoso", &tenant)]);
    let other_url = tenant.metadata_url_in(POLICY, UrlForm::Tfp);
    let moved = settings([AuthoritySettings {
        openid_config: Some(other_url),
        ..authority("contoso", &tenant)
    }]);
    let before = build(&contoso, &clock);
    before.warm_up().await.unwrap();
    tenant.suspend().await;
    let token = tenant.token(POLICY).sign();
    for (settings, expected) in [(&contoso, 200), (&moved, 503)] {
        let after = restarted(&before, settings, &clock);
        assert_eq!(status(&app(&after), &token).await, expected);
    }
}

/// The bug: the process refused to start.
#[tokio::test]
async fn a_saved_key_whose_algorithm_is_no_longer_allowed_is_skipped_and_the_process_starts() {
    let clock = manual_clock();
    let mut tenant = tenant_at(&clock).await;
    let contoso = authority("contoso", &tenant);
    let with = |algorithm: &str| Settings {
        algorithms: vec![algorithm.into()],
        ..settings([contoso.clone()])
    };
    let before = build(&with("RS256"), &clock);
    before.warm_up().await.unwrap();
    let after = restarted(&before, &with("PS256"), &clock);
    assert_eq!(after.health().authorities()[0].usable_keys, 0);
    assert_eq!(
        status(&app(&after), &tenant.token(POLICY).sign()).await,
        401
    );

    // The same settings again find what was saved.
    tenant.suspend().await;
    let again = restarted(&before, &with("RS256"), &clock);
    assert_eq!(
        status(&app(&again), &tenant.token(POLICY).sign()).await,
        200
    );
}

/// The bug: the keys had expired and were not saved, but their fetch was, which seemed to prove that they do not exist.
#[tokio::test]
async fn a_snapshot_of_stale_keys_proves_nothing_to_a_process_whose_clock_is_behind() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let settings = settings([authority("contoso", &tenant)]);
    let before = build(&settings, &clock);
    let at_first = clock.now();
    let token = tenant.token(POLICY);
    let token = token.issued_at(at_first.as_unix().as_secs() - 600);
    let token = token.lifetime(48 * HOUR).sign();
    before.warm_up().await.unwrap();
    tenant.fault(
        Endpoint::Metadata,
        Fault::Status {
            code: 503,
            retry_after: None,
        },
    );
    clock.advance(25 * HOUR);
    let saved = before.key_snapshot();
    let behind = ManualClock::at(at_first.saturating_add(HOUR));
    let after = B2cAuthBuilder::from(settings).clock(behind);
    let after = after.key_snapshot(saved).build().unwrap();
    assert_eq!(status(&app(&after), &token).await, 503);
}
