//! What good requests notice of a flood of random key ids, and of an identity provider that hangs: p50 and p99, before and during, in one run.
//!
//! Run with `cargo bench -p tower-b2c-auth --bench key_trouble`. Each good request is verified anew: the cache of verified tokens is off.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints, may fail, and measures real time"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Body, routing::get};
use b2c_emulator::{Emulator, Endpoint, Fault};
use http::Request;
use tower::ServiceExt as _;
use tower_b2c_auth::{AuthoritySettings, B2cAuthLayer, Settings, VerifiedClaims};

const POLICY: &str = "B2C_1_signupsignin1";
const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
const TOKENS: usize = 500;
const ROUNDS: usize = 40;
/// The times during the trouble must stay within this many times those before it.
const GOAL: f64 = 2.0;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    // Without `--bench`, as with `cargo test --benches`, a quick look is enough.
    let rounds = if std::env::args().any(|argument| argument == "--bench") {
        ROUNDS
    } else {
        1
    };
    let tenant = Emulator::start().await.unwrap();
    let layer = B2cAuthLayer::from_settings(Settings {
        audiences: vec![API.into()],
        authorities: vec![AuthoritySettings::openid_config(
            tenant.metadata_url(POLICY),
        )],
        verified_token_cache_bytes: 0,
        ..Settings::default()
    })
    .unwrap();
    layer.warm_up().await.unwrap();
    let app = Router::new()
        .route("/", get(|_: VerifiedClaims| async {}))
        .layer(layer);
    let good: Vec<String> = (0..TOKENS)
        .map(|number| tenant.token(POLICY).claim("n", number).sign())
        .collect();

    measure(&app, &good, 1).await;
    let before = measure(&app, &good, rounds).await;
    before.print("before", None);

    let (flood, sent) = flood(&app, &good);
    let during_flood = measure(&app, &good, rounds).await;
    let refused = sent.load(Ordering::Relaxed);
    drop(flood);
    during_flood.print("flood of random kids", Some(&before));

    tenant.fault(Endpoint::Both, Fault::Hang);
    let hang = waiting(&app, &tenant);
    let during_hang = measure(&app, &good, rounds).await;
    drop(hang);
    during_hang.print("identity provider hangs", Some(&before));

    println!(
        "{refused} random kids were sent meanwhile; {} key fetches in all",
        tenant.requests().keys()
    );
    let worst = [&during_flood, &during_hang]
        .map(|during| during.worst_ratio(&before))
        .into_iter()
        .fold(0.0, f64::max);
    println!(
        "{}: worst ratio {worst:.2}, goal {GOAL:.2}",
        if worst <= GOAL { "PASS" } else { "FAIL" }
    );
}

struct Times {
    p50: Duration,
    p99: Duration,
}

impl Times {
    fn worst_ratio(&self, before: &Self) -> f64 {
        let ratio = |now: Duration, then: Duration| now.as_secs_f64() / then.as_secs_f64();
        ratio(self.p50, before.p50).max(ratio(self.p99, before.p99))
    }

    fn print(&self, name: &str, before: Option<&Self>) {
        let ratio = before.map_or_else(String::new, |before| {
            format!("  {:.2} x before", self.worst_ratio(before))
        });
        println!(
            "{name:<24} p50 {:>8.1?}  p99 {:>8.1?}{ratio}",
            self.p50, self.p99
        );
    }
}

async fn measure(app: &Router, tokens: &[String], rounds: usize) -> Times {
    let mut times = Vec::with_capacity(tokens.len() * rounds);
    for token in tokens.iter().cycle().take(tokens.len() * rounds) {
        let request = request(token);
        let start = Instant::now();
        let response = app.clone().oneshot(request).await.unwrap();
        times.push(start.elapsed());
        assert_eq!(response.status(), 200, "no good request is refused");
    }
    times.sort_unstable();
    Times {
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
    }
}

fn request(token: &str) -> Request<Body> {
    Request::get("/")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap()
}

/// Ends what runs in the background when it is dropped.
struct Background(Arc<AtomicBool>);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Sends tokens with random key ids, as fast as one thread can.
fn flood(app: &Router, good: &[String]) -> (Background, Arc<AtomicUsize>) {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let done = Arc::new(AtomicBool::new(false));
    let sent = Arc::new(AtomicUsize::new(0));
    let claims = good[0].split('.').nth(1).unwrap().to_owned();
    let (app, stop, count) = (app.clone(), Arc::clone(&done), Arc::clone(&sent));
    tokio::spawn(async move {
        while !stop.load(Ordering::Relaxed) {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let header =
                URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"RS256","kid":"random-{number}"}}"#));
            let token = format!("{header}.{claims}.{}", "A".repeat(342));
            let status = app.clone().oneshot(request(&token)).await.unwrap().status();
            assert!(status == 401 || status == 503, "{status}");
            tokio::task::yield_now().await;
        }
    });
    (Background(done), sent)
}

/// Requests that wait for the identity provider, a hundred at a time.
fn waiting(app: &Router, tenant: &Emulator) -> Background {
    let done = Arc::new(AtomicBool::new(false));
    for number in 0..100 {
        let token = tenant.token(POLICY).kid(format!("unknown-{number}")).sign();
        let (app, stop) = (app.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let status = app.clone().oneshot(request(&token)).await.unwrap().status();
                assert!(status == 401 || status == 503, "{status}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
    }
    Background(done)
}
