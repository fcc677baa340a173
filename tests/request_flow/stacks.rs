//! The usual stacks compile as they stand, in both orders, for axum and for plain hyper, and the refusal comes through each.

use std::{convert::Infallible, time::Duration};

use axum::{Router, body::Body, routing::get};
use b2c_emulator::Emulator;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _, service_fn};
use tower_b2c_auth::{B2cAuthLayer, RefusalSettings, VerifiedClaims, scope};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::CorsLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use crate::support::{Api, POLICY, layer_for, text};

/// A layer whose refusals have no body, and one whose refusals have one.
fn layers(tenant: &Emulator) -> [B2cAuthLayer; 2] {
    let json = layer_for(tenant).refusal(RefusalSettings::default());
    [layer_for(tenant), json].map(|builder| builder.build().unwrap())
}

/// Our layer outside of another one and inside of it, around a plain service and around axum's routes. The routes also have a requirement, once with the
/// other layer between it and ours.
macro_rules! both_orders {
    ($name:ident: $layer:expr) => {
        #[tokio::test]
        async fn $name() {
            let tenant = Emulator::start().await.unwrap();
            for auth in layers(&tenant) {
                let rule = || auth.require(scope("tasks.read"));
                let routes = || Router::new().route("/", get(greet));
                let outside = ServiceBuilder::new()
                    .layer(auth.clone())
                    .layer(rule())
                    .layer($layer);
                let inside = ServiceBuilder::new()
                    .layer($layer)
                    .layer(auth.clone())
                    .layer(rule());
                let between = ServiceBuilder::new()
                    .layer(auth.clone())
                    .layer($layer)
                    .layer(rule());
                check(&tenant, routes().layer(outside)).await;
                check(&tenant, routes().layer(inside)).await;
                check(&tenant, routes().layer(between)).await;

                let plain = || {
                    service_fn(async |request: Request<_>| {
                        let claims = request.extensions().get::<VerifiedClaims>().unwrap();
                        Ok::<_, Infallible>(Response::new(Body::from(
                            claims.policy().unwrap().to_owned(),
                        )))
                    })
                };
                check(
                    &tenant,
                    ServiceBuilder::new()
                        .layer(auth.clone())
                        .layer($layer)
                        .service(plain()),
                )
                .await;
                check(
                    &tenant,
                    ServiceBuilder::new()
                        .layer($layer)
                        .layer(auth.clone())
                        .service(plain()),
                )
                .await;
            }
        }
    };
}

both_orders!(trace: TraceLayer::new_for_http());
both_orders!(compression: CompressionLayer::new());
both_orders!(body_limit: RequestBodyLimitLayer::new(1024));
both_orders!(catch_panic: CatchPanicLayer::new());
both_orders!(time_out: TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(60)));
both_orders!(cors: CorsLayer::permissive());
both_orders!(request_id: SetRequestIdLayer::x_request_id(MakeRequestUuid));
both_orders!(propagated_id: PropagateRequestIdLayer::x_request_id());

/// All these layers in one stack, as in a real service.
#[tokio::test]
async fn the_whole_stack() {
    let tenant = Emulator::start().await.unwrap();
    for auth in layers(&tenant) {
        let stack = ServiceBuilder::new()
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .layer(TraceLayer::new_for_http())
            .layer(PropagateRequestIdLayer::x_request_id())
            .layer(CatchPanicLayer::new())
            .layer(CompressionLayer::new())
            .layer(CorsLayer::permissive())
            .layer(auth)
            .layer(RequestBodyLimitLayer::new(1024));
        check(&tenant, Router::new().route("/", get(greet)).layer(stack)).await;
    }
}

/// A proxy hands on the body that hyper gave it.
#[tokio::test]
async fn the_layer_wraps_a_proxy_with_hypers_bodies() {
    let tenant = Emulator::start().await.unwrap();
    let behind = Router::new().route("/", get(async || POLICY));
    let behind = Api::serve(behind).await;
    let upstream = behind.address();
    let proxy = service_fn(move |request: Request<Body>| async move {
        let socket = tokio::net::TcpStream::connect(upstream).await.unwrap();
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(socket));
        let (mut sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        let response: Response<Incoming> = sender.send_request(request).await.unwrap();
        Ok::<_, Infallible>(response)
    });
    for auth in layers(&tenant) {
        check(&tenant, auth.layer(proxy)).await;
        let traced = ServiceBuilder::new()
            .layer(auth)
            .layer(TraceLayer::new_for_http());
        check(&tenant, traced.service(proxy)).await;
    }
}

async fn greet(claims: VerifiedClaims) -> String {
    claims.policy().unwrap().to_owned()
}

async fn check<S, B>(tenant: &Emulator, service: S)
where
    S: Service<Request<Body>, Response = Response<B>, Error: std::fmt::Debug> + Clone,
    B: http_body_util::BodyExt<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    let request = |token: Option<&str>| {
        let mut request = Request::get("/").header("host", "localhost");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(Body::empty()).unwrap()
    };
    let token = tenant.token(POLICY).scope("tasks.read").sign();
    let good = service
        .clone()
        .oneshot(request(Some(&token)))
        .await
        .unwrap();
    assert_eq!(good.status(), 200);
    assert_eq!(text(good.map(Body::new)).await, POLICY);
    let refused = service.oneshot(request(None)).await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
}
