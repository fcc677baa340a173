//! Browsers ask first, without credentials (Fetch standard, "CORS-preflight request").

use b2c_emulator::Emulator;
use http::Method;
use tower_http::cors::{Any, CorsLayer};

use crate::support::{Api, POLICY, layer_for, protected};

#[tokio::test]
async fn a_preflight_passes_where_cors_lies_outside_and_refusals_can_be_read_by_scripts() {
    let tenant = Emulator::start().await.unwrap();
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_headers([http::header::AUTHORIZATION]);
    let router = protected(layer_for(&tenant).build().unwrap()).layer(cors);
    let api = Api::serve(router).await;

    let preflight = preflight(&api).await;
    assert_eq!(preflight.status(), 200);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        preflight.headers()["access-control-allow-headers"],
        "authorization"
    );
    assert_eq!(tenant.requests().total(), 0, "the layer has not seen it");

    let refused = api.get_with("/tasks", &[]).await;
    assert_eq!((refused.status, refused.challenge()), (401, Some("Bearer")));
    assert_eq!(refused.headers["access-control-allow-origin"], "*");
    let good = api.get("/tasks", &tenant.token(POLICY).sign()).await;
    assert_eq!(good.status, 200);
}

#[tokio::test]
async fn a_preflight_is_refused_where_nothing_answers_it_before_the_layer() {
    let tenant = Emulator::start().await.unwrap();
    let api = Api::serve(protected(layer_for(&tenant).build().unwrap())).await;
    assert_eq!(preflight(&api).await.status(), 401);
}

async fn preflight(api: &Api) -> reqwest::Response {
    let request = api
        .request(Method::OPTIONS, "/tasks")
        .header("origin", "https://app.contoso.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    request.send().await.unwrap()
}
