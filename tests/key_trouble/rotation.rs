use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use b2c_emulator::{Endpoint, Fault, SigningKey};

use super::{HOUR, app, status, tenant_and_layer, until_fetched};
use crate::support::POLICY;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rotation_under_load_costs_not_one_good_request() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let tenant = Arc::new(tenant);
    let stop = Arc::new(AtomicBool::new(false));
    let accepted = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (app, tenant, stop, accepted) = (
                app.clone(),
                Arc::clone(&tenant),
                Arc::clone(&stop),
                Arc::clone(&accepted),
            );
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    // Each client takes a new token from the tenant, signed with whatever key the tenant uses now.
                    let token = tenant.token(POLICY).sign();
                    assert_eq!(status(&app, &token).await, 200);
                    accepted.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let more = async |count: usize| {
        let goal = accepted.load(Ordering::Relaxed) + count;
        while accepted.load(Ordering::Relaxed) < goal {
            tokio::task::yield_now().await;
        }
    };

    more(50).await;
    let old = tenant.signing_key(POLICY);
    let still_valid = tenant.token(POLICY).lifetime(24 * HOUR).sign();
    tenant.rotate().unwrap();
    more(50).await;
    tenant.withdraw_key(old.kid());
    let fetches = tenant.requests().keys();
    clock.advance(HOUR);
    until_fetched(&tenant, fetches + 1).await;
    more(50).await;
    // What the withdrawn key signed is good for the grace period, and not after.
    assert_eq!(status(&app, &still_valid).await, 200);
    clock.advance(HOUR + Duration::from_secs(1));
    more(50).await;
    assert_eq!(status(&app, &still_valid).await, 401);

    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
}

#[tokio::test]
async fn a_key_set_that_flaps_between_subsets_costs_not_one_good_request() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let first = tenant.signing_key(POLICY);
    let second = SigningKey::generate().unwrap();
    tenant.publish_key(&second);
    let token = |key: &SigningKey| tenant.token(POLICY).kid(key.kid()).key(key).sign();
    assert_eq!(status(&app, &token(&first)).await, 200);
    tenant.fault(Endpoint::Keys, Fault::FlappingSubsets);
    for _ in 0..10 {
        assert_eq!(status(&app, &token(&first)).await, 200);
        assert_eq!(status(&app, &token(&second)).await, 200);
        layer.refresh_now().await.unwrap();
        clock.advance(Duration::from_secs(600));
    }
}

#[tokio::test]
async fn without_a_grace_a_withdrawn_key_ends_with_the_next_fetch() {
    let clock = crate::support::manual_clock();
    let tenant = crate::support::tenant_at(&clock).await;
    let keys = tower_b2c_auth::KeySettings {
        retired_key_grace: "0s".into(),
        ..Default::default()
    };
    let layer = crate::support::layer_for(&tenant)
        .keys(keys)
        .clock(clock.clone())
        .build()
        .unwrap();
    let app = app(&layer);
    let token = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &token).await, 200);
    let old = tenant.signing_key(POLICY);
    tenant.rotate().unwrap();
    tenant.withdraw_key(old.kid());
    layer.refresh_now().await.unwrap();
    assert_eq!(
        status(&app, &token).await,
        401,
        "although it was verified before"
    );
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
}

#[tokio::test]
async fn another_key_under_a_known_kid_takes_its_place() {
    let (tenant, _clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let old_token = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &old_token).await, 200);
    let old = tenant.signing_key(POLICY);
    let new = SigningKey::generate().unwrap().with_kid(old.kid());
    tenant.withdraw_key(old.kid());
    tenant.publish_key(&new);
    tenant.sign_with(&new);
    layer.refresh_now().await.unwrap();
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert_eq!(
        status(&app, &old_token).await,
        401,
        "although it was verified before"
    );
}
