//! How many signature checks each way of evicting tokens costs: `cargo bench -p tower-b2c-auth --bench eviction`.
//!
//! A simulation with users who come, send requests at random intervals and go; it counts, and times nothing. The shares in `token_cache.rs` were chosen by
//! its results.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and may stop at the first surprise"
)]

use std::{cmp::Reverse, collections::BinaryHeap};

use moka::policy::EvictionPolicy;
use quick_cache::{DefaultHashBuilder, OptionsBuilder, UnitWeighter};

fn main() {
    println!("signature checks for 1,000 requests, with room for {ROOM} tokens\n");
    print!("{:<26}", "");
    for users in SCENES {
        print!("{:>22}", users.name);
    }
    println!("{:>22}", "in turns");
    for (name, cache) in caches() {
        print!("{name:<26}");
        for users in SCENES {
            print!("{:>22.1}", users.checks(&*cache()));
        }
        println!("{:>22}", checks_in_turns(&*cache()));
    }
}

/// Says whether a token is there, and puts it there if it is not.
type Cache = Box<dyn Fn(u64) -> bool>;
type NewCache = Box<dyn Fn() -> Cache>;

fn caches() -> Vec<(&'static str, NewCache)> {
    vec![
        ("strict LRU", Box::new(|| moka(EvictionPolicy::lru()))),
        ("TinyLFU", Box::new(|| moka(EvictionPolicy::tiny_lfu()))),
        ("quick_cache 0.97, 0.5", Box::new(|| quick_cache(0.97, 0.5))),
        ("quick_cache 0.5, 0.5", Box::new(|| quick_cache(0.5, 0.5))),
        ("quick_cache 0.5, 0", Box::new(|| quick_cache(0.5, 0.0))),
        ("quick_cache 0, 0", Box::new(|| quick_cache(0.0, 0.0))),
    ]
}

fn moka(policy: EvictionPolicy) -> Cache {
    let cache = moka::sync::Cache::builder()
        .max_capacity(ROOM)
        .eviction_policy(policy)
        .build();
    Box::new(move |token| {
        let is_there = cache.get(&token).is_some();
        if !is_there {
            cache.insert(token, ());
        }
        is_there
    })
}

fn quick_cache(hot: f64, ghost: f64) -> Cache {
    let options = OptionsBuilder::new()
        .weight_capacity(ROOM)
        .estimated_items_capacity(ROOM as usize)
        .shards(16)
        .hot_allocation(hot)
        .ghost_allocation(ghost)
        .build()
        .unwrap();
    let cache = quick_cache::sync::Cache::with_options(
        options,
        UnitWeighter,
        DefaultHashBuilder::default(),
        quick_cache::sync::DefaultLifecycle::default(),
    );
    Box::new(move |token| {
        let is_there = cache.get(&token).is_some();
        if !is_there {
            cache.insert(token, ());
        }
        is_there
    })
}

/// Users with one token each; all times in seconds.
struct Users {
    name: &'static str,
    new_per_second: f64,
    stay: f64,
    between_requests: f64,
}

impl Users {
    fn checks(&self, cache: &dyn Fn(u64) -> bool) -> f64 {
        let mut random = fastrand::Rng::with_seed(7);
        let mut exponential = |mean: f64| -mean * (1.0 - random.f64()).ln();
        // The next request of each user: when, by whom, and until when they stay. User 0 stands for the next new one.
        let mut due = BinaryHeap::from([Reverse((0, 0, u64::MAX))]);
        let (mut users, mut requests, mut checks) = (0, 0_u32, 0_u32);
        while let Some(Reverse((now, user, end))) = due.pop() {
            if now > millis(WARM_UP + MEASURED) {
                break;
            }
            if user == 0 {
                users += 1;
                let stay = exponential(self.stay).min(TOKEN_LIFETIME);
                due.push(Reverse((now, users, now + millis(stay))));
                let next = now + millis(exponential(1.0 / self.new_per_second));
                due.push(Reverse((next, 0, u64::MAX)));
                continue;
            }
            let is_there = cache(user);
            if now > millis(WARM_UP) {
                requests += 1;
                checks += u32::from(!is_there);
            }
            let next = now + millis(exponential(self.between_requests));
            if next < end {
                due.push(Reverse((next, user, end)));
            }
        }
        f64::from(checks) / f64::from(requests) * 1000.0
    }
}

/// Tokens that come around in turns after others have filled the cache: how many of 1,000 are checked in the fourth turn.
fn checks_in_turns(cache: &dyn Fn(u64) -> bool) -> usize {
    let turn = || (1..=IN_TURNS).filter(|token| !cache(*token)).count();
    for token in 0..3 * ROOM {
        cache(IN_TURNS + 1 + token);
    }
    for _ in 0..3 {
        turn();
    }
    turn() * 1000 / IN_TURNS as usize
}

fn millis(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

const ROOM: u64 = 10_000;
const IN_TURNS: u64 = 9_000;
const WARM_UP: f64 = 5400.0;
const MEASURED: f64 = 5400.0;
const TOKEN_LIFETIME: f64 = 3600.0;

const SCENES: [Users; 3] = [
    Users {
        name: "10/s, 10 min, 20 s",
        new_per_second: 10.0,
        stay: 600.0,
        between_requests: 20.0,
    },
    Users {
        name: "3/s, 1 h, 5 min",
        new_per_second: 3.0,
        stay: 3600.0,
        between_requests: 300.0,
    },
    Users {
        name: "50/s, 10 min, 20 s",
        new_per_second: 50.0,
        stay: 600.0,
        between_requests: 20.0,
    },
];
