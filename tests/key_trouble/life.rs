use std::time::Duration;

use b2c_emulator::{Emulator, Endpoint, Fault};
use futures_util::FutureExt as _;
use tokio::runtime::{Builder, Runtime};
use tower_b2c_auth::FetchError;

use super::{app, quick, status};
use crate::support::{POLICY, layer_for, manual_clock, tenant_at, waits};

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// Waits until the runtime has this many tasks.
fn tasks_become(runtime: &Runtime, expected: usize) {
    let alive = || runtime.metrics().num_alive_tasks();
    for _ in 0..6000 {
        if alive() == expected {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{} tasks, not {expected}", alive());
}

/// A tenant on a runtime of its own, which outlives those of the test.
fn tenant() -> (Runtime, Emulator, tower_b2c_auth::ManualClock) {
    let outside = runtime();
    let clock = manual_clock();
    let tenant = outside.block_on(tenant_at(&clock));
    (outside, tenant, clock)
}

#[test]
fn a_layer_has_one_task_for_all_its_clones_which_ends_with_the_last() {
    let (_outside, tenant, clock) = tenant();
    let layer = quick(
        layer_for(&tenant).authority(tower_b2c_auth::from_metadata(
            tenant.metadata_url("b2c_1_signupsignin1"),
        )),
        &clock,
    )
    .build()
    .unwrap();
    let inside = runtime();
    let idle = inside.metrics().num_alive_tasks();
    let (one, two) = (app(&layer), app(&layer.clone()));
    let token = tenant.token(POLICY).sign();
    for app in [&one, &two, &one] {
        assert_eq!(inside.block_on(status(app, &token)), 200);
    }
    // The client's kept connection has a task too.
    let with_layer = inside.metrics().num_alive_tasks();
    assert!(with_layer > idle);
    drop((one, two));
    assert_eq!(inside.block_on(status(&app(&layer), &token)), 200);
    drop(layer);
    tasks_become(&inside, idle);
}

#[test]
fn a_request_that_is_dropped_while_it_waits_disturbs_nobody() {
    let (_outside, tenant, clock) = tenant();
    let layer = quick(layer_for(&tenant), &clock).build().unwrap();
    let app = app(&layer);
    let token = tenant.token(POLICY).sign();
    // On this thread alone, so that no fetch ends within a poll.
    let inside = Builder::new_current_thread().enable_all().build().unwrap();
    inside.block_on(async {
        let impatient = waits(status(&app, &token));
        let patient = waits(status(&app, &token));
        drop(impatient);
        assert_eq!(patient.await, 200);
    });
    assert_eq!(tenant.requests().keys(), 1);
}

#[test]
fn a_runtime_may_end_in_the_middle_of_a_fetch_and_the_layer_goes_on_on_another() {
    // Once it times out, the fetch that died with its runtime is repeated, and does not count as a failure. A request that comes earlier notices at once
    // that the fetch has died.
    for passed in [Duration::from_secs(2), Duration::ZERO] {
        goes_on_on_another_runtime_after(passed);
    }
}

/// The bug: the refresh said that it had fetched the keys, although its fetch had died with its runtime.
#[test]
fn a_refresh_whose_runtime_ends_has_not_fetched_the_keys() {
    let (_outside, tenant, clock) = tenant();
    let layer = quick(layer_for(&tenant), &clock).build().unwrap();
    let first = runtime();
    first.block_on(layer.warm_up()).unwrap();
    let before = tenant.requests().keys();
    tenant.fault(Endpoint::Keys, Fault::Hang);
    let mut refresh = Box::pin(layer.refresh_now());
    first.block_on(async {
        while tenant.requests().keys() == before {
            assert!((&mut refresh).now_or_never().is_none());
            tokio::task::yield_now().await;
        }
    });
    first.shutdown_timeout(Duration::from_secs(10));
    tenant.heal();
    let second = runtime();
    let error = second.block_on(refresh).unwrap_err();
    assert!(matches!(error, FetchError::RuntimeEnded { .. }), "{error}");
    assert_eq!(second.block_on(layer.refresh_now()), Ok(()));
}

fn goes_on_on_another_runtime_after(passed: Duration) {
    let (_outside, tenant, clock) = tenant();
    let layer = quick(layer_for(&tenant), &clock).build().unwrap();
    let app = app(&layer);
    let token = tenant.token(POLICY).sign();
    tenant.fault(Endpoint::Keys, Fault::Hang);
    let first = runtime();
    let waiting = {
        let (app, token) = (app.clone(), token.clone());
        first.spawn(async move { status(&app, &token).await })
    };
    while tenant.requests().keys() == 0 {
        std::thread::yield_now();
    }
    first.shutdown_timeout(Duration::from_secs(10));
    let second = runtime();
    assert!(second.block_on(waiting).unwrap_err().is_cancelled());

    tenant.heal();
    clock.advance(passed);
    assert_eq!(second.block_on(status(&app, &token)), 200);
}
