//! How often the layer allocates, above the bare router: `cargo bench -p tower-b2c-auth --bench allocations`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, and may stop at the first surprise"
)]

#[allow(dead_code, unused_imports, reason = "each benchmark uses its own part")]
mod support;

use std::{alloc::System, convert::Infallible};

use axum::{Router, body::Body, response::Response};
use http::Request;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::{Layer as _, Service, layer::util::Identity};

use support::{Routers, Tenant, header, request, send};
use tower_b2c_auth::B2cAuth;

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

    let idle = routers.bare.clone().layer(Identity::new());
    println!(
        "{:<34}{:>12}{:>10}",
        "per request, above bare", "allocations", "bytes"
    );
    let above = |name: &str, router: &Router, credentials: &[u8]| {
        print_above(
            name,
            count(&routers.bare, credentials),
            count(router, credentials),
        )
    };
    let good = one(json!({}));
    let idle = above("a layer that does nothing", &idle, &good);
    let seen = above("seen before", &routers.layered, &good);
    // A layer around the whole router, which axum then need not wrap route by route.
    let around: B2cAuth<Router> = routers.layer.layer(routers.bare.clone());
    let around = print_above(
        "seen before, around the router",
        count(&routers.bare, &good),
        count(&around, &good),
    );
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
    verdict(around.0 <= 3.0, "2  at most 3 allocations when seen before");
    println!(
        "      with `Router::layer` there are {:.0}, of which axum makes {:.0} for any layer",
        seen.0, idle.0
    );
    verdict(
        !grows,
        "3  a refusal allocates nothing that grows with the token",
    );
}

/// The request holds a copy of its token, which is not the layer's: it is in both.
fn print_above(name: &str, bare: (f64, f64), all: (f64, f64)) -> (f64, f64) {
    let above = (all.0 - bare.0, all.1 - bare.1);
    println!("{name:<34}{:>12.2}{:>10.0}", above.0, above.1);
    above
}

/// Allocations and bytes of one request, on average of many.
fn count<S>(router: &S, credentials: &[u8]) -> (f64, f64)
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone,
{
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
