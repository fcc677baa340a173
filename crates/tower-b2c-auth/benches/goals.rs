//! The layer's goals as ratios within one run: `cargo bench -p tower-b2c-auth --bench goals`. With `-- requests` or `-- tenants`, only those.
//!
//! The cases take turns, and for each part of a case the best round counts: a harness that measures one case after the other compares one minute of a busy
//! machine with another. For single figures there is `layer.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, prints, and may stop at the first surprise"
)]

#[allow(dead_code, unused_imports, reason = "each benchmark uses its own part")]
mod support;

use std::{
    cell::{Cell, RefCell},
    hint::black_box,
    time::Instant,
};

use axum::Router;
use http::StatusCode;
use serde_json::json;

use tower::ServiceExt as _;
use tower_b2c_auth::{B2cAuthBuilder, Settings};

use support::{
    Case, Directory, Routers, Tenant, Times, header, is_wanted, issuer_of, measure, on_demand,
    request, send,
};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tenant = Tenant::rsa();
    if is_wanted("requests") {
        let _context = runtime.enter();
        requests(&tenant);
    }
    if is_wanted("tenants") {
        runtime.block_on(tenants(&tenant));
    }
}

/// What requests cost, and how much more gets done with a second thread.
fn requests(tenant: &Tenant) {
    let settings = tenant.settings(CACHE_BYTES);
    let cached = Routers::new(settings.clone());
    let uncached = Routers::new(tenant.settings(0));
    let tokens = tenant.tokens(0..ROTATION);
    let key = tenant.parsed_key();
    let headers: Vec<_> = tokens.iter().map(|token| header(&token.text)).collect();
    println!(
        "token: {} bytes, {ROTATION} of them in rotation",
        tokens[0].text.len()
    );

    let refused = refused_headers(tenant);
    let expect = |router: &Router, headers: &[Vec<u8>], status: StatusCode| {
        for credentials in headers {
            assert_eq!(send(router, request(credentials)), status);
        }
    };
    let empty = RefCell::new(Routers::new(settings.clone()));
    let full = Routers::new(settings.clone());
    expect(&full.layered, &headers, StatusCode::OK);
    let unseen: Vec<_> = tenant
        .tokens(ROTATION..ROTATION + NEVER_SEEN)
        .iter()
        .map(|token| header(&token.text))
        .collect();
    let (turn, unseen_turn) = (Cell::new(0), Cell::new(0));
    let few = &headers[..PASS];
    let rotate = |router: &Router, part: usize| {
        expect(router, &headers[part * PASS..][..PASS], StatusCode::OK);
    };
    let mut cases = vec![
        Case::new("bare router", ROTATION / PASS, PASS, |part| {
            rotate(&cached.bare, part)
        }),
        Case::new("a layer that does nothing", ROTATION / PASS, PASS, |part| {
            rotate(&cached.idle, part)
        }),
        Case::new("raw verification", PASS / PART, PART, |part| {
            for token in &tokens[part * PART..][..PART] {
                key.verify_sig(black_box(token.message.as_bytes()), &token.signature)
                    .unwrap();
            }
        }),
        Case::new("first sight", PASS / PART, PART, |_| {
            let headers = part_of(&headers, turn.get());
            expect(&empty.borrow().layered, headers, StatusCode::OK);
            turn.set(turn.get() + PART);
        })
        // A server has just read what it judges, so here the bare router first reads the same headers. Each pass through the tokens starts with an empty
        // cache.
        .prepared(|| {
            if turn.get().is_multiple_of(ROTATION) {
                drop(empty.replace(Routers::new(settings.clone())));
            }
            let start = turn.get() % ROTATION;
            expect(&full.bare, &headers[start..][..PASS], StatusCode::OK);
        }),
        Case::new("first sight, cache full", PASS / PART, PART, |_| {
            let headers = part_of(&unseen, unseen_turn.get());
            expect(&full.layered, headers, StatusCode::OK);
            unseen_turn.set(unseen_turn.get() + PART);
        })
        .prepared(|| {
            let start = unseen_turn.get() % unseen.len();
            expect(&full.bare, &unseen[start..][..PASS], StatusCode::OK);
        }),
        Case::new("first sight, cache off", PASS / PART, PART, |part| {
            let headers = &few[part * PART..][..PART];
            expect(&uncached.layered, headers, StatusCode::OK)
        }),
        Case::new("seen before", ROTATION / PASS, PASS, |part| {
            rotate(&cached.layered, part)
        })
        .prepared(|| expect(&cached.layered, &headers, StatusCode::OK)),
        Case::new("seen before, extractor", ROTATION / PASS, PASS, |part| {
            rotate(&cached.extracting, part)
        }),
        Case::new("seen before, one token", ROTATION / PASS, PASS, |_| {
            for _ in 0..PASS {
                assert_eq!(send(&cached.layered, request(&headers[0])), StatusCode::OK);
            }
        }),
    ];
    for (name, headers) in &refused {
        cases.push(Case::new(name, PASS / PART, PART, |part| {
            let headers = &headers[part * PART..][..PART];
            expect(&cached.layered, headers, StatusCode::UNAUTHORIZED)
        }));
    }

    let times = measure(cases, ROUNDS);
    print(&times);
    let of = |name| {
        times
            .iter()
            .find(|times| times.name == name)
            .unwrap()
            .best()
    };
    let bare = of("bare router");
    let first = of("first sight") - bare;

    println!("\ngoals (the layer's own cost is its time less the bare router's)");
    at_most(
        "1  first sight / raw verification",
        first / of("raw verification"),
        1.15,
    );
    at_most(
        "1  when each pushes out another",
        (of("first sight, cache full") - bare) / of("raw verification"),
        1.15,
    );
    at_most(
        "2  seen before / first sight",
        (of("seen before") - bare) / first,
        0.05,
    );
    for name in ["malformed", "unknown issuer", "wrong audience", "expired"] {
        at_most(
            &format!("3  {name} / raw verification"),
            (of(name) - bare) / of("raw verification"),
            0.1,
        );
    }
    let seen = &headers[..2 * PASS];
    println!(
        "      two threads / one, bare router{:>15.3}  what this machine has to give",
        scaling(&cached.bare, seen, StatusCode::OK, SCALING_ROUNDS)
    );
    at_least(
        "5  two threads / one, seen before",
        scaling(&cached.layered, seen, StatusCode::OK, SCALING_ROUNDS),
        1.8,
    );
    at_least(
        "5  two threads / one, first sight",
        scaling(
            &uncached.layered,
            &few[..200],
            StatusCode::OK,
            SCALING_ROUNDS,
        ),
        1.8,
    );
    // The same for refusals, because a flood consists of them.
    let (_, expired) = refused.iter().find(|(name, _)| *name == "expired").unwrap();
    at_least(
        "5  two threads / one, expired",
        scaling(
            &cached.layered,
            expired,
            StatusCode::UNAUTHORIZED,
            SCALING_ROUNDS,
        ),
        1.8,
    );
}

/// What a request costs with one tenant and with many. Tokens seen for the first time come from all tenants; tokens seen before come from at most 64.
async fn tenants(tenant: &Tenant) {
    let routers = |count: usize, cache_bytes: u64| {
        let settings = Settings {
            authorities: (0..count).map(on_demand).collect(),
            ..tenant.settings_without_authorities(cache_bytes)
        };
        let directory = Directory::new(tenant.key_set(), None);
        let builder = B2cAuthBuilder::from(settings).fetch(directory);
        Routers::of(builder.build().unwrap())
    };
    let issued_by = |serial: usize, tenants: usize| {
        let issuer = issuer_of(serial * SCATTER % tenants);
        header(&tenant.token(serial, &json!({ "iss": issuer })).text)
    };
    let mut worlds = Vec::new();
    for (count, seen_name, first_name) in TENANTS {
        let (cached, uncached) = (routers(count, CACHE_BYTES), routers(count, 0));
        // Each tenant is fetched for its first token.
        let of_each = async |router: &Router, tenants: usize| {
            for number in 0..tenants {
                let token = tenant.token(0, &json!({ "iss": issuer_of(number) }));
                let request = request(&header(&token.text));
                let response = router.clone().oneshot(request).await.unwrap();
                assert_eq!(response.status(), StatusCode::OK);
            }
        };
        of_each(&uncached.layered, count).await;
        of_each(&cached.layered, count.min(FEW_TENANTS)).await;
        let first: Vec<_> = (0..PASS).map(|serial| issued_by(serial, count)).collect();
        let seen: Vec<_> = (0..PASS)
            .map(|serial| issued_by(serial, count.min(FEW_TENANTS)))
            .collect();
        worlds.push((cached, seen, seen_name, uncached, first, first_name));
    }
    let mut cases = Vec::new();
    for (cached, seen, seen_name, uncached, first, first_name) in &worlds {
        let send_all = |router: &Router, headers: &[Vec<u8>]| {
            for credentials in headers {
                assert_eq!(send(router, request(credentials)), StatusCode::OK);
            }
        };
        cases.push(Case::new(seen_name, PASS / PART, PART, move |at| {
            send_all(&cached.layered, &seen[at * PART..][..PART]);
        }));
        cases.push(Case::new(first_name, PASS / PART, PART, move |at| {
            send_all(&uncached.layered, &first[at * PART..][..PART]);
        }));
    }
    let times = measure(cases, ROUNDS);
    println!("\n{:<34}{:>10}", "ns per request, tenants", "median");
    for times in &times {
        println!("{:<34}{:>10.0}", times.name, times.median());
    }
    let of = |name: &str| times.iter().find(|it| it.name == name).unwrap().median();
    let [(_, seen, first), others @ ..] = TENANTS;
    for (count, seen_of_many, first_of_many) in others {
        at_most(
            &format!("7  seen before, {count} tenants / one"),
            of(seen_of_many) / of(seen),
            1.1,
        );
        at_most(
            &format!("7  first sight, {count} tenants / one"),
            of(first_of_many) / of(first),
            1.1,
        );
    }
}

/// As many headers as one part takes, starting at `from`, modulo their number.
fn part_of(headers: &[Vec<u8>], from: usize) -> &[Vec<u8>] {
    &headers[from % headers.len()..][..PART]
}

/// Tokens that each refusal is measured with. A signature that fits another message takes as long as one that fits.
fn refused_headers(tenant: &Tenant) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let with = |claims| {
        let tokens = tenant.tokens_with(0..PASS, &claims);
        tokens
            .iter()
            .map(|token| header(&token.text))
            .collect::<Vec<_>>()
    };
    let good = tenant.tokens(0..PASS);
    let cut = good.iter().map(|token| header(&token.message)).collect();
    let swapped = good.iter().zip(good.iter().skip(1).chain(&good[..1]));
    let swapped = swapped.map(|(one, other)| {
        let (_, signature) = other.text.rsplit_once('.').unwrap();
        header(&format!("{}.{signature}", one.message))
    });
    vec![
        ("malformed", cut),
        (
            "unknown issuer",
            with(
                json!({ "iss": "https://fabrikam.b2clogin.com/99999999-0000-cccc-1111-dddd2222eeee/v2.0/" }),
            ),
        ),
        (
            "wrong audience",
            with(json!({ "aud": "99999999-aaaa-2222-bbbb-3333cccc4444" })),
        ),
        (
            "expired",
            with(json!({ "exp": 1_700_000_000, "nbf": 1_699_996_400 })),
        ),
        ("bad signature", swapped.collect()),
    ]
}

/// How many times more two threads do than one.
fn scaling(router: &Router, headers: &[Vec<u8>], status: StatusCode, rounds: usize) -> f64 {
    let pass = |at: usize| {
        let router = router.clone();
        for credentials in headers[at..].iter().chain(&headers[..at]) {
            assert_eq!(send(&router, request(credentials)), status);
        }
    };
    let handle = tokio::runtime::Handle::current();
    let run = |threads: usize| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let (handle, pass) = (handle.clone(), &pass);
                scope.spawn(move || {
                    let _context = handle.enter();
                    pass(headers.len() / 2 * thread);
                });
            }
        });
        start.elapsed().as_secs_f64() / threads as f64
    };
    let (mut one, mut two) = (f64::MAX, f64::MAX);
    for _ in 0..rounds {
        one = one.min(run(1));
        two = two.min(run(2));
    }
    one / two
}

fn print(times: &[Times]) {
    let bare = times[0].best();
    println!(
        "{:<26}{:>10}{:>10}{:>14}",
        "ns per request", "best", "median", "above bare"
    );
    for times in times {
        println!(
            "{:<26}{:>10.0}{:>10.0}{:>14.0}",
            times.name,
            times.best(),
            times.median(),
            times.best() - bare
        );
    }
}

fn at_most(goal: &str, found: f64, bound: f64) {
    let verdict = if found <= bound { "PASS" } else { "FAIL" };
    println!("{verdict}  {goal:<40}{found:>8.3}  at most {bound}");
}

fn at_least(goal: &str, found: f64, bound: f64) {
    let verdict = if found >= bound { "PASS" } else { "FAIL" };
    println!("{verdict}  {goal:<40}{found:>8.3}  at least {bound}");
}

/// How many tenants there are, and what their cases are called.
const TENANTS: [(usize, &str, &str); 3] = [
    (1, "seen before, 1 tenant", "first sight, 1 tenant"),
    (64, "seen before, 64 tenants", "first sight, 64 tenants"),
    (
        10_000,
        "seen before, 10000 tenants",
        "first sight, 10000 tenants",
    ),
];
const FEW_TENANTS: usize = 64;
/// Coprime to every number of tenants, so that neighbours in the list of tokens are not neighbours in the list of tenants.
const SCATTER: usize = 7919;
/// The default.
const CACHE_BYTES: u64 = 16 << 20;
const ROTATION: usize = 10_000;
/// Few enough that even slow cases can have many rounds.
const PASS: usize = 1_000;
/// Few enough to find a quiet moment, if each takes as long as a signature check.
const PART: usize = 100;
const ROUNDS: usize = 60;
/// Enough that none is left in the cache when it comes around again.
const NEVER_SEEN: usize = 3 * ROTATION;
const SCALING_ROUNDS: usize = 400;
