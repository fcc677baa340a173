//! tower's contract (`tower::Service`, "Backpressure" and "Be careful when cloning inner services"), and runtimes that come and go.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    sync::{Arc, Weak},
    time::Duration,
};

use axum::body::Body;
use b2c_emulator::Emulator;
use b2c_verify::NumericDate;
use futures_util::{FutureExt as _, future::join_all};
use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use tower::{BoxError, Layer as _, Service as _, ServiceExt as _, buffer::Buffer, service_fn};
use tower_b2c_auth::{B2cAuthLayer, Clock, SystemClock, VerifiedClaims};
use tower_test::mock;

use crate::support::{POLICY, layer_for, text};

type Mock = mock::Mock<Request<()>, Response<String>>;
type Handle = mock::Handle<Request<()>, Response<String>>;

#[tokio::test]
async fn the_layer_is_ready_when_the_inner_service_is() {
    let (tenant, auth) = warm().await;
    let (inner, mut handle): (Mock, Handle) = mock::pair();
    let mut service = auth.layer(inner);
    handle.allow(0);
    assert!(pin!(service.ready()).now_or_never().is_none());

    handle.allow(1);
    let response = service.ready().await.unwrap().call(request(&tenant));
    let (seen, answer) = handle.next_request().await.unwrap();
    assert!(seen.extensions().get::<VerifiedClaims>().is_some());
    answer.send_response(Response::new("in".into()));
    assert_eq!(text(response.await.unwrap()).await, "in");
    assert!(
        pin!(service.ready()).now_or_never().is_none(),
        "only one request was allowed"
    );
}

#[tokio::test]
async fn a_refused_request_never_reaches_the_inner_service() {
    let (_tenant, auth) = warm().await;
    let (inner, mut handle): (Mock, Handle) = mock::pair();
    let mut service = auth.layer(inner);
    handle.allow(2);
    let refused = service
        .ready()
        .await
        .unwrap()
        .call(Request::new(()))
        .await
        .unwrap();
    assert_eq!(
        (refused.status().as_u16(), text(refused).await),
        (401, String::new())
    );
    drop(service);
    assert!(handle.next_request().await.is_none());
}

/// The mock panics when a clone is called that was not polled ready itself.
#[tokio::test]
async fn the_service_that_was_polled_ready_is_the_one_that_is_called_also_after_a_wait_for_keys() {
    let tenant = Emulator::start().await.unwrap();
    let (inner, mut handle): (Mock, Handle) = mock::pair();
    let mut service = layer_for(&tenant).build().unwrap().layer(inner);
    for expected_fetches in [1, 1] {
        let response = service.ready().await.unwrap().call(request(&tenant));
        let inner = async {
            let (_, answer) = handle.next_request().await.unwrap();
            answer.send_response(Response::new("in".into()));
        };
        let (response, ()) = tokio::join!(response, inner);
        assert_eq!(text(response.unwrap()).await, "in");
        assert_eq!(tenant.requests().keys(), expected_fetches);
    }
}

#[tokio::test]
async fn a_buffer_inside_serves_all_who_wait_for_the_first_keys() {
    let tenant = Emulator::start().await.unwrap();
    let greet = service_fn(async |request: Request<()>| {
        let claims = request.extensions().get::<VerifiedClaims>().unwrap();
        Ok::<_, Infallible>(Response::new(claims.subject().unwrap().to_owned()))
    });
    // Room for one, so that each clone of the service has to wait for its own turn.
    let service = layer_for(&tenant)
        .build()
        .unwrap()
        .layer(Buffer::new(greet, 1));
    let bodies = (0..20).map(|user| {
        let (service, user) = (service.clone(), format!("user {user}"));
        let token = tenant.token(POLICY).subject(&user).sign();
        async move {
            let response = service.oneshot(with_token(&token)).await.unwrap();
            assert_eq!(text(response).await, user);
        }
    });
    let all = tokio::time::timeout(DEADLINE, join_all(bodies))
        .await
        .unwrap();
    assert_eq!(all.len(), 20);
    assert_eq!(
        (tenant.requests().metadata(), tenant.requests().keys()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_request_that_goes_away_while_it_waits_takes_nothing_with_it() {
    let tenant = Emulator::start().await.unwrap();
    let (inner, mut handle): (Mock, Handle) = mock::pair();
    let mut service = layer_for(&tenant).build().unwrap().layer(inner);
    let mut gone = Box::pin(service.ready().await.unwrap().call(request(&tenant)));
    assert!(gone.as_mut().now_or_never().is_none());
    let mut stays = Box::pin(service.ready().await.unwrap().call(request(&tenant)));
    assert!(stays.as_mut().now_or_never().is_none());
    drop(gone);

    let answer = async {
        let (_, answer) = handle.next_request().await.unwrap();
        answer.send_response(Response::new("in".into()));
    };
    let (response, ()) = tokio::join!(stays, answer);
    assert_eq!(text(response.unwrap()).await, "in");
    assert_eq!(tenant.requests().keys(), 1);
    drop(service);
    assert!(
        handle.next_request().await.is_none(),
        "the request that went away was passed on"
    );
}

#[tokio::test]
async fn errors_of_the_inner_service_pass_through() {
    let tenant = Emulator::start().await.unwrap();
    let failing =
        service_fn(async |_: Request<()>| Err::<Response<String>, BoxError>("broken".into()));
    let service = layer_for(&tenant).build().unwrap().layer(failing);
    for way in ["after a wait for keys", "with a known key"] {
        let error = service.clone().oneshot(request(&tenant)).await.unwrap_err();
        assert_eq!(error.to_string(), "broken", "{way}");
    }

    let (inner, mut handle): (Mock, Handle) = mock::pair();
    let mut service = layer_for(&tenant).build().unwrap().layer(inner);
    handle.send_error("not ready");
    let error = service.ready().await.map(drop).unwrap_err();
    assert_eq!(error.to_string(), "not ready");
}

#[tokio::test]
async fn the_background_task_ends_with_the_last_clone() {
    let tenant = Emulator::start().await.unwrap();
    let clock = OwnedClock::default();
    let alive: Weak<()> = Arc::downgrade(&clock.alive);
    let auth = layer_for(&tenant).clock(clock).build().unwrap();
    auth.warm_up().await.unwrap();
    let service = auth.layer(echo());
    drop(auth);
    let response = service.clone().oneshot(request(&tenant)).await.unwrap();
    assert_eq!(response.status(), 200, "a service keeps the task alive");
    assert!(alive.upgrade().is_some());

    drop(service);
    // Everything that held the clock is gone, including the task.
    let gone = async {
        while alive.upgrade().is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, gone).await.unwrap();
}

#[test]
fn a_layer_that_was_built_outside_of_any_runtime_works_inside_of_one() {
    let tenants = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let tenant = tenants.block_on(Emulator::start()).unwrap();
    let service = layer_for(&tenant).build().unwrap().layer(echo());
    assert_eq!(runtime().block_on(status(service, &tenant)), 200);
}

#[test]
fn a_layer_outlives_the_runtime_that_it_was_used_on_first() {
    let tenants = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let tenant = tenants.block_on(Emulator::start()).unwrap();
    let service = layer_for(&tenant).build().unwrap().layer(echo());
    let first = runtime();
    assert_eq!(first.block_on(status(service.clone(), &tenant)), 200);
    drop(first);

    let second = runtime();
    assert_eq!(
        second.block_on(status(service.clone(), &tenant)),
        200,
        "known key"
    );
    tenant.rotate().unwrap();
    let after = second.block_on(status(service, &tenant));
    assert_eq!(
        after, 200,
        "a new key, which has to be fetched on the second runtime"
    );
    assert_eq!(tenant.requests().keys(), 2);
}

/// A tenant, and a layer that has its keys.
async fn warm() -> (Emulator, B2cAuthLayer) {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).build().unwrap();
    auth.warm_up().await.unwrap();
    (tenant, auth)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn echo() -> impl Echo {
    service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Body::empty())))
}

async fn status(service: impl Echo, tenant: &Emulator) -> u16 {
    service
        .oneshot(request(tenant))
        .await
        .unwrap()
        .status()
        .as_u16()
}

trait Echo: tower::Service<Request<()>, Response = Response<Body>, Error = Infallible> + Clone {}

impl<S> Echo for S where
    S: tower::Service<Request<()>, Response = Response<Body>, Error = Infallible> + Clone
{
}

fn request(tenant: &Emulator) -> Request<()> {
    with_token(&tenant.token(POLICY).sign())
}

fn with_token(token: &str) -> Request<()> {
    let value = format!("Bearer {token}");
    Request::get("/")
        .header("authorization", value)
        .body(())
        .unwrap()
}

/// The system's clock, with a way to see whether anything still holds it.
#[derive(Debug, Default)]
struct OwnedClock {
    alive: Arc<()>,
    inner: SystemClock,
}

impl Clock for OwnedClock {
    fn now(&self) -> NumericDate {
        self.inner.now()
    }

    fn elapsed(&self) -> Duration {
        self.inner.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (alive, sleep) = (Arc::clone(&self.alive), self.inner.sleep(duration));
        Box::pin(async move {
            sleep.await;
            drop(alive);
        })
    }
}

/// Makes a missing event fail instead of hang.
const DEADLINE: Duration = Duration::from_secs(30);
