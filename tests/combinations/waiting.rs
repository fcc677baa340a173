//! Requests that wait for keys hold nothing that others need, and are bounded in number.

use std::{convert::Infallible, pin::pin};

use axum::body::Body;
use futures_util::{FutureExt as _, future::join_all};
use http::{Request, Response};
use tower::{Layer as _, Service as _, ServiceExt as _, limit::ConcurrencyLimit, service_fn};
use tower_b2c_auth::{AuthError, KeyRefresh, KeySettings, Unjudged};
use tower_test::mock;

use super::*;

fn request(token: &str) -> Request<()> {
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    request.body(()).unwrap()
}

fn gated(builder: B2cAuthBuilder, keys: KeySettings) -> (Gate, B2cAuthLayer) {
    let (gate, clock) = (Gate::closed(), manual_clock());
    let builder = builder.keys(keys).clock(clock).fetch(gate.clone());
    (gate, builder.build().unwrap())
}

#[tokio::test]
async fn ten_requests_that_wait_hold_none_of_ten_permits() {
    let tenant = tenant_at(&manual_clock()).await;
    let (gate, auth) = gated(layer_for(&tenant), KeySettings::default());
    let inner =
        service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Body::empty())));
    let limited = ConcurrencyLimit::new(inner, 10);
    let service = auth.layer(limited.clone());
    let token = tenant.token(POLICY).sign();
    let mut waiting = Vec::new();
    for _ in 0..10 {
        // A server that has polled its service ready calls it.
        let mut service = service.clone();
        let response = service.ready().await.unwrap().call(request(&token));
        let mut response = Box::pin(response);
        assert!(response.as_mut().now_or_never().is_none());
        waiting.push((service, response));
    }
    let mut free: Vec<_> = (0..10).map(|_| limited.clone()).collect();
    for service in &mut free {
        let ready = service.ready().now_or_never();
        assert!(ready.is_some(), "a request that waits holds a permit");
    }
    // No permit is left, so a request that has waited for keys now waits for one.
    gate.open();
    let (mut services, responses): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
    let mut responses = join_all(responses);
    while tenant.requests().keys() == 0 {
        assert!((&mut responses).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    assert!((&mut responses).now_or_never().is_none());
    drop(free);
    for response in responses.await {
        assert_eq!(response.unwrap().status(), 200);
    }
    // Services that were called are still usable.
    for service in &mut services {
        let response = service.ready().await.unwrap().call(request(&token));
        assert_eq!(response.await.unwrap().status(), 200);
    }
}

/// The mock panics when it is called without having been polled ready for this call.
#[tokio::test]
async fn the_service_that_is_called_after_the_wait_was_polled_ready_for_this_call() {
    type Mock = mock::Mock<Request<()>, Response<String>>;
    type Handle = mock::Handle<Request<()>, Response<String>>;
    let tenant = tenant_at(&manual_clock()).await;
    let (gate, auth) = gated(layer_for(&tenant), KeySettings::default());
    let (inner, mut handle): (Mock, Handle) = mock::pair();
    let mut service = auth.layer(inner);
    let token = tenant.token(POLICY).sign();
    handle.allow(1);
    let response = service.ready().await.unwrap().call(request(&token));
    let mut response = Box::pin(response);
    assert!(response.as_mut().now_or_never().is_none());
    // The inner service was ready before the wait, and no longer is.
    handle.allow(0);
    gate.open();
    auth.warm_up().await.unwrap();
    for _ in 0..10 {
        assert!(response.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    assert!(pin!(handle.next_request()).now_or_never().is_none());
    handle.allow(1);
    let serve = async {
        let (_, answer) = handle.next_request().await.unwrap();
        answer.send_response(Response::new("2".into()));
    };
    let (response, ()) = tokio::join!(response, serve);
    let body = axum::body::to_bytes(response.unwrap().into_body(), 10).await;
    assert_eq!(body.unwrap(), "2");
}

fn refused_for_room(response: Option<Result<Response<Body>, Infallible>>) {
    let response = response
        .expect("it waits although there is no room")
        .unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "5");
    let error = response.extensions().get::<AuthError>().unwrap();
    assert_eq!(error.reason(), "too_many_waiting");
    let expected = Unjudged::TooManyWaiting {
        retry_after: 5 * SECOND,
    };
    assert_eq!(*error, AuthError::from(expected));
}

#[tokio::test]
async fn no_more_requests_wait_than_max_waiting_says() {
    let tenant = tenant_at(&manual_clock()).await;
    let bounded = KeySettings {
        max_waiting: 3,
        max_waiting_per_authority: 3,
        ..KeySettings::default()
    };
    let (gate, auth) = gated(layer_for(&tenant), bounded);
    let inner =
        service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Body::empty())));
    let service = auth.layer(inner);
    let token = tenant.token(POLICY).sign();
    let ask = || Box::pin(service.clone().oneshot(request(&token)));
    let mut waiting: Vec<_> = (0..3).map(|_| ask()).collect();
    for one in &mut waiting {
        assert!(one.now_or_never().is_none());
    }
    refused_for_room(ask().now_or_never());
    // A request that hangs up frees its place.
    waiting.pop();
    let mut another = ask();
    assert!((&mut another).now_or_never().is_none());
    refused_for_room(ask().now_or_never());
    waiting.push(another);
    gate.open();
    for response in join_all(waiting).await {
        assert_eq!(response.unwrap().status(), 200);
    }
    assert_eq!(ask().await.unwrap().status(), 200);
    assert_eq!(auth.decisions().refused["too_many_waiting"], 2);
}

#[tokio::test]
async fn a_swap_makes_no_room() {
    let tenant = tenant_at(&manual_clock()).await;
    let mut settings = settings([authority("contoso", &tenant)]);
    settings.keys.max_waiting = 1;
    settings.keys.max_waiting_per_authority = 1;
    let keys = settings.keys.clone();
    let (gate, auth) = gated(B2cAuthBuilder::from(settings.clone()), keys);
    let inner =
        service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Body::empty())));
    let service = auth.layer(inner);
    let token = tenant.token(POLICY).sign();
    let ask = || Box::pin(service.clone().oneshot(request(&token)));
    let mut waiting = ask();
    assert!((&mut waiting).now_or_never().is_none());
    // Another source, so that only the limit on all requests is reached.
    settings.authorities[0].keys_host = Some("keys.contoso.example".into());
    auth.swap_settings(&settings).unwrap();
    refused_for_room(ask().now_or_never());
    gate.open();
    assert_eq!(waiting.await.unwrap().status(), 200);
    assert_eq!(ask().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_authority_that_hangs_leaves_room_for_the_others() {
    let clock = manual_clock();
    let (hanging, other) = two_tenants(&clock).await;
    let bounded = KeySettings {
        max_waiting: 5,
        max_waiting_per_authority: 2,
        ..KeySettings::default()
    };
    let both = settings([authority("hanging", &hanging), authority("other", &other)]);
    let (gate, auth) = gated(B2cAuthBuilder::from(both), bounded);
    let inner =
        service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Body::empty())));
    let service = auth.layer(inner);
    let ask = |token: String| Box::pin(service.clone().oneshot(request(&token)));
    let mut waiting: Vec<_> = (0..2).map(|_| ask(hanging.token(POLICY).sign())).collect();
    for one in &mut waiting {
        assert!(one.now_or_never().is_none());
    }
    refused_for_room(ask(hanging.token(POLICY).sign()).now_or_never());
    let mut others = ask(other.token(POLICY).sign());
    assert!((&mut others).now_or_never().is_none(), "it has room");
    gate.open();
    assert_eq!(others.await.unwrap().status(), 200);
    for response in join_all(waiting).await {
        assert_eq!(response.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_request_without_room_begins_no_fetch() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let gate = Gate::closed();
    let keys = KeySettings {
        refresh: KeyRefresh::OnRequest,
        max_waiting_per_authority: 1,
        unknown_key_fetches: 1,
        ..KeySettings::default()
    };
    let builder = layer_for(&tenant).keys(keys).clock(clock.clone());
    let auth = builder.fetch(gate.clone()).build().unwrap();
    let inner =
        service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Body::empty())));
    let service = auth.layer(inner);
    let ask = |kid: &str| {
        let token = tenant.token(POLICY).lifetime(HOUR).kid(kid).sign();
        Box::pin(service.clone().oneshot(request(&token)))
    };
    let mut waiting = ask("first");
    assert!((&mut waiting).now_or_never().is_none());
    // Somebody else drives the fetch to its end; the request keeps its room until it is polled.
    gate.open();
    auth.warm_up().await.unwrap();
    assert_eq!(tenant.requests().keys(), 1);
    refused_for_room(ask("second").now_or_never());
    drop(waiting);
    // By now the whole budget is there again: one.
    clock.advance(61 * SECOND);
    for kid in ["third", "fourth"] {
        let response = ask(kid).await.unwrap();
        assert!([401, 503].contains(&response.status().as_u16()));
    }
    assert_eq!(tenant.requests().keys(), 2);
}
