//! Who may come in: client applications, and how long a token may live.

use std::time::Duration;

use axum::{Router, body::Body, routing::get};
use http::Request;
use tower::ServiceExt as _;
use tower_b2c_auth::{
    AuthError, B2cAuthBuilder, B2cAuthLayer, Refused, TokenError, VerifiedClaims, all_of, any_of,
    client, from_metadata, scope,
};

use super::World;
use crate::support::{API_ID, NOW, POLICY, layer_for};

const OURS: &str = "22223333-cccc-4444-dddd-5555eeee6666";
const THEIRS: &str = "33334444-dddd-5555-eeee-6666ffff7777";

#[tokio::test]
async fn an_authority_accepts_the_tokens_of_its_clients_only() {
    let world = World::start().await;
    let authority = from_metadata(world.tenant.metadata_url(POLICY)).client(OURS);
    let builder = B2cAuthLayer::builder()
        .authority(authority)
        .audience(API_ID);
    let app = app(builder.clock(world.clock.clone()));
    let azp = |id: &str| world.token().client_id(id);
    for (token, error) in [
        (azp(OURS), None),
        (azp(THEIRS), Some(TokenError::ForeignClient)),
        // `azp` takes precedence over `appid`; a token without a client is foreign.
        (azp(OURS).without("azp").claim("appid", OURS), None),
        (
            azp(THEIRS).claim("appid", OURS),
            Some(TokenError::ForeignClient),
        ),
        (azp(OURS).without("azp"), Some(TokenError::ForeignClient)),
        (azp(&OURS.to_uppercase()), Some(TokenError::ForeignClient)),
    ] {
        let found = ask(&app, "/", &token.sign()).await;
        let expected = error.map(|error| (401, AuthError::from(error), "foreign_client"));
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_route_can_be_for_some_clients() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let rule = auth.require(any_of([client(OURS), client("another")]));
    let app = Router::new()
        .route("/", get(async || "in").layer(rule))
        .layer(auth);
    let ours = world.token().client_id(OURS).sign();
    assert_eq!(ask(&app, "/", &ours).await, None);
    let theirs = world.token().client_id(THEIRS).sign();
    let refused = AuthError::Refused(Refused::ForeignClient);
    assert_eq!(
        ask(&app, "/", &theirs).await,
        Some((403, refused, "foreign_client"))
    );
}

#[tokio::test]
async fn a_foreign_client_is_not_asked_for_more_scopes() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let both = || all_of([client(OURS), scope("tasks.read")]);
    let in_handler = async move |claims: VerifiedClaims| claims.require(&both()).map(|()| "in");
    let app = Router::new()
        .route("/rule", get(async || "in").layer(auth.require(both())))
        .route("/handler", get(in_handler))
        .layer(auth);
    let with = |id: &str, scope: &str| world.token().client_id(id).scope(scope).sign();
    for path in ["/rule", "/handler"] {
        assert_eq!(ask(&app, path, &with(OURS, "tasks.read")).await, None);
        for (token, reason) in [
            (with(THEIRS, "tasks.read"), "foreign_client"),
            (with(OURS, "tasks.write"), "insufficient_scope"),
            (with(THEIRS, "tasks.write"), "insufficient_scope"),
        ] {
            let (status, _, found) = ask(&app, path, &token).await.unwrap();
            assert_eq!((status, found), (403, reason), "{path}");
        }
    }
}

/// The bug: a client that had the scope was asked for it.
#[tokio::test]
async fn nor_is_it_if_every_alternative_lacks_only_the_client() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let either = any_of([
        all_of([client(OURS), scope("tasks.read")]),
        all_of([client("another"), scope("tasks.write")]),
    ]);
    let app = Router::new()
        .route("/", get(async || "in").layer(auth.require(either)))
        .layer(auth);
    for (scopes, reason) in [
        ("tasks.read tasks.write", "foreign_client"),
        ("tasks.read", "insufficient_scope"),
        ("tasks.other", "insufficient_scope"),
    ] {
        let token = world.token().client_id(THEIRS).scope(scopes).sign();
        let (status, _, found) = ask(&app, "/", &token).await.unwrap();
        assert_eq!((status, found), (403, reason), "{scopes:?}");
    }
}

#[tokio::test]
async fn a_token_may_live_as_long_as_the_settings_say() {
    let world = World::start().await;
    let hour = Duration::from_secs(3600);
    let builder = layer_for(&world.tenant).clock(world.clock.clone());
    let lifetime = app(builder.clone().max_token_lifetime(hour));
    let age = app(builder.max_token_age(hour));
    let token = |issued_at: u64, lifetime: u64| {
        let token = world.token().issued_at(issued_at);
        token.lifetime(Duration::from_secs(lifetime)).sign()
    };
    let refused = |error: TokenError| Some((401, AuthError::from(error), error.as_str()));

    assert_eq!(ask(&lifetime, "/", &token(NOW, 3600)).await, None);
    let long = ask(&lifetime, "/", &token(NOW, 3601)).await;
    assert_eq!(long, refused(TokenError::LifetimeTooLong));
    assert_eq!(ask(&age, "/", &token(NOW, 86_400)).await, None);
    let old = ask(&age, "/", &token(NOW - 3660, 86_400)).await;
    assert_eq!(old, refused(TokenError::TooOld));
    for app in [&lifetime, &age] {
        let undated = ask(app, "/", &world.token().without("iat").sign()).await;
        assert_eq!(
            undated,
            refused(TokenError::MissingClaim(b2c_verify::Claim::Iat))
        );
    }

    // One that was accepted before grows old as well.
    let young = token(NOW, 86_400);
    assert_eq!(ask(&age, "/", &young).await, None);
    world.clock.advance(hour + Duration::from_secs(59));
    assert_eq!(ask(&age, "/", &young).await, None);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&age, "/", &young).await, refused(TokenError::TooOld));
}

fn app(builder: B2cAuthBuilder) -> Router {
    Router::new()
        .route("/", get(async || "in"))
        .layer(builder.build().unwrap())
}

/// None for a request that was passed on; else status, error and reason.
async fn ask(app: &Router, path: &str, token: &str) -> Option<(u16, AuthError, &'static str)> {
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let error = response.extensions().get::<AuthError>().cloned();
    let status = response.status().as_u16();
    assert_eq!(status == 200, error.is_none());
    error.map(|error| (status, error.clone(), error.reason()))
}
