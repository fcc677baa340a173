//! The plan of fetches: budget, intervals and waits.

use std::time::Duration;

use b2c_verify::NumericDate;

use crate::keys::{
    FetchError,
    ids::Sequence,
    key_config::KeyConfig,
    plan::{FetchPlan, Success, Trigger},
};

const HOUR: Duration = Duration::from_secs(3600);

fn success(seconds: u64) -> Success {
    Success {
        sequence: Sequence(seconds),
        at: Duration::from_secs(seconds),
        date: NumericDate::from_secs(1_800_000_000 + seconds),
    }
}

fn plan() -> FetchPlan {
    FetchPlan::new(&crate::test_tokens::key_config())
}

fn busy(seconds: u64) -> FetchError {
    FetchError::Status {
        status: 429,
        retry_after: Some(u32::try_from(seconds).unwrap()),
    }
}

#[test]
fn unknown_keys_use_up_a_budget_that_new_keys_restore() {
    let mut plan = plan();
    plan.succeeded(Trigger::Schedule, true, success(0), Duration::ZERO, 0.0);
    let now = Duration::from_secs(1);
    let mut may_begin = || plan.may_begin(Trigger::UnknownKey, now).is_some();
    assert!((0..3).all(|_| may_begin()));
    assert!(!may_begin());
    assert_eq!(plan.next_attempt(now), Duration::from_secs(61));
    plan.succeeded(Trigger::UnknownKey, true, success(1), now, 0.0);
    assert!(plan.may_begin(Trigger::UnknownKey, now).is_some());
    // A fetch that was due anyway was free, so it gives nothing back.
    let due = plan.next();
    let trigger = plan.may_begin(Trigger::UnknownKey, due);
    assert_eq!(trigger, Some(Trigger::Schedule));
}

#[test]
fn other_intervals_count_from_the_last_refresh_however_often_they_change() {
    let mut plan = plan();
    let refreshed_at = Duration::from_secs(10);
    plan.succeeded(Trigger::Schedule, true, success(10), refreshed_at, 1.0);
    assert_eq!(plan.next(), refreshed_at + HOUR.mul_f64(0.9));
    let long = crate::test_tokens::key_config();
    let short = KeyConfig {
        refresh_interval: Duration::from_secs(300),
        ..long.clone()
    };
    for config in [&short, &long, &short] {
        plan.adopt(config);
        assert_eq!(plan.next(), refreshed_at + Duration::from_secs(270));
    }
}

#[test]
fn a_budget_is_not_full_again_because_other_settings_change() {
    let mut plan = plan();
    plan.succeeded(Trigger::Schedule, true, success(0), Duration::ZERO, 0.0);
    let now = Duration::from_secs(1);
    let spend = |plan: &mut FetchPlan| {
        let begins = (0..10).filter(|_| plan.may_begin(Trigger::UnknownKey, now).is_some());
        begins.count()
    };
    assert_eq!(spend(&mut plan), 3);
    let mut config = crate::test_tokens::key_config();
    config.max_waiting = 7;
    plan.adopt(&config);
    assert_eq!(spend(&mut plan), 0);
    config.unknown_key_fetches = 5;
    plan.adopt(&config);
    assert_eq!(spend(&mut plan), 5);
}

#[test]
fn back_off_doubles_from_one_second_to_ninety() {
    let mut plan = plan();
    let mut now = Duration::ZERO;
    let mut waits = Vec::new();
    for _ in 0..9 {
        plan.failed(Trigger::Schedule, FetchError::Timeout, false, now, 0.0);
        waits.push((plan.next() - now).as_secs());
        now = plan.next();
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 90, 90]);
    plan.failed(Trigger::Schedule, busy(120), false, now, 0.0);
    assert_eq!(plan.next() - now, Duration::from_secs(120));
    assert_eq!(plan.failure(), Some((busy(120), Duration::ZERO)));
}

/// The bug: one request with a new key id made three attempts in a moment, and the next one came four seconds later instead of one.
#[test]
fn attempts_for_unknown_keys_do_not_prolong_the_wait() {
    let mut plan = plan();
    let now = Duration::from_secs(10);
    for _ in 0..3 {
        plan.failed(Trigger::UnknownKey, FetchError::Timeout, false, now, 0.0);
        assert_eq!(plan.next() - now, Duration::from_secs(1));
    }
    plan.failed(Trigger::Schedule, FetchError::Timeout, false, now, 0.0);
    for trigger in [Trigger::Operator, Trigger::UnknownKey] {
        let later = now + Duration::from_millis(1900);
        plan.failed(trigger, FetchError::Timeout, false, later, 0.0);
        assert_eq!(plan.next() - now, Duration::from_secs(2));
    }
    let later = now + Duration::from_secs(1);
    plan.failed(Trigger::UnknownKey, busy(30), false, later, 0.0);
    assert_eq!(plan.next() - later, Duration::from_secs(30));
}

#[test]
fn nothing_puts_off_the_first_keys_by_more_than_a_minute() {
    let mut plan = plan();
    plan.failed(Trigger::Schedule, busy(86_400), true, Duration::ZERO, 0.0);
    assert_eq!(plan.next(), Duration::from_secs(60));
    for _ in 0..9 {
        plan.failed(
            Trigger::Schedule,
            FetchError::Timeout,
            true,
            Duration::ZERO,
            0.0,
        );
    }
    assert_eq!(plan.next(), Duration::from_secs(60));
    plan.failed(Trigger::Schedule, busy(86_400), false, Duration::ZERO, 0.0);
    assert_eq!(plan.next(), Duration::from_secs(300));
}

#[test]
fn the_loss_of_the_last_key_ends_a_longer_wait() {
    let mut plan = plan();
    let at = Duration::from_secs;
    plan.succeeded(Trigger::Schedule, true, success(0), at(0), 0.0);
    plan.lost_last_key(at(10));
    assert_eq!(plan.next(), at(10));
    plan.failed(Trigger::Schedule, busy(86_400), false, at(10), 0.0);
    plan.lost_last_key(at(11));
    assert_eq!(plan.next(), at(71));
    plan.lost_last_key(at(30));
    assert_eq!(plan.next(), at(71));
}

#[test]
fn keys_that_go_stale_end_a_longer_wait() {
    let mut plan = plan();
    let at = Duration::from_secs;
    plan.succeeded(Trigger::Schedule, true, success(0), at(0), 0.0);
    let stale = crate::test_tokens::key_config().max_stale.as_secs();
    for (failed_at, next) in [(-1000, -700), (-300, 0), (-100, 60), (-1, 60)] {
        let from_stale = |seconds| at(stale.checked_add_signed(seconds).unwrap());
        plan.failed(
            Trigger::Schedule,
            busy(86_400),
            false,
            from_stale(failed_at),
            0.0,
        );
        assert_eq!(plan.next(), from_stale(next), "{failed_at}");
    }
}

#[test]
fn a_long_time_without_keys_ends_with_the_next_good_fetch() {
    let mut plan = plan();
    let at = Duration::from_secs;
    let fail = |plan: &mut FetchPlan, now| {
        plan.failed(Trigger::Schedule, FetchError::Timeout, true, at(now), 0.0)
    };
    let succeed = |plan: &mut FetchPlan, now| {
        plan.succeeded(Trigger::Schedule, true, success(now), at(now), 0.0);
    };
    // Time without keys does not count before the first fetch: nobody has asked for them yet.
    assert_eq!(plan.had_no_keys_until(HOUR), None);
    fail(&mut plan, 10);
    assert_eq!(
        plan.had_no_keys_until(at(130)),
        None,
        "a gap that a restart may take does not count"
    );
    assert_eq!(plan.had_no_keys_until(at(131)), Some(at(131)), "still none");
    succeed(&mut plan, 200);
    assert_eq!(plan.had_no_keys_until(at(300)), Some(at(200)));
    // An outage does not count as time without keys while the known keys are good.
    let stale = 200 + crate::test_tokens::key_config().max_stale.as_secs();
    fail(&mut plan, 4000);
    assert_eq!(plan.had_no_keys_until(at(stale + 120)), Some(at(200)));
    assert_eq!(
        plan.had_no_keys_until(at(stale + 121)),
        Some(at(stale + 121))
    );
    succeed(&mut plan, stale + 121);
    fail(&mut plan, stale + 500);
    succeed(&mut plan, stale + 700);
    assert_eq!(
        plan.had_no_keys_until(at(stale + 800)),
        Some(at(stale + 121))
    );
}

#[test]
fn an_authority_without_keys_is_fetched_by_the_schedule_alone() {
    let mut plan = plan();
    plan.failed(
        Trigger::Schedule,
        FetchError::Connect,
        true,
        Duration::ZERO,
        0.0,
    );
    let too_early = plan.may_begin(Trigger::UnknownKey, Duration::ZERO);
    assert_eq!(too_early, None);
    assert_eq!(plan.next_attempt(Duration::ZERO), Duration::from_secs(1));
    assert!(plan.may_begin(Trigger::UnknownKey, HOUR).is_some());
}
