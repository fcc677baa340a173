//! The whole layer in a simulated world: random schedules against a model.

mod coverage;
mod ledger;
mod model;
mod plan;
mod provider;
mod run;
mod step;
mod time;
mod tokens;
mod topology;

use std::time::Duration;

use tower_b2c_auth::{Clock as _, SystemClock};

use self::{coverage::Coverage, run::Run};

/// `SIMULATION_SEEDS` says how many schedules there are, `SIMULATION_FIRST` the first seed, and `SIMULATION_SECONDS` after how many seconds the last begins.
#[test]
fn no_schedule_finds_a_verdict_that_the_model_forbids() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap())
    };
    let (seeds, first) = (
        number("SIMULATION_SEEDS", SEEDS),
        number("SIMULATION_FIRST", 0),
    );
    let end = match number("SIMULATION_SECONDS", 0) {
        0 => None,
        seconds => Some(SystemClock::default()).zip(Some(Duration::from_secs(seconds))),
    };
    let is_over = || {
        let end = end.as_ref();
        end.is_some_and(|(clock, seconds)| clock.elapsed() >= *seconds)
    };
    let mut coverage = Coverage::default();
    for seed in (first..first.saturating_add(seeds)).take_while(|_| !is_over()) {
        if seed % 1000 == 999 {
            println!("{} schedules", seed + 1 - first);
        }
        if let Err(found) = Run::new(seed, &mut coverage, false).steps(STEPS) {
            let again = Run::new(seed, &mut Coverage::default(), true).steps(STEPS);
            let told = again.expect_err("a seed alone reproduces what it finds");
            panic!(
                "{told}\nthe same again: {}\nseed {seed} found it: just simulate 1 {seed}",
                told.ends_with(&found)
            );
        }
    }
    println!("{seeds} schedules of {STEPS} steps\n{coverage}");
    if seeds >= SEEDS {
        let missing = coverage.missing(LEAST);
        assert!(
            missing.is_empty(),
            "came up less than {LEAST} times: {missing:?}"
        );
    }
}

/// How many schedules `cargo test` runs.
const SEEDS: u64 = 64;
const STEPS: usize = 200;
/// How often each pair of a step's kind and a verdict must come up.
const LEAST: u64 = 100;
