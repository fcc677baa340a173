//! What happens around the keys, counted at the identity provider.

use std::time::Duration;

use axum::Router;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::{
    drive::{share_accepted, warm_up},
    identity_provider::IdentityProvider,
};

/// Sends the first requests after the start, a thousand at once, and counts the fetches of the keys since the start.
pub(crate) fn cold(runtime: &Runtime, router: impl Fn() -> Router, provider: &IdentityProvider) {
    let tokens = provider.tokens("good", 1000);
    let router = router();
    let accepted = runtime.block_on(share_accepted(&router, &tokens, 1000, PATIENCE));
    println!("{}", json!({ "fetches": provider.key_fetches(), "accepted": accepted }));
}

/// A thousand tokens with key ids that nobody has, and good ones after them.
pub(crate) fn random(runtime: &Runtime, router: &Router, provider: &IdentityProvider) {
    let random = provider.tokens("random", 1000);
    let good = provider.tokens("good", 200);
    runtime.block_on(async {
        warm_up(router, provider).await;
        let before = provider.key_fetches();
        share_accepted(router, &random, 50, Duration::from_secs(2)).await;
        let fetches = provider.key_fetches() - before;
        let accepted = share_accepted(router, &good, 50, PATIENCE).await;
        println!("{}", json!({ "fetches": fetches, "accepted": accepted }));
    });
}

/// The identity provider hangs, and tokens with unknown key ids make requests wait. Measures the share of good tokens that are accepted within a second.
pub(crate) fn hang(runtime: &Runtime, router: &Router, provider: &IdentityProvider) {
    let random = provider.tokens("random", 50);
    let good = provider.tokens("good", 200);
    runtime.block_on(async {
        warm_up(router, provider).await;
        provider.control("hang");
        let flooded = router.clone();
        let flood = tokio::spawn(async move { share_accepted(&flooded, &random, 50, Duration::from_secs(4)).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        let accepted = share_accepted(router, &good, 20, Duration::from_secs(1)).await;
        println!("{}", json!({ "accepted": accepted }));
        flood.abort();
    });
}

/// A new key is published, and tokens are signed with it from that moment on.
pub(crate) fn rotation(runtime: &Runtime, router: &Router, provider: &IdentityProvider) {
    runtime.block_on(async {
        warm_up(router, provider).await;
        provider.control("rotate");
        let good = provider.tokens("good", 200);
        let accepted = share_accepted(router, &good, 20, PATIENCE).await;
        println!("{}", json!({ "accepted": accepted }));
    });
}

const PATIENCE: Duration = Duration::from_secs(10);
