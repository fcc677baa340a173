//! The layer's response ─▶ `CheckResponse`.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header},
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
    google::{protobuf::Struct, rpc},
};
use tonic::Code;

use super::metadata;
use crate::gateway::{
    allow_response::{AllowResponse, claims},
    token_removal::TokenRemoval,
};

/// What Envoy does with the request's headers, and what its filters get. It is in the extensions of a response that allows the request. That response's own
/// headers are for the client.
#[derive(Debug, Clone, Default)]
pub(super) struct Upstream {
    set: HeaderMap,
    /// Must not contain a header that is set: Envoy removes after it sets.
    removed: Option<HeaderName>,
    metadata: Option<Struct>,
}

impl Upstream {
    pub(super) fn new<B>(
        request: &Request<B>,
        allow_response: &AllowResponse,
        metadata_claims: &[String],
    ) -> Self {
        let mut set = allow_response.claim_headers(request.extensions());
        let removed = match allow_response.removal() {
            None => None,
            Some(TokenRemoval::Header(name)) => Some(name.clone()),
            Some(TokenRemoval::Cookie(name)) => match other_cookies(request.headers(), name) {
                Some(others) => {
                    set.insert(header::COOKIE, others);
                    None
                }
                None => Some(header::COOKIE),
            },
        };
        let claims = claims(request.extensions());
        Self {
            set,
            removed,
            metadata: claims.and_then(|claims| metadata::of(claims, metadata_claims)),
        }
    }
}

/// All cookies but this one. `None` if there is no other.
fn other_cookies(headers: &HeaderMap, name: &str) -> Option<HeaderValue> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b';'));
    let pairs = pairs.map(<[u8]>::trim_ascii);
    let is_other = |pair: &&[u8]| {
        let value = pair.strip_prefix(name.as_bytes());
        !pair.is_empty() && !value.is_some_and(|value| value.starts_with(b"="))
    };
    let others: Vec<_> = pairs.filter(is_other).collect();
    let others = HeaderValue::from_bytes(&others.join(&b"; "[..])).ok()?;
    (!others.is_empty()).then_some(others)
}

pub(super) async fn to_envoy(response: Response<Body>) -> CheckResponse {
    if response.status() == StatusCode::OK {
        allowed(response)
    } else {
        denied(response).await
    }
}

fn allowed(mut response: Response<Body>) -> CheckResponse {
    let upstream = response.extensions_mut().remove::<Upstream>();
    let Upstream {
        set: upstream,
        removed,
        metadata,
    } = upstream.unwrap_or_default();
    CheckResponse {
        status: status(Code::Ok),
        // The `dynamic_metadata` of `ok_response` is deprecated.
        dynamic_metadata: metadata,
        http_response: Some(HttpResponse::OkResponse(OkHttpResponse {
            headers: to_options(&upstream, OVERWRITE),
            headers_to_remove: removed.iter().map(ToString::to_string).collect(),
            response_headers_to_add: to_options(response.headers(), APPEND),
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
    // Envoy computes the length itself.
    head.headers.remove(header::CONTENT_LENGTH);
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    CheckResponse {
        status: status(code),
        dynamic_metadata: None,
        http_response: Some(HttpResponse::DeniedResponse(DeniedHttpResponse {
            status: Some(HttpStatus {
                code: i32::from(head.status.as_u16()),
            }),
            headers: to_options(&head.headers, OVERWRITE),
            body: String::from_utf8(body.into()).unwrap_or_default(),
        })),
    }
}

/// Envoy denies the request for any status but OK, even if it does not read `http_response`.
fn status(code: Code) -> Option<rpc::Status> {
    Some(rpc::Status {
        code: code.into(),
        ..rpc::Status::default()
    })
}

fn to_options(headers: &HeaderMap, action: HeaderAppendAction) -> Vec<HeaderValueOption> {
    let all = headers.iter().map(|(name, value)| HeaderValueOption {
        header: Some(envoy_header(name, value)),
        append_action: action.into(),
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

/// The header replaces the client's headers of the same name.
const OVERWRITE: HeaderAppendAction = HeaderAppendAction::OverwriteIfExistsOrAdd;
/// The header is added to the service's own of the same name.
const APPEND: HeaderAppendAction = HeaderAppendAction::AppendIfExistsOrAdd;
/// Far more than any refusal's message needs.
const MAX_BODY_BYTES: usize = 64 * 1024;
