use std::time::Duration;

use axum::{Extension, Router, routing::get};
use axum_jose::{AuthorizationLayer, RemoteJwkSet, authorization::Claims};

fn main() {
    harness::run(|authority| async move {
        let keys = RemoteJwkSet::builder(authority.jwks_url.parse().expect("a URL")).with_cache(Duration::from_secs(300)).build();
        let auth = AuthorizationLayer::with_remote_jwk_set(keys, authority.issuer.parse().expect("a URL"), authority.audience);
        Router::new().route("/", get(subject)).layer(auth)
    });
}

async fn subject(Extension(Claims(claims)): Extension<Claims>) -> harness::Subject {
    claims["sub"].as_str().unwrap_or_default().to_owned()
}
