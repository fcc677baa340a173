//! What a readiness probe sees, when nobody but the probe comes.

use std::pin::Pin;

use tower_b2c_auth::{B2cAuthLayer, Fetch, FetchError, Health, Settings, from_metadata};

use crate::support::{API_ID, Api, POLICY, layer_for, manual_clock, tenant_at};
use b2c_emulator::Emulator;

#[tokio::test]
async fn asking_for_health_starts_the_fetches_that_it_asks_about() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).build().unwrap();
    assert!(!auth.health().is_ready());
    until(&auth, Health::is_ready).await;

    // A swap starts fetching the keys of a tenant that it adds, without a request.
    let other = Emulator::builder()
        .tenant("fabrikam")
        .start()
        .await
        .unwrap();
    let added: Vec<_> = from_metadata(other.metadata_url(POLICY)).into();
    auth.update_settings(|settings| settings.authorities.extend(added))
        .unwrap();
    let fetched = async {
        while other.requests().keys() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, fetched).await.unwrap();
    until(&auth, Health::is_ready).await;

    // A tenant that is on demand is not fetched, and readiness does not wait for it.
    let rare = Emulator::builder().tenant("rare").start().await.unwrap();
    let added: Vec<_> = from_metadata(rare.metadata_url(POLICY)).on_demand().into();
    auth.update_settings(|settings| settings.authorities.extend(added))
        .unwrap();
    assert!(auth.health().is_ready() && auth.health().is_complete());
    assert_eq!(rare.requests().metadata(), 0);
}

#[tokio::test]
async fn one_mistyped_tenant_that_is_optional_leaves_the_service_ready_and_not_complete() {
    let tenant = Emulator::start().await.unwrap();
    let mistyped = from_metadata(tenant.metadata_url("B2C_1_mistyped"));
    let auth = layer_for(&tenant)
        .authority(mistyped.clone().name("typo").optional())
        .build()
        .unwrap();
    until(&auth, Health::is_ready).await;
    auth.warm_up().await.unwrap();
    let health = auth.health();
    assert!(health.is_ready() && !health.is_complete());
    let states = health.authorities().iter();
    assert!(
        states
            .map(|one| (&*one.authority, one.optional))
            .any(|it| it == ("typo", true))
    );

    // If all authorities are optional, at least one must have keys.
    let alone = B2cAuthLayer::builder()
        .authority(mistyped.optional())
        .audience(API_ID)
        .build()
        .unwrap();
    alone.warm_up().await.unwrap_err();
    assert!(!alone.health().is_ready());
}

#[tokio::test]
async fn settings_in_force_are_read_and_changed_in_one_step() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).build().unwrap();
    let before = auth.settings();
    let add = |at: usize| {
        let auth = auth.clone();
        std::thread::spawn(move || {
            auth.update_settings(|settings| settings.audiences.push(format!("api-{at}")))
        })
    };
    for thread in (0..20).map(add).collect::<Vec<_>>() {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(auth.settings().audiences.len(), before.audiences.len() + 20);

    let mistaken = auth.update_settings(|settings| *settings = Settings::default());
    assert_eq!(mistaken.unwrap_err().mistakes().len(), 2);
    assert_eq!(auth.settings().audiences.len(), before.audiences.len() + 20);
}

#[tokio::test]
async fn metadata_of_many_tenants_is_refused_by_name() {
    #[derive(Debug)]
    struct Organizations;
    impl Fetch for Organizations {
        fn get(
            &self,
            _: &str,
            _: usize,
        ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
            let metadata = r#"{"issuer":"https://login.microsoftonline.com/{tenantid}/v2.0","jwks_uri":"https://login.microsoftonline.com/organizations/discovery/v2.0/keys"}"#;
            Box::pin(std::future::ready(Ok(metadata.into())))
        }
    }
    let url =
        "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration";
    let auth = B2cAuthLayer::builder()
        .authority(from_metadata(url))
        .audience(API_ID)
        .fetch(Organizations)
        .build()
        .unwrap();
    assert_eq!(auth.refresh_now().await, Err(FetchError::IssuerTemplate));
    assert!(!auth.health().is_ready());
}

/// Only the probe comes, again and again.
async fn until(auth: &B2cAuthLayer, holds: impl Fn(&Health) -> bool) {
    let holds = async {
        while !holds(&auth.health()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, holds).await.unwrap();
}

const DEADLINE: std::time::Duration = std::time::Duration::from_secs(60);

#[tokio::test]
async fn health_is_written_as_json_for_a_probe() {
    let clock = manual_clock();
    let mut tenant = tenant_at(&clock).await;
    let auth = layer_for(&tenant).clock(clock.clone()).build().unwrap();
    let probe = {
        let auth = auth.clone();
        axum::routing::get(async move || axum::Json(auth.health()))
    };
    let api = Api::serve(axum::Router::new().route("/readyz", probe)).await;
    auth.warm_up().await.unwrap();
    let ask = async || {
        let body = api.get_with("/readyz", &[]).await.body;
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    let ready = ask().await;
    assert_eq!(ready["version"], 1);
    assert_eq!(ready["authorities"][0]["status"], "ready");
    assert_eq!(ready["authorities"][0]["usable_keys"], 1);

    tenant.suspend().await;
    auth.refresh_now().await.unwrap_err();
    clock.advance(std::time::Duration::from_secs(7));
    let stale = ask().await;
    assert_eq!(
        (&stale["ready"], &stale["complete"]),
        (&true.into(), &true.into())
    );
    let authority = &stale["authorities"][0];
    assert_eq!(authority["status"], "stale");
    assert_eq!(authority["failing_for_seconds"], 7);
    assert_eq!(
        authority["last_error"],
        "no connection to the identity provider"
    );
}

/// The bug: how long fetches had been failing was not said while there were no keys.
#[tokio::test]
async fn an_authority_without_keys_says_how_long_its_fetches_have_been_failing() {
    let clock = manual_clock();
    let mut tenant = tenant_at(&clock).await;
    let auth = layer_for(&tenant).clock(clock.clone()).build().unwrap();
    let failing = || {
        let health = serde_json::to_value(auth.health()).unwrap();
        health["authorities"][0]["failing_for_seconds"].clone()
    };
    assert!(failing().is_null(), "nothing was fetched yet");
    tenant.suspend().await;
    auth.refresh_now().await.unwrap_err();
    clock.advance(std::time::Duration::from_secs(7));
    assert_eq!(failing(), 7);
}
