use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Router, body::Body, http::Request, routing::get};
use tower::ServiceExt as _;
use tower_b2c_auth::{RequiredClaim, Settings, VerifiedClaims, migration::Stage};

use super::{layer, settings, tenant};
use crate::support::{API_ID, OTHER_API_ID, POLICY};

/// These settings accept one audience, and only tokens that repeat it in another claim. A mixture of two such settings would accept a token and then miss
/// the claim, or the other way round.
fn paired(mut settings: Settings, audience: &str) -> Settings {
    settings.audiences = vec![audience.into()];
    settings.required_claims = vec![RequiredClaim {
        name: "pair".into(),
        values: vec![audience.into()],
        ..RequiredClaim::default()
    }];
    settings
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_sees_a_mixture_of_old_and_new_settings() {
    let (tenant, clock) = tenant().await;
    let first = paired(settings(&tenant, Stage::Accept), API_ID);
    let second = paired(settings(&tenant, Stage::Accept), OTHER_API_ID);
    let auth = layer(first.clone(), &clock);
    auth.warm_up().await.unwrap();
    let app = Router::new()
        .route("/", get(|_: VerifiedClaims| async {}))
        .layer(auth.clone());
    let tokens = [API_ID, OTHER_API_ID].map(|audience| {
        tenant
            .token(POLICY)
            .audience(audience)
            .claim("pair", audience)
            .sign()
    });

    let done = Arc::new(AtomicBool::new(false));
    let ask = |token: String| {
        let (app, done) = (app.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut counts = [0_u32; 2];
            while !done.load(Ordering::Relaxed) || counts.contains(&0) {
                let request = Request::get("/")
                    .header("authorization", format!("Bearer {token}"))
                    .body(Body::empty())
                    .unwrap();
                match app
                    .clone()
                    .oneshot(request)
                    .await
                    .unwrap()
                    .status()
                    .as_u16()
                {
                    200 => counts[0] += 1,
                    // Not our audience under the current settings. 403 would mean the audience of one set of settings with the claim of the other.
                    401 => counts[1] += 1,
                    other => panic!("a mixture: {other}"),
                }
                tokio::task::yield_now().await;
            }
            counts
        })
    };
    let asking = tokens.map(ask);
    for _ in 0..200 {
        auth.swap_settings(&second).unwrap();
        tokio::task::yield_now().await;
        auth.swap_settings(&first).unwrap();
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::Relaxed);
    // Each goes on until it has seen both settings, so somebody has to go on changing them.
    let changing = {
        let auth = auth.clone();
        tokio::spawn(async move {
            loop {
                auth.swap_settings(&second).unwrap();
                tokio::task::yield_now().await;
                auth.swap_settings(&first).unwrap();
                tokio::task::yield_now().await;
            }
        })
    };
    for counts in futures_util::future::join_all(asking).await {
        let [accepted, refused] = counts.unwrap();
        assert!(
            accepted > 0 && refused > 0,
            "{accepted} accepted, {refused} refused"
        );
    }
    changing.abort();
    assert_eq!(
        tenant.requests().keys(),
        1,
        "the keys were kept through every change"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_both_settings_accept_is_never_refused_while_they_change() {
    let (tenant, clock) = tenant().await;
    let mut both = settings(&tenant, Stage::Accept);
    both.audiences.push(OTHER_API_ID.into());
    let one = settings(&tenant, Stage::Announce);
    let auth = layer(both.clone(), &clock);
    auth.warm_up().await.unwrap();
    let app = Router::new()
        .route("/", get(|_: VerifiedClaims| async {}))
        .layer(auth.clone());
    let token = tenant.token(POLICY).sign();
    let asking = tokio::spawn(async move {
        for _ in 0..3000 {
            let request = Request::get("/")
                .header("authorization", format!("Bearer {token}"))
                .body(Body::empty())
                .unwrap();
            assert_eq!(app.clone().oneshot(request).await.unwrap().status(), 200);
            tokio::task::yield_now().await;
        }
    });
    while !asking.is_finished() {
        auth.swap_settings(&one).unwrap();
        tokio::task::yield_now().await;
        auth.swap_settings(&both).unwrap();
        tokio::task::yield_now().await;
    }
    asking.await.unwrap();
}

#[tokio::test]
async fn bad_settings_change_nothing() {
    let (tenant, clock) = tenant().await;
    let auth = layer(settings(&tenant, Stage::Accept), &clock);
    let error = auth.swap_settings(&Settings::default()).unwrap_err();
    let fields: Vec<_> = error
        .mistakes()
        .iter()
        .map(|mistake| mistake.field.as_str())
        .collect();
    assert_eq!(fields, ["audiences", "authorities"]);
    let app = Router::new()
        .route("/", get(|_: VerifiedClaims| async {}))
        .layer(auth);
    let request = Request::get("/")
        .header(
            "authorization",
            format!("Bearer {}", tenant.token(POLICY).sign()),
        )
        .body(Body::empty())
        .unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
}
