//! Its own layer is for axum 0.7. This adapter for 0.8 calls the same public functions and does no more than that layer does.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use jwt_authorizer::{Authorizer, JwtAuthorizer, Validation};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    sub: String,
}

fn main() {
    harness::run(|authority| async move {
        let validation = Validation::new().iss(&[&authority.issuer]).aud(&[&authority.audience]).nbf(true);
        let authorizer = JwtAuthorizer::<Claims>::from_oidc(&authority.issuer).validation(validation).build().await.expect("metadata");
        Router::new().route("/", get(subject)).layer(middleware::from_fn_with_state(Arc::new(authorizer), authorize))
    });
}

async fn authorize(State(authorizer): State<Arc<Authorizer<Claims>>>, mut request: Request, next: Next) -> Result<Response, StatusCode> {
    let token = authorizer.extract_token(request.headers()).ok_or(StatusCode::UNAUTHORIZED)?;
    let token = authorizer.check_auth(&token).await.map_err(|_| StatusCode::UNAUTHORIZED)?;
    request.extensions_mut().insert(token.claims);
    Ok(next.run(request).await)
}

async fn subject(Extension(claims): Extension<Claims>) -> harness::Subject {
    claims.sub
}
