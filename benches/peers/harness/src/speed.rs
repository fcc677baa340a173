//! Times in process, on one thread and on two.

use std::time::Instant;

use axum::{Router, http::StatusCode};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::{drive::send, identity_provider::IdentityProvider};

/// Prints nanoseconds per request as JSON: the best of some rounds that take turns, and the median for the noise.
pub(crate) fn measure(runtime: &Runtime, bare: &Router, router: &Router, provider: &IdentityProvider) {
    let rotation = provider.tokens("good", ROTATION);
    let unseen = provider.tokens("good", ROUNDS * PASS);
    let expired = provider.tokens("expired", PASS);
    // A first pass through the whole rotation, so that a library that remembers tokens knows them all.
    pass(runtime, router, &rotation, true);
    // A linear search through remembered tokens makes a whole rotation take minutes.
    let start = Instant::now();
    pass(runtime, router, &rotation[..200], true);
    let seen = if start.elapsed().as_millis() > 40 { &rotation[..400] } else { &rotation[..] };

    let mut times = [const { Vec::new() }; 4];
    for round in 0..ROUNDS {
        times[0].push(pass(runtime, bare, &rotation, true));
        times[1].push(pass(runtime, router, &unseen[round * PASS..][..PASS], true));
        // The tokens just sent may have evicted those that are to be found.
        pass(runtime, router, seen, true);
        times[2].push(pass(runtime, router, seen, true));
        times[3].push(pass(runtime, router, &expired, false));
    }
    for times in &mut times {
        times.sort_by(f64::total_cmp);
    }
    let best = times.each_ref().map(|times| times[0].round());
    let median = times.each_ref().map(|times| times[times.len() / 2].round());
    let [bare_, first, seen_, expired_] = best;
    println!(
        "{}",
        json!({
            "bare": bare_, "first_sight": first, "seen_before": seen_, "expired": expired_,
            "median": median, "two_threads": scaling(runtime, router, seen),
        })
    );
}

fn pass(runtime: &Runtime, router: &Router, tokens: &[String], good: bool) -> f64 {
    let start = Instant::now();
    runtime.block_on(async {
        for token in tokens {
            let status = send(router, token).await;
            assert_eq!(status == StatusCode::OK, good, "{status}");
        }
    });
    start.elapsed().as_nanos() as f64 / tokens.len() as f64
}

/// How many times more two threads do than one.
fn scaling(runtime: &Runtime, router: &Router, tokens: &[String]) -> f64 {
    let run = |threads: usize| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                // Each thread begins at a different token, or they would ask for the same one at the same time.
                let (before, after) = tokens.split_at(tokens.len() / 2 * thread);
                let tokens = [after, before].concat();
                scope.spawn(move || pass(runtime, &router.clone(), &tokens, true));
            }
        });
        start.elapsed().as_secs_f64() / threads as f64
    };
    let (mut one, mut two) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        one = one.min(run(1));
        two = two.min(run(2));
    }
    (one / two * 100.0).round() / 100.0
}

const ROTATION: usize = 10_000;
const PASS: usize = 500;
const ROUNDS: usize = 9;
