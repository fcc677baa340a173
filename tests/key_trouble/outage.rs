use std::time::Duration;

use b2c_emulator::{Endpoint, Fault};
use tower_b2c_auth::{AuthorityStatus, FetchError, ForgottenKey};

use super::{HOUR, MINUTE, app, manual_clock, quick, status, tenant_and_layer, tenant_at, until};
use crate::support::{POLICY, layer_for, logged, start_log};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn known_keys_work_for_max_stale_and_then_it_is_503_and_never_anything_else() {
    let (mut tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let token = || tenant_token(&tenant, 3 * DAY);
    let seen_before = token();
    assert_eq!(status(&app, &seen_before).await, 200);
    let fresh = token();
    tenant.suspend().await;

    clock.advance(DAY - Duration::from_secs(1));
    layer.refresh_now().await.unwrap_err();
    assert_eq!(status(&app, &seen_before).await, 200);
    assert_eq!(status(&app, &fresh).await, 200);
    assert!(matches!(
        layer.health().authorities()[0].status,
        AuthorityStatus::Stale {
            last_error: FetchError::Connect,
            ..
        }
    ));
    assert!(layer.health().is_ready());

    clock.advance(Duration::from_secs(2));
    for token in [&seen_before, &fresh] {
        assert_eq!(status(&app, token).await, 503);
    }
    assert_eq!(
        layer.health().authorities()[0].status,
        AuthorityStatus::Cold {
            last_error: Some(FetchError::Connect)
        }
    );

    tenant.resume().await.unwrap();
    clock.advance(MINUTE);
    until(&app, &seen_before, 200).await;
    until(&app, &fresh, 200).await;
    assert_eq!(
        layer.health().authorities()[0].status,
        AuthorityStatus::Ready
    );
}

/// The bug: if the keys expired while fetches failed with the same error as before, no line said that tokens get 503 from then on.
#[tokio::test]
async fn the_log_says_once_that_keys_cannot_be_fetched_and_once_that_none_are_left() {
    let (mut tenant, clock, layer) = tenant_and_layer().await;
    layer.refresh_now().await.unwrap();
    tenant.suspend().await;
    start_log();
    for hours in [1, 1, 23, 1, 1] {
        clock.advance(hours * HOUR);
        layer.refresh_now().await.unwrap_err();
    }
    let log = logged();
    let counts = ["known keys stay in use", "none are known"].map(|it| log.matches(it).count());
    assert_eq!(counts, [1, 1], "{log}");
    assert!(
        log.find("stay in use") < log.find("none are known"),
        "{log}"
    );
}

/// The bug: after a restart, nothing said why the instance was not ready.
#[tokio::test]
async fn the_log_says_once_that_only_forgotten_keys_are_published() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let only = ForgottenKey::everywhere(tenant.signing_key(POLICY).kid());
    let builder = layer_for(&tenant).forgotten_key(only);
    let layer = quick(builder, &clock).build().unwrap();
    start_log();
    for _ in 0..3 {
        layer.refresh_now().await.unwrap();
    }
    let log = logged();
    let errors = log.lines().filter(|line| line.contains("ERROR"));
    let errors: Vec<_> = errors.collect();
    assert!(
        matches!(errors[..], [only] if only.contains("no usable keys, or only forgotten ones")),
        "{log}"
    );
    let health = layer.health().to_string();
    assert!(health.ends_with(": no keys"), "{health}");
}

/// The bug: while a key in its grace was left, nothing said so, although every new token got 401.
#[tokio::test]
async fn the_log_warns_once_that_only_forgotten_keys_are_published_beside_one_in_its_grace() {
    let (mut tenant, clock, layer) = tenant_and_layer().await;
    layer.warm_up().await.unwrap();
    let old = tenant.signing_key(POLICY);
    tenant.rotate().unwrap();
    tenant.withdraw_key(old.kid());
    layer.refresh_now().await.unwrap();
    start_log();
    for _ in 0..2 {
        let stolen = tenant.signing_key(POLICY);
        assert!(layer.forget_key(ForgottenKey::everywhere(stolen.kid())));
        for _ in 0..2 {
            layer.refresh_now().await.unwrap();
        }
        assert!(layer.health().is_ready());
        // A failure in between changes nothing.
        tenant.suspend().await;
        layer.refresh_now().await.unwrap_err();
        tenant.resume().await.unwrap();
        layer.refresh_now().await.unwrap();
        tenant.rotate().unwrap();
        tenant.withdraw_key(stolen.kid());
        layer.refresh_now().await.unwrap();
        clock.advance(MINUTE);
    }
    let log = logged();
    let warnings = log
        .lines()
        .filter(|line| line.contains(" only forgotten ones"));
    let warnings: Vec<_> = warnings.collect();
    // One for each key that was forgotten.
    assert_eq!(warnings.len(), 2, "{log}");
    for warning in warnings {
        assert!(
            warning.contains("WARN") && warning.contains("url="),
            "{log}"
        );
        assert!(
            warning.contains("known keys that it no longer lists stay in use"),
            "{log}"
        );
    }
}

#[tokio::test]
async fn while_the_identity_provider_hangs_good_tokens_do_not_wait() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    tenant.fault(Endpoint::Both, Fault::Hang);
    clock.advance(2 * HOUR);
    // One request waits for a fetch that hangs; the others are answered meanwhile.
    let waiting = {
        let (app, token) = (app.clone(), tenant.token(POLICY).kid("unknown").sign());
        tokio::spawn(async move { status(&app, &token).await })
    };
    let asked = tenant.requests().metadata();
    while tenant.requests().metadata() == asked {
        tokio::task::yield_now().await;
    }
    let mut answered = 0;
    while !waiting.is_finished() {
        assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
        answered += 1;
        clock.advance(Duration::from_millis(100));
        tokio::task::yield_now().await;
    }
    assert!(answered > 1, "{answered}");
    assert_eq!(waiting.await.unwrap(), 503);
}

#[tokio::test]
async fn health_says_since_when_the_keys_are_stale() {
    let (mut tenant, clock, layer) = tenant_and_layer().await;
    assert_eq!(
        layer.health().authorities()[0].status,
        AuthorityStatus::Cold { last_error: None }
    );
    layer.warm_up().await.unwrap();
    let ready = layer.health();
    assert_eq!(
        (
            ready.authorities()[0].status,
            ready.authorities()[0].usable_keys
        ),
        (AuthorityStatus::Ready, 1)
    );
    assert_eq!(
        ready.authorities()[0].openid_config.clone().unwrap(),
        tenant.metadata_url(POLICY)
    );
    tenant.suspend().await;
    layer.refresh_now().await.unwrap_err();
    clock.advance(Duration::from_secs(90));
    let AuthorityStatus::Stale { since, .. } = layer.health().authorities()[0].status else {
        panic!("{:?}", layer.health())
    };
    assert_eq!(since, Duration::from_secs(90));
}

fn tenant_token(tenant: &b2c_emulator::Emulator, lifetime: Duration) -> String {
    tenant.token(POLICY).lifetime(lifetime).sign()
}
