use std::sync::Arc;

use axum::{Router, routing::get};
use axum_jwt_auth::{Claims, Decoder, RemoteJwksDecoder};
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
struct MyClaims {
    sub: String,
}

fn main() {
    // With both backends in the build, one must be chosen.
    jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default().expect("the first");
    harness::run(|authority| async move {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[authority.issuer]);
        validation.set_audience(&[authority.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        let decoder = RemoteJwksDecoder::builder().jwks_url(authority.jwks_url).validation(validation).build().expect("a decoder");
        decoder.initialize().await.expect("keys");
        let decoder: Decoder<MyClaims> = Arc::new(decoder);
        Router::new().route("/", get(subject)).with_state(decoder)
    });
}

async fn subject(claims: Claims<MyClaims>) -> harness::Subject {
    claims.claims.sub
}
