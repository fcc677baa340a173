//! Keys without a background task. The runtimes here run inside of `block_on` only, with pauses between.

use std::convert::Infallible;

use axum::body::Body;
use futures_util::FutureExt as _;
use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_b2c_auth::{KeyRefresh, KeySettings, SystemClock};

use super::*;

/// A tenant that is always there, on a runtime of its own.
struct World {
    clock: ManualClock,
    tenant: Emulator,
    _outside: Runtime,
}

impl World {
    fn new() -> Self {
        let outside = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let clock = manual_clock();
        Self {
            tenant: outside.block_on(tenant_at(&clock)),
            clock,
            _outside: outside,
        }
    }

    fn layer(&self, refresh: KeyRefresh) -> B2cAuthBuilder {
        let keys = KeySettings {
            refresh,
            ..KeySettings::default()
        };
        layer_for(&self.tenant).keys(keys).clock(self.clock.clone())
    }

    /// A good token that outlives the test.
    fn token(&self) -> String {
        self.tenant.token(POLICY).lifetime(100 * HOUR).sign()
    }

    fn fetches(&self) -> usize {
        self.tenant.requests().keys()
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

const BOTH: [KeyRefresh; 2] = [KeyRefresh::Auto, KeyRefresh::OnRequest];

#[test]
fn each_fetch_that_is_due_happens_once_where_the_runtime_sleeps_between_requests() {
    for refresh in BOTH {
        let world = World::new();
        let auth = world.layer(refresh).build().unwrap();
        let (app, token, runtime) = (app(&auth), world.token(), runtime());
        for hour in 0..24 {
            for _ in 0..3 {
                assert_eq!(runtime.block_on(status(&app, &token)), 200);
            }
            assert_eq!(world.fetches(), hour + 1, "{refresh:?}");
            world.clock.advance(HOUR + 10 * SECOND);
        }
        // The fetch for a new key also happens once.
        world.tenant.rotate().unwrap();
        assert_eq!(runtime.block_on(status(&app, &world.token())), 200);
        assert_eq!(world.fetches(), 25, "{refresh:?}");
    }
}

#[test]
fn a_withdrawn_key_ends_although_nobody_drives_the_runtime_between_requests() {
    for refresh in BOTH {
        let world = World::new();
        let auth = world.layer(refresh).build().unwrap();
        let (app, token, runtime) = (app(&auth), world.token(), runtime());
        assert_eq!(runtime.block_on(status(&app, &token)), 200);
        let old = world.tenant.signing_key(POLICY);
        world.tenant.rotate().unwrap();
        world.tenant.withdraw_key(old.kid());
        for expected in [200, 401] {
            world.clock.advance(HOUR + 10 * SECOND);
            assert_eq!(runtime.block_on(status(&app, &token)), expected);
        }
    }
}

#[test]
fn clients_who_hang_up_in_the_middle_cannot_stop_a_fetch() {
    for refresh in BOTH {
        let world = World::new();
        let gate = Gate::closed();
        let auth = world.layer(refresh).fetch(gate.clone()).build().unwrap();
        let (app, token, runtime) = (app(&auth), world.token(), runtime());
        let hang_up = || {
            let request = async {
                assert!(status(&app, &token).now_or_never().is_none());
            };
            runtime.block_on(request);
        };
        // The next request continues the same fetch, as long as that has not timed out.
        for _ in 0..3 {
            hang_up();
            world.clock.advance(SECOND);
        }
        assert_eq!(gate.asked(), 1, "{refresh:?}");
        gate.open();
        assert_eq!(runtime.block_on(status(&app, &token)), 200);
        assert_eq!(world.fetches(), 1, "{refresh:?}");

        // The next fetch is due, and every request for hours hangs up before it has ended.
        gate.close();
        for _ in 0..3 {
            world.clock.advance(HOUR + 10 * SECOND);
            hang_up();
        }
        world.clock.advance(HOUR);
        gate.open();
        let old = world.tenant.signing_key(POLICY);
        world.tenant.rotate().unwrap();
        world.tenant.withdraw_key(old.kid());
        assert_eq!(runtime.block_on(status(&app, &world.token())), 200);
        assert_eq!(world.fetches(), 2, "{refresh:?}");
    }
}

/// A fetch that nobody has driven is not the identity provider's failure.
#[test]
fn a_client_that_hangs_up_delays_no_other_request() {
    for refresh in BOTH {
        let world = World::new();
        let gate = Gate::closed();
        let auth = world.layer(refresh).fetch(gate.clone()).build().unwrap();
        let (app, token, runtime) = (app(&auth), world.token(), runtime());
        for pause in [5 * SECOND, 6 * SECOND, HOUR] {
            let gone = async { status(&app, &token).now_or_never() };
            assert_eq!(runtime.block_on(gone), None);
            world.clock.advance(pause);
        }
        gate.open();
        assert_eq!(runtime.block_on(status(&app, &token)), 200);
    }
}

#[test]
fn keys_are_kept_fresh_where_a_layer_was_warmed_up_on_a_runtime_that_is_not_driven() {
    for refresh in BOTH {
        let world = World::new();
        let auth = world.layer(refresh).build().unwrap();
        let first = runtime();
        first.block_on(auth.warm_up()).unwrap();
        let (app, second) = (app(&auth), runtime());
        assert_eq!(second.block_on(status(&app, &world.token())), 200);
        assert_eq!(world.fetches(), 1);
        world.tenant.rotate().unwrap();
        assert_eq!(second.block_on(status(&app, &world.token())), 200);
        assert_eq!(world.fetches(), 2);
        world.clock.advance(HOUR + 10 * SECOND);
        assert_eq!(second.block_on(status(&app, &world.token())), 200);
        assert_eq!(world.fetches(), 3);
        drop(first);
    }
}

/// 503, and no panic: the system's clock and the default fetcher need timers and sockets.
#[test]
fn a_runtime_without_a_timer_or_without_sockets_answers_503() {
    let (timer, sockets) = (
        Builder::new_current_thread().enable_time().build().unwrap(),
        Builder::new_current_thread().enable_io().build().unwrap(),
    );
    let neither = Builder::new_current_thread().build().unwrap();
    for refresh in BOTH {
        for runtime in [&timer, &sockets, &neither] {
            let world = World::new();
            let builder = world.layer(refresh).clock(SystemClock::default());
            let auth = builder.build().unwrap();
            let token = tenant_token_now(&world);
            let inner = service_fn(async |_: Request<()>| {
                Ok::<_, Infallible>(Response::new(Body::empty()))
            });
            let ask = || {
                let request = Request::get("/").header("authorization", format!("Bearer {token}"));
                let request = request.body(()).unwrap();
                let response = auth.layer(inner).oneshot(request);
                runtime.block_on(response).unwrap()
            };
            for _ in 0..3 {
                assert_eq!(ask().status(), 503);
            }
            assert!(!auth.health().is_ready());
        }
    }
}

/// A token that is valid by the system's clock.
fn tenant_token_now(world: &World) -> String {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    world.tenant.token(POLICY).issued_at(now.as_secs()).sign()
}
