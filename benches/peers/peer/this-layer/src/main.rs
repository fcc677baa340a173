use axum::{Router, routing::get};
use tower_b2c_auth::{AuthoritySettings, B2cAuthLayer, VerifiedClaims};

fn main() {
    harness::run(|authority| async move {
        let auth = B2cAuthLayer::builder()
            .authority(AuthoritySettings::openid_config(authority.metadata_url))
            .audience(authority.audience)
            .build()
            .expect("good settings");
        Router::new().route("/", get(subject)).layer(auth)
    });
}

async fn subject(claims: VerifiedClaims) -> harness::Subject {
    claims.subject().unwrap_or_default().to_owned()
}
