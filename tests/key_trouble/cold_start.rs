use std::time::Duration;

use futures_util::future::join_all;
use tower_b2c_auth::{AuthorityStatus, FetchError, from_metadata};

use super::{MINUTE, app, ask, status, tenant_and_layer, until};
use crate::support::{POLICY, layer_for};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_concurrent_first_requests_share_one_fetch() {
    let (tenant, _clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let token = tenant.token(POLICY).sign();
    let requests = (0..1000).map(|_| {
        let (app, token) = (app.clone(), token.clone());
        tokio::spawn(async move { status(&app, &token).await })
    });
    for answer in join_all(requests).await {
        assert_eq!(answer.unwrap(), 200);
    }
    let requests = tenant.requests();
    assert_eq!((requests.metadata(), requests.keys()), (1, 1));
}

#[tokio::test]
async fn requests_get_503_until_the_identity_provider_is_up() {
    let (mut tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let token = tenant.token(POLICY).sign();
    tenant.suspend().await;

    let refused = ask(&app, &token).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (503, &"1".parse().unwrap())
    );
    assert!(!refused.headers().contains_key("www-authenticate"));
    let cold = layer.health();
    assert!(!cold.is_ready());
    assert_eq!(
        cold.authorities()[0].status,
        AuthorityStatus::Cold {
            last_error: Some(FetchError::Connect)
        }
    );
    assert_eq!(layer.warm_up().await.unwrap_err(), cold);

    // Between two attempts nobody waits, and nothing is asked.
    clock.advance(Duration::from_millis(900));
    assert_eq!(status(&app, &token).await, 503);

    tenant.resume().await.unwrap();
    clock.advance(MINUTE);
    until(&app, &token, 200).await;
    assert!(layer.health().is_ready());
    layer.warm_up().await.unwrap();
}

#[tokio::test]
async fn the_back_off_grows_to_a_minute_and_stays_there() {
    let (mut tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let token = tenant.token(POLICY).sign();
    tenant.suspend().await;
    let mut waits = Vec::new();
    for _ in 0..9 {
        let refused = ask(&app, &token).await;
        let wait: u64 = refused.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        waits.push(wait);
        clock.advance(Duration::from_secs(wait));
        // The attempt that is due now.
        layer.warm_up().await.unwrap_err();
    }
    assert_eq!(waits[0], 1);
    for (earlier, later) in waits.iter().zip(&waits[1..]) {
        assert!(later >= earlier || *earlier >= 48, "{waits:?}");
    }
    assert!(
        waits.iter().all(|wait| (1..=60).contains(wait)) && waits[8] >= 48,
        "{waits:?}"
    );
}

#[tokio::test]
async fn retry_after_is_respected_for_at_most_a_minute() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    tenant.fault(
        b2c_emulator::Endpoint::Keys,
        b2c_emulator::Fault::Status {
            code: 429,
            retry_after: Some(86_400),
        },
    );
    let app = app(&layer);
    let token = tenant.token(POLICY).sign();
    let refused = ask(&app, &token).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (503, &"60".parse().unwrap())
    );
    tenant.heal();
    clock.advance(Duration::from_secs(59));
    assert_eq!(status(&app, &token).await, 503);
    clock.advance(Duration::from_secs(1));
    assert_eq!(status(&app, &token).await, 200);
}

#[tokio::test]
async fn one_dead_policy_does_not_take_the_others_down() {
    let clock = crate::support::manual_clock();
    let tenant = b2c_emulator::Emulator::builder()
        .policy(POLICY)
        .policy("B2C_1A_dead")
        .key_sharing(b2c_emulator::KeySharing::PerPolicy)
        .clock(crate::support::emulator_time(&clock))
        .start()
        .await
        .unwrap();
    // The second authority is a policy that the tenant does not know: 404.
    let builder = layer_for(&tenant).authority(from_metadata(tenant.metadata_url("B2C_1_unknown")));
    let layer = super::quick(builder, &clock).build().unwrap();
    let app = app(&layer);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert!(!layer.health().is_ready());
    // A token whose key the dead authority might have cannot be judged.
    assert_eq!(status(&app, &tenant.token("B2C_1A_dead").sign()).await, 503);
}
