//! Wrongly assembled routers.

use axum::{Extension, routing::get};
use tower_b2c_auth::{Unjudged, VerifiedClaims, scope};

use super::*;

#[tokio::test]
async fn an_extractor_without_the_layer_answers_500_and_names_the_remedy() {
    let handler = async |claims: VerifiedClaims| claims.issuer().to_owned();
    let api = Api::serve(Router::new().route("/tasks", get(handler))).await;
    let answer = api.get("/tasks", "abc.def.ghi").await;
    let remedy = "no verified claims in this request: add B2cAuthLayer to the router, around this handler or middleware";
    assert_eq!(
        (answer.status, answer.challenge(), answer.body.as_str()),
        (500, None, remedy)
    );
}

#[tokio::test]
async fn a_requirement_without_the_layer_answers_500_and_lets_nobody_in() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant).build().unwrap();
    // The wrong way round: the requirement lies outside of the layer.
    let outside = Router::new()
        .route("/tasks", get(async || "in"))
        .layer(auth.clone())
        .layer(auth.require(scope("a")));
    let alone = Router::new().route("/tasks", get(async || "in").layer(auth.require(scope("a"))));
    let token = world.token().scope("a").sign();
    for router in [outside, alone] {
        let case = Case::bearer("good token", &token, Unjudged::MissingLayer);
        assert_refused(&router, [case], 500, None).await;
    }
    let text = Unjudged::MissingLayer.to_string();
    assert!(
        text.contains("add that layer to the router, outside the requirement"),
        "{text}"
    );
}

#[tokio::test]
async fn claims_that_somebody_put_into_the_request_before_are_removed() {
    let world = World::start().await;
    let stale = verified(&world, "stale").await;
    let seen = async |claims: Option<VerifiedClaims>| {
        claims.map_or("nobody".to_owned(), |claims| {
            claims.subject().unwrap().to_owned()
        })
    };
    let auth = layer_for(&world.tenant).clock(world.clock.clone());
    let reporting = auth.clone().danger_report_only().build().unwrap();
    let behind = |auth| {
        Router::new()
            .route("/tasks", get(seen))
            .layer(auth)
            .layer(Extension(stale.clone()))
    };

    let fresh = world.token().subject("fresh").sign();
    let api = Api::serve(behind(auth.build().unwrap())).await;
    assert_eq!(api.get("/tasks", &fresh).await.body, "fresh");
    assert_eq!(api.get_with("/tasks", &[]).await.status, 401);

    // Only here does a request without a token reach the handler at all.
    let api = Api::serve(behind(reporting)).await;
    assert_eq!(api.get_with("/tasks", &[]).await.body, "nobody");
    assert_eq!(api.get("/tasks", "abc.def.ghi").await.body, "nobody");
    assert_eq!(api.get("/tasks", &fresh).await.body, "fresh");
}

#[tokio::test]
async fn optional_claims_are_none_without_a_layer() {
    let handler = async |claims: Option<VerifiedClaims>| claims.is_none().to_string();
    let api = Api::serve(Router::new().route("/tasks", get(handler))).await;
    let answer = api.get("/tasks", "abc.def.ghi").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "true"));
}

/// Claims of this user as the layer makes them.
async fn verified(world: &World, subject: &str) -> VerifiedClaims {
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let give = tower::service_fn(async |request: Request<Body>| {
        let claims = request.extensions().get::<VerifiedClaims>().cloned();
        let mut response = http::Response::new(Body::empty());
        response.extensions_mut().insert(claims);
        Ok::<_, std::convert::Infallible>(response)
    });
    let token = world.token().subject(subject).sign();
    let request = Case::bearer("", &token, Unjudged::MissingLayer).request();
    let service = tower::Layer::layer(&auth, give);
    let mut response = service.oneshot(request).await.unwrap();
    let claims: Option<Option<VerifiedClaims>> = response.extensions_mut().remove();
    claims.flatten().unwrap()
}
