//! What a million different tokens leave behind in memory: `cargo bench -p tower-b2c-auth --bench memory`.
//!
//! The tokens are signed with ES256, because a million RSA signatures take minutes. What is kept of a token is its claims; the signature
//! is not, so it makes no difference. Linux only: the process's resident set is read from `/proc`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, and may stop at the first surprise"
)]

#[allow(dead_code, unused_imports, reason = "each benchmark uses its own part")]
mod support;

use http::StatusCode;
use serde_json::json;

use support::{Routers, Tenant, header, request, send};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _context = runtime.enter();
    let tenant = Tenant::ec();

    // Whatever is allocated once is there before the counting begins.
    let unbounded = Routers::new(tenant.settings(0));
    send_all(&tenant, &unbounded, 0);
    let routers = Routers::new(tenant.settings(BOUND));
    let before = resident_bytes();
    println!(
        "{:>12}{:>16}{:>14}",
        "tokens", "resident, MiB", "grown, MiB"
    );
    let mut largest = 0;
    for chunk in 1..=CHUNKS {
        send_all(&tenant, &routers, chunk);
        let now = resident_bytes();
        largest = largest.max(now.saturating_sub(before));
        if chunk == 1 || chunk % 10 == 0 {
            println!(
                "{:>12}{:>16.1}{:>14.1}",
                chunk * CHUNK,
                mib(now),
                mib(now.saturating_sub(before))
            );
        }
    }
    let verdict = if largest <= BOUND + SLACK {
        "PASS"
    } else {
        "FAIL"
    };
    println!(
        "{verdict}  6  grown by {:.1} MiB at most, with a bound of {} MiB and {} MiB for the allocator",
        mib(largest),
        BOUND >> 20,
        SLACK >> 20,
    );
}

/// Signs each token just before it is sent, so that the tokens themselves take no room.
fn send_all(tenant: &Tenant, routers: &Routers, chunk: usize) {
    for serial in chunk * CHUNK..(chunk + 1) * CHUNK {
        let token = tenant.token(serial, &json!({}));
        let status = send(&routers.layered, request(&header(&token.text)));
        assert_eq!(status, StatusCode::OK);
    }
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The default of `verified_token_cache_bytes`.
const BOUND: u64 = 16 << 20;
/// What the allocator keeps back of what was freed.
const SLACK: u64 = 4 << 20;
const CHUNK: usize = 10_000;
const CHUNKS: usize = 100;
