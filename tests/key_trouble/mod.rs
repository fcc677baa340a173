//! Rotation, outage, flood: what becomes of good requests when the keys are in trouble.

mod cold_start;
mod control;
mod flood;
mod life;
mod outage;
mod poisoned;
mod readiness_probe;
mod rotation;

use std::time::Duration;

use axum::Router;
use b2c_emulator::Emulator;
use tower_b2c_auth::{B2cAuthLayer, ManualClock};

use crate::support::{app, ask, layer_for, manual_clock, quick, status, tenant_at};

/// A tenant and a layer that live by one clock, which stands still.
async fn tenant_and_layer() -> (Emulator, ManualClock, B2cAuthLayer) {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let layer = quick(layer_for(&tenant), &clock).build().unwrap();
    (tenant, clock, layer)
}

/// The result of `waiting` while the identity provider hangs. Advances the clock once the provider has been asked.
async fn while_time_passes<T>(
    (tenant, clock): (&Emulator, &ManualClock),
    waiting: impl Future<Output = T>,
) -> T {
    let before = tenant.requests().metadata();
    let time = async {
        while tenant.requests().metadata() == before {
            tokio::task::yield_now().await;
        }
        loop {
            // If the provider does answer, its answer arrives within these polls.
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_millis(100));
        }
    };
    tokio::select! {
        outcome = waiting => outcome,
        () = time => unreachable!("time goes on for ever"),
    }
}

/// Asks until the answer is the expected one: what the background task does is seen only by its effect.
async fn until(app: &Router, token: &str, expected: u16) {
    let asking = async {
        while status(app, token).await != expected {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), asking).await;
    assert!(in_time.is_ok(), "never {expected}");
}

/// Waits until the tenant has been asked for its keys this many times.
async fn until_fetched(tenant: &Emulator, times: usize) {
    let waiting = async {
        while tenant.requests().keys() < times {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    assert!(
        in_time.is_ok(),
        "fetched {} times only",
        tenant.requests().keys()
    );
}

const HOUR: Duration = Duration::from_secs(3600);
/// The longest back-off while no key is known.
const MINUTE: Duration = Duration::from_secs(60);
