//! What ten thousand tenants in one layer cost: `cargo bench -p tower-b2c-auth --bench tenants`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, prints, and may stop at the first surprise"
)]

#[allow(dead_code, unused_imports, reason = "each benchmark uses its own part")]
mod support;

use std::alloc::System;

use axum::{Router, routing::get};
use http::StatusCode;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::ServiceExt as _;
use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, Settings};

use support::{Directory, Tenant, header, issuer_of, on_demand, request};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(memory());
}

/// What a tenant keeps, before its first token and after it.
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
/// Bytes for each tenant.
const BOUND: usize = 4096;
