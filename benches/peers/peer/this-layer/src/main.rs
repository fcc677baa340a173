use axum::{Router, routing::get};
use tower_b2c_auth::{B2cAuthLayer, VerifiedClaims, from_metadata};

fn main() {
    harness::run(|authority| async move {
        let auth = B2cAuthLayer::builder()
            .authority(from_metadata(authority.metadata_url))
            .audience(authority.audience)
            .build()
            .expect("good settings");
        Router::new().route("/", get(subject)).layer(auth)
    });
}

async fn subject(claims: VerifiedClaims) -> harness::Subject {
    claims.subject().unwrap_or_default().to_owned()
}
