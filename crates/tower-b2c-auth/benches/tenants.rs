//! What ten thousand tenants in one layer cost: `cargo bench -p tower-b2c-auth --bench tenants`. With `-- memory`, `-- day` or `-- swap` (Linux), only that.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, prints, and may stop at the first surprise"
)]

#[allow(dead_code, unused_imports, reason = "each benchmark uses its own part")]
mod support;

use std::{
    alloc::System,
    hint::black_box,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use http::StatusCode;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::ServiceExt as _;
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, Clock as _, ManualClock, Settings, SystemClock,
};

use support::{
    Directory, Routers, Tenant, ThreadWork, header, is_wanted, issuer_of, on_demand, request, send,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    if is_wanted("memory") {
        runtime.block_on(memory());
    }
    if is_wanted("day") {
        runtime.block_on(day("on demand", on_demand));
        runtime.block_on(day("eager", eager));
    }
    if is_wanted("swap") {
        runtime.block_on(swap());
    }
}

/// How much memory a tenant takes, before its first token and after it.
async fn memory() {
    let tenant = Tenant::ec();
    let layer = |count: usize| {
        let settings = Settings {
            authorities: (0..count).map(on_demand).collect(),
            ..tenant.settings_without_authorities(0)
        };
        let directory = Directory::new(tenant.key_set(), None);
        let builder = B2cAuthBuilder::from(settings).fetch(directory);
        builder.build().unwrap()
    };
    // What is allocated once is there before the counting begins.
    let few = layer(FEW);
    visit(&few, &tenant, FEW).await;

    let region = Region::new(ALLOCATOR);
    let many = layer(MANY);
    let built = grown(&region);
    visit(&many, &tenant, MANY).await;
    let visited = grown(&region);
    println!("bytes for each of {MANY} tenants, the settings included");
    println!("      before its first token{:>31}", built / MANY);
    at_most("      after it, beside the shared key", visited / MANY);

    let region = Region::new(ALLOCATOR);
    for tenant in MANY..2 * MANY {
        many.add_authority(on_demand(tenant)).unwrap();
    }
    println!("      added at run time{:>36}", grown(&region) / MANY);
    for tenant in MANY..2 * MANY {
        assert!(
            many.remove_authority(&format!("t{tenant}/B2C_1_signupsignin1"))
                .unwrap()
        );
    }
    println!(
        "      left when it is removed again{:>24}",
        grown(&region) / MANY
    );
}

/// A day of ten thousand tenants on a simulated clock: what is fetched in all, and how much at the same time.
async fn day(name: &str, authority: fn(usize) -> AuthoritySettings) {
    let tenant = Tenant::ec();
    let clock = ManualClock::at(SystemClock::default().now());
    let directory = Directory::new(tenant.key_set(), Some((clock.clone(), LATENCY)));
    let region = Region::new(ALLOCATOR);
    let settings = Settings {
        authorities: (0..MANY).map(authority).collect(),
        ..tenant.settings_without_authorities(0)
    };
    let builder = B2cAuthBuilder::from(settings).clock(clock.clone());
    let layer = builder.fetch(directory.clone()).build().unwrap();
    let app: Router = Router::new()
        .route("/", get(|| async {}))
        .layer(layer.clone());
    let (mut accepted, mut most_at_once) = (0, 0);
    for minute in 0..DAY.as_secs() / 60 {
        let first = usize::try_from(minute).unwrap() * A_MINUTE;
        let requests: Vec<_> = (first..first + A_MINUTE)
            .map(|serial| {
                let issuer = issuer_of(serial * SCATTER % MANY);
                let token = tenant.token(serial, &json!({ "iss": issuer, "exp": FAR_AHEAD }));
                tokio::spawn(app.clone().oneshot(request(&header(&token.text))))
            })
            .collect();
        let end = Duration::from_secs(60 * (minute + 1));
        while clock.elapsed() < end {
            for _ in 0..YIELDS {
                tokio::task::yield_now().await;
            }
            // While nothing is under way, nothing happens except at the scheduler's times.
            let step = if directory.is_idle() {
                LATENCY * 5
            } else {
                LATENCY
            };
            clock.advance(step.min(end - clock.elapsed()));
        }
        for response in requests {
            accepted += usize::from(response.await.unwrap().unwrap().status() == StatusCode::OK);
        }
        most_at_once = most_at_once.max(directory.most_at_once());
    }
    println!("a day of {MANY} tenants, {name}, {A_MINUTE} first requests a minute");
    println!(
        "      accepted, of {}{accepted:>32}",
        DAY.as_secs() / 60 * A_MINUTE as u64
    );
    println!("      documents fetched{:>34}", directory.documents());
    println!("      fetches at once, at most{most_at_once:>27}");
    println!("      bytes for each tenant{:>30}", grown(&region) / MANY);
}

/// What requests notice of a swap of the settings of ten thousand tenants.
async fn swap() {
    let tenant = Tenant::ec();
    let settings = Settings {
        authorities: (0..MANY).map(on_demand).collect(),
        ..tenant.settings_without_authorities(CACHE_BYTES)
    };
    let directory = Directory::new(tenant.key_set(), None);
    let builder = B2cAuthBuilder::from(settings.clone()).fetch(directory);
    let layer = builder.build().unwrap();
    visit(&layer, &tenant, MANY).await;
    let router = Routers::of(layer.clone()).layered;
    let headers: Vec<_> = (0..MANY)
        .map(|serial| {
            let issuer = issuer_of(serial * SCATTER % MANY);
            header(&tenant.token(serial, &json!({ "iss": issuer })).text)
        })
        .collect();
    let (phase, is_over) = (AtomicUsize::new(CALM), AtomicBool::new(false));
    let handle = tokio::runtime::Handle::current();
    let mut swaps = Vec::new();
    let phases = std::thread::scope(|scope| {
        let requests = scope.spawn(|| {
            let _context = handle.enter();
            let mut phases: [(Vec<_>, ThreadWork); 3] = Default::default();
            for credentials in headers.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let (times, most) = &mut phases[phase.load(Ordering::Relaxed)];
                let before = ThreadWork::now();
                let start = Instant::now();
                assert_eq!(send(&router, request(credentials)), StatusCode::OK);
                times.push(start.elapsed());
                *most = most.max(ThreadWork::now() - before);
            }
            phases
        });
        for _ in 0..SWAPS {
            std::thread::sleep(PAUSE);
            // What any other work on the machine does to requests.
            phase.store(COMPUTING, Ordering::Relaxed);
            let start = Instant::now();
            while start.elapsed() < PAUSE {
                black_box(settings.clone());
            }
            phase.store(SWAPPING, Ordering::Relaxed);
            let start = Instant::now();
            layer.swap_settings(&settings).unwrap();
            swaps.push(start.elapsed());
            phase.store(CALM, Ordering::Relaxed);
        }
        is_over.store(true, Ordering::Relaxed);
        requests.join().unwrap()
    });
    swaps.sort();
    println!("{SWAPS} swaps of the settings of {MANY} tenants, while one thread sends requests");
    println!(
        "      a swap, the median{:>27} ms",
        swaps[SWAPS / 2].as_millis()
    );
    println!(
        "{:<44}{:>9}{:>12}{:>12}{:>22}{:>14}",
        "      requests", "", "99.9 %, µs", "longest, µs", "most computing, µs", "most waits"
    );
    for (name, (mut times, most)) in PHASES.into_iter().zip(phases) {
        times.sort();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_micros();
        println!(
            "      {name:<38}{:>9}{:>12}{:>12}{:>22}{:>14}",
            times.len(),
            at(0.999),
            at(1.0),
            most.computed.as_micros(),
            most.waits
        );
    }
}

/// A tenant that is fetched at startup and kept fresh.
fn eager(tenant: usize) -> AuthoritySettings {
    AuthoritySettings {
        on_demand: false,
        ..on_demand(tenant)
    }
}

/// Sends one token of each tenant.
async fn visit(layer: &B2cAuthLayer, tenant: &Tenant, count: usize) {
    let app: Router = Router::new()
        .route("/", get(|| async {}))
        .layer(layer.clone());
    for number in 0..count {
        let token = tenant.token(0, &json!({ "iss": issuer_of(number) }));
        let request = request(&header(&token.text));
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
}

fn grown(region: &Region<'_, System>) -> usize {
    let change = region.change();
    change
        .bytes_allocated
        .saturating_sub(change.bytes_deallocated)
}

fn at_most(name: &str, found: usize) {
    let verdict = if found <= BOUND { "PASS" } else { "FAIL" };
    println!("{verdict}  {:<50}{found:>5}  at most {BOUND}", name.trim());
}

const FEW: usize = 10;
const MANY: usize = 10_000;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long the identity provider takes for a document.
const LATENCY: Duration = Duration::from_millis(200);
/// The tokens are dated to the beginning of the day, and none expires.
const FAR_AHEAD: u64 = 4_000_000_000;
/// How many requests come in a minute, each from another tenant.
const A_MINUTE: usize = 40;
/// Enough for every task that was woken.
const YIELDS: usize = 8;
/// Coprime to the number of tenants.
const SCATTER: usize = 7919;
const SWAPS: usize = 20;
/// About as long as a swap.
const PAUSE: Duration = Duration::from_millis(300);
const CALM: usize = 0;
const COMPUTING: usize = 1;
const SWAPPING: usize = 2;
const PHASES: [&str; 3] = [
    "while nothing else happens",
    "while another thread copies settings",
    "while another thread swaps settings",
];
/// The default.
const CACHE_BYTES: u64 = 16 << 20;
/// Bytes for each tenant.
const BOUND: usize = 4096;
