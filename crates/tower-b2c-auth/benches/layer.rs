//! Each way through the layer by itself: `cargo bench -p tower-b2c-auth --bench layer [-- NAME]`.
//!
//! For the goals, which are ratios, see `goals.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark may stop at the first surprise"
)]

#[allow(dead_code, unused_imports, reason = "each benchmark uses its own part")]
mod support;

use std::{cell::Cell, sync::LazyLock};

use axum::Router;
use divan::Bencher;
use serde_json::{Value, json};

use support::{Routers, Tenant, Token, header, request, send};

static TENANT: LazyLock<Tenant> = LazyLock::new(Tenant::rsa);
static CACHED: LazyLock<Routers> = LazyLock::new(|| Routers::new(TENANT.settings(16 << 20)));
static UNCACHED: LazyLock<Routers> = LazyLock::new(|| Routers::new(TENANT.settings(0)));
static GOOD: LazyLock<Vec<Token>> = LazyLock::new(|| TENANT.tokens(0..10_000));

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _context = runtime.enter();
    divan::main();
}

#[divan::bench]
fn bare_router(bencher: Bencher<'_, '_>) {
    rotate(bencher, &CACHED.bare, &GOOD);
}

#[divan::bench]
fn raw_verification(bencher: Bencher<'_, '_>) {
    let key = TENANT.parsed_key();
    let token = &GOOD[0];
    bencher.bench_local(|| key.verify_sig(token.message.as_bytes(), &token.signature));
}

#[divan::bench]
fn first_sight(bencher: Bencher<'_, '_>) {
    rotate(bencher, &UNCACHED.layered, &GOOD);
}

#[divan::bench]
fn seen_before(bencher: Bencher<'_, '_>) {
    seen(&CACHED.layered);
    rotate(bencher, &CACHED.layered, &GOOD);
}

#[divan::bench]
fn seen_before_with_extractor(bencher: Bencher<'_, '_>) {
    seen(&CACHED.extracting);
    rotate(bencher, &CACHED.extracting, &GOOD);
}

#[divan::bench]
fn malformed(bencher: Bencher<'_, '_>) {
    let headers: Vec<_> = GOOD[..FEW]
        .iter()
        .map(|token| header(&token.message))
        .collect();
    rotate_headers(bencher, &CACHED.layered, headers);
}

#[divan::bench]
fn unknown_issuer(bencher: Bencher<'_, '_>) {
    refused(bencher, &json!({ "iss": "https://fabrikam.example/v2.0/" }));
}

#[divan::bench]
fn wrong_audience(bencher: Bencher<'_, '_>) {
    refused(
        bencher,
        &json!({ "aud": "99999999-aaaa-2222-bbbb-3333cccc4444" }),
    );
}

#[divan::bench]
fn expired(bencher: Bencher<'_, '_>) {
    refused(
        bencher,
        &json!({ "exp": 1_700_000_000, "nbf": 1_699_996_400 }),
    );
}

#[divan::bench]
fn bad_signature(bencher: Bencher<'_, '_>) {
    let pairs = GOOD[..FEW].iter().zip(&GOOD[1..]);
    let swapped = pairs.map(|(one, other)| {
        let (_, signature) = other.text.rsplit_once('.').unwrap();
        header(&format!("{}.{signature}", one.message))
    });
    rotate_headers(bencher, &CACHED.layered, swapped.collect());
}

fn seen(router: &Router) {
    for token in GOOD.iter() {
        send(router, request(&header(&token.text)));
    }
}

fn refused(bencher: Bencher<'_, '_>, claims: &Value) {
    rotate(
        bencher,
        &CACHED.layered,
        &TENANT.tokens_with(0..FEW, claims),
    );
}

fn rotate(bencher: Bencher<'_, '_>, router: &Router, tokens: &[Token]) {
    rotate_headers(
        bencher,
        router,
        tokens.iter().map(|token| header(&token.text)).collect(),
    );
}

fn rotate_headers(bencher: Bencher<'_, '_>, router: &Router, headers: Vec<Vec<u8>>) {
    let at = Cell::new(0);
    bencher.bench_local(|| {
        at.set((at.get() + 1) % headers.len());
        send(router, request(&headers[at.get()]))
    });
}

const FEW: usize = 1_000;
