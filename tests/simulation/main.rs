//! The whole layer in a simulated world: random schedules against a model.
//!
//! A schedule is 200 random steps on the real layer, through its public API: keys rotate, the identity provider hangs or is poisoned, the operator swaps
//! settings and forgets keys, processes crash, clocks go wrong, and tokens of every kind come. Each answer is compared with the model. One thread runs a
//! schedule, without sockets and without real time, so a seed alone reproduces it.
//!
//! | file | what it holds |
//! |---|---|
//! | `run/`, `step.rs` | one schedule and the kinds of its steps |
//! | `model.rs`, `forgotten.rs` | which verdicts a token may get |
//! | `fetches/` | how many fetches there may be, and when a token may stay undecided |
//! | `evidence.rs` | the evidence for a migration |
//! | `provider.rs`, `topology.rs`, `tokens.rs`, `time.rs` | the simulated world |
//! | `plan.rs` | what the operator sets |
//! | `coverage.rs` | which statuses came up in which kinds of steps |
//! | `undone/`, `bite` | patches that each undo a fix, and the script that checks whether a schedule detects them |

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod coverage;
mod evidence;
mod fetches;
mod forgotten;
mod model;
mod plan;
mod provider;
mod run;
mod step;
mod time;
mod tokens;
mod topology;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use tower_b2c_auth::{Clock as _, SystemClock};

use self::{coverage::Coverage, run::Run};

/// `SIMULATION_SEEDS` says how many schedules there are, `SIMULATION_FIRST` the first seed, and `SIMULATION_SECONDS` after how many seconds no further
/// schedule starts.
#[test]
fn no_schedule_finds_a_verdict_that_the_model_forbids() {
    let seeds = number("SIMULATION_SEEDS").unwrap_or(SEEDS);
    let first = number("SIMULATION_FIRST").unwrap_or(0);
    let seconds = number("SIMULATION_SECONDS").map_or(Duration::MAX, Duration::from_secs);
    let clock = SystemClock::default();
    let next = AtomicU64::new(first);
    let run_some = || {
        let mut coverage = Coverage::default();
        while clock.elapsed() < seconds {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first.saturating_add(seeds) {
                break;
            }
            if let Err(found) = Run::new(seed, &mut coverage, false).steps(STEPS) {
                // Stops further schedules.
                next.store(u64::MAX / 2, Ordering::Relaxed);
                return Err(schedule(seed, &found));
            }
        }
        Ok(coverage)
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let runs: Vec<_> = (0..threads).map(|_| scope.spawn(run_some)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let mut coverage = Coverage::default();
    for outcome in outcomes {
        match outcome {
            Ok(of_thread) => coverage.add(&of_thread),
            Err(found) => panic!("{found}"),
        }
    }
    let run = next
        .load(Ordering::Relaxed)
        .min(first.saturating_add(seeds))
        - first;
    println!("{run} schedules of {STEPS} steps\n{coverage}");
    if run >= SEEDS {
        let missing = coverage.missing(LEAST);
        assert!(
            missing.is_empty(),
            "came up less than {LEAST} times: {missing:?}"
        );
    }
}

/// The whole schedule, and what went wrong at its end.
fn schedule(seed: u64, found: &str) -> String {
    let again = Run::new(seed, &mut Coverage::default(), true).steps(STEPS);
    match again {
        Err(steps) if steps.ends_with(found) => {
            format!("{steps}\nseed {seed} found it: just simulate 1 {seed}")
        }
        _ => format!("seed {seed} found it only once, so something is not deterministic: {found}"),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// How many schedules `cargo test` runs.
const SEEDS: u64 = 85;
const STEPS: usize = 200;
/// How often each pair of a step's kind and a status must come up.
const LEAST: u64 = 100;
