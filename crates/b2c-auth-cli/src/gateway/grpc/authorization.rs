//! The service: one call, one decision of the layer.

use std::convert::Infallible;

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use envoy_types::pb::envoy::service::auth::v3::{
    CheckRequest, CheckResponse, authorization_server::Authorization,
};
use tonic::Status;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_b2c_auth::VerifiedClaims;

use super::{
    deadline, request,
    response::{self, Upstream},
};
use crate::gateway::state::Gateway;

#[derive(Debug, Clone)]
pub(super) struct Checks(pub(super) Gateway);

#[tonic::async_trait]
impl Authorization for Checks {
    async fn check(
        &self,
        call: tonic::Request<CheckRequest>,
    ) -> Result<tonic::Response<CheckResponse>, Status> {
        let deadline = deadline::of(call.metadata());
        let answer = match request::from_envoy(call.into_inner()) {
            Some(request) => {
                let decision = self.decide(request);
                match tokio::time::timeout(deadline, decision).await {
                    Ok(answer) => answer,
                    Err(_) => too_late(),
                }
            }
            None => refused(StatusCode::BAD_REQUEST),
        };
        Ok(tonic::Response::new(response::to_envoy(answer).await))
    }
}

impl Checks {
    async fn decide(&self, request: axum::http::Request<Body>) -> Response<Body> {
        let answers = self.0.answers();
        let yes = service_fn(move |request: axum::http::Request<Body>| {
            let mut response = Response::new(Body::empty());
            let upstream = Upstream::new(&request, &answers);
            response.extensions_mut().insert(upstream);
            if let Some(claims) = request.extensions().get::<VerifiedClaims>() {
                response.extensions_mut().insert(claims.clone());
            }
            std::future::ready(Ok::<_, Infallible>(response))
        });
        match self.0.auth.layer(yes).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// The answer when the deadline passes before the decision.
fn too_late() -> Response<Body> {
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE);
    let soon = HeaderValue::from_static("1");
    response.headers_mut().insert(header::RETRY_AFTER, soon);
    response
}

fn refused(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
