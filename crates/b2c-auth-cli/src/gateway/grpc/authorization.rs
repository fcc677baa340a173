//! The service: one call, one decision of the layer.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use envoy_types::pb::envoy::service::auth::v3::{
    CheckRequest, CheckResponse, authorization_server::Authorization,
};
use tonic::Status;
use tower::{Layer as _, ServiceExt as _, service_fn, util::option_layer};

use super::{
    deadline, request,
    response::{self, Upstream},
};
use crate::gateway::{state::Gateway, unreadable_requests::Unreadable};

#[derive(Debug, Clone)]
pub(super) struct Checks {
    pub(super) gateway: Gateway,
    /// The claims that Envoy gets as dynamic metadata.
    pub(super) metadata_claims: Arc<[String]>,
}

#[tonic::async_trait]
impl Authorization for Checks {
    async fn check(
        &self,
        call: tonic::Request<CheckRequest>,
    ) -> Result<tonic::Response<CheckResponse>, Status> {
        let deadline = deadline::of(call.metadata());
        let answer = match request::from_envoy(call.into_inner()) {
            Some(request) => {
                self.gateway.unreadable.note_read_call();
                let decision = self.decide(request);
                match tokio::time::timeout(deadline, decision).await {
                    Ok(answer) => answer,
                    Err(_) => too_late(),
                }
            }
            None => {
                self.gateway.unreadable.add(Unreadable::InvalidCall, None);
                refused(StatusCode::BAD_REQUEST)
            }
        };
        Ok(tonic::Response::new(response::to_envoy(answer).await))
    }
}

impl Checks {
    async fn decide(&self, request: axum::http::Request<Body>) -> Response<Body> {
        let allow_response = self.gateway.allow_response();
        let names = Arc::clone(&self.metadata_claims);
        let yes = service_fn(move |request: axum::http::Request<Body>| {
            let mut response = Response::new(Body::empty());
            let upstream = Upstream::new(&request, &allow_response, &names);
            response.extensions_mut().insert(upstream);
            std::future::ready(Ok::<_, Infallible>(response))
        });
        let users = self.gateway.users.as_ref().map(|users| users.layer.clone());
        let yes = option_layer(users).layer(yes);
        match self.gateway.auth.layer(yes).oneshot(request).await {
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
