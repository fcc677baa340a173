//! How often the layer allocates, above the bare router: `cargo bench -p tower-b2c-auth --bench allocations`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, and may stop at the first surprise"
)]

#[allow(dead_code, unused_imports, reason = "each benchmark uses its own part")]
mod support;

use std::alloc::System;

use axum::Router;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use support::{Routers, Tenant, header, request, send};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _context = runtime.enter();
    let tenant = Tenant::rsa();
    let routers = Routers::new(tenant.settings(16 << 20));
    let one = |claims| header(&tenant.token(0, &claims).text);
    let long = "x".repeat(4000);

    println!(
        "{:<34}{:>12}{:>10}",
        "per request, above bare", "allocations", "bytes"
    );
    // The request holds a copy of its token. That copy is not the layer's, and both counts include it.
    let above = |name: &str, router: &Router, credentials: &[u8]| {
        let (bare, all) = (
            count(&routers.bare, credentials),
            count(router, credentials),
        );
        let above = (all.0 - bare.0, all.1 - bare.1);
        println!("{name:<34}{:>12.2}{:>10.0}", above.0, above.1);
        above
    };
    let good = one(json!({}));
    let idle = above("a layer that does nothing", &routers.idle, &good);
    let seen = above("seen before", &routers.layered, &good);
    let mut grows = false;
    for (name, claims) in [
        (
            "unknown issuer",
            json!({ "iss": "https://fabrikam.example/v2.0/" }),
        ),
        (
            "wrong audience",
            json!({ "aud": "99999999-aaaa-2222-bbbb-3333cccc4444" }),
        ),
        (
            "expired",
            json!({ "exp": 1_700_000_000, "nbf": 1_699_996_400 }),
        ),
    ] {
        let mut longer = claims.clone();
        longer["extension_notes"] = long.as_str().into();
        let short = above(name, &routers.layered, &one(claims));
        let long = above("  and 5 kB longer", &routers.layered, &one(longer));
        grows |= long.0 > short.0 + 0.5 || long.1 > short.1 + 50.0;
    }
    println!();
    verdict(seen.0 <= 3.0, "2  at most 3 allocations when seen before");
    println!("      of which axum makes {:.0} for any layer", idle.0);
    verdict(
        !grows,
        "3  a refusal allocates nothing that grows with the token",
    );
}

/// Allocations and bytes of one request, averaged over many.
fn count(router: &Router, credentials: &[u8]) -> (f64, f64) {
    for _ in 0..REQUESTS {
        send(router, request(credentials));
    }
    let region = Region::new(ALLOCATOR);
    for _ in 0..REQUESTS {
        send(router, request(credentials));
    }
    let change = region.change();
    let each = |total: usize| total as f64 / f64::from(REQUESTS);
    (
        each(change.allocations + change.reallocations),
        each(change.bytes_allocated),
    )
}

fn verdict(holds: bool, goal: &str) {
    println!("{}  {goal}", if holds { "PASS" } else { "FAIL" });
}

const REQUESTS: u32 = 1000;
