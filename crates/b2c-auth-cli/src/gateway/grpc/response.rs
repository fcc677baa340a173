//! The layer's response ─▶ `CheckResponse`.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
};
use envoy_types::pb::{
    envoy::{
        config::core::v3::{
            HeaderValue as EnvoyHeader, HeaderValueOption, header_value_option::HeaderAppendAction,
        },
        service::auth::v3::{
            CheckResponse, DeniedHttpResponse, OkHttpResponse, check_response::HttpResponse,
        },
        r#type::v3::HttpStatus,
    },
    google::rpc,
};
use tonic::Code;
use tower_b2c_auth::VerifiedClaims;

use super::metadata;

/// In the extensions of a yes: headers for the service. The response's own headers go to the client.
#[derive(Debug, Clone)]
pub(super) struct ClaimHeaderMap(pub(super) HeaderMap);

pub(super) async fn to_envoy(response: Response<Body>) -> CheckResponse {
    if response.status() == StatusCode::OK {
        allowed(&response)
    } else {
        denied(response).await
    }
}

fn allowed(response: &Response<Body>) -> CheckResponse {
    let claim_headers = response.extensions().get::<ClaimHeaderMap>();
    let claims = response.extensions().get::<VerifiedClaims>();
    CheckResponse {
        status: status(Code::Ok),
        // The one in `ok_response` is deprecated.
        dynamic_metadata: claims.map(metadata::of),
        http_response: Some(HttpResponse::OkResponse(OkHttpResponse {
            headers: claim_headers
                .map(|ClaimHeaderMap(headers)| set(headers))
                .unwrap_or_default(),
            response_headers_to_add: set(response.headers()),
            ..OkHttpResponse::default()
        })),
    }
}

async fn denied(response: Response<Body>) -> CheckResponse {
    let code = match response.status() {
        StatusCode::BAD_REQUEST => Code::InvalidArgument,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::PermissionDenied,
    };
    let (mut head, body) = response.into_parts();
    // Envoy counts by itself.
    head.headers.remove(header::CONTENT_LENGTH);
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    CheckResponse {
        status: status(code),
        dynamic_metadata: None,
        http_response: Some(HttpResponse::DeniedResponse(DeniedHttpResponse {
            status: Some(HttpStatus {
                code: i32::from(head.status.as_u16()),
            }),
            headers: set(&head.headers),
            body: String::from_utf8(body.into()).unwrap_or_default(),
        })),
    }
}

/// Any status but OK is a refusal, even for an Envoy that does not read the response.
fn status(code: Code) -> Option<rpc::Status> {
    Some(rpc::Status {
        code: code.into(),
        ..rpc::Status::default()
    })
}

/// Each header replaces the client's headers of that name. By default Envoy would append.
fn set(headers: &HeaderMap) -> Vec<HeaderValueOption> {
    let all = headers.iter().map(|(name, value)| HeaderValueOption {
        header: Some(envoy_header(name, value)),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd.into(),
        keep_empty_value: true,
        ..HeaderValueOption::default()
    });
    all.collect()
}

fn envoy_header(name: &HeaderName, value: &HeaderValue) -> EnvoyHeader {
    let mut header = EnvoyHeader {
        key: name.to_string(),
        ..EnvoyHeader::default()
    };
    match value.to_str() {
        Ok(text) => text.clone_into(&mut header.value),
        Err(_) => header.raw_value = value.as_bytes().to_vec(),
    }
    header
}

/// Far longer than any refusal's message.
const MAX_BODY_BYTES: usize = 64 * 1024;
