//! The reason for a refusal ─▶ the response.
//!
//! | refusal | status | `WWW-Authenticate` |
//! |---|---|---|
//! | no credentials | 401 | `Bearer`, without an error code (RFC 6750 §3.1) |
//! | credentials that cannot be one bearer token | 400 | `error="invalid_request"` |
//! | a token that is not accepted | 401 | `error="invalid_token"`, one text for every reason |
//! | routes are set, and two programs could read the path or, if routes name hosts, the host differently | 400 | `error="invalid_request"` |
//! | routes are set, and none allows the request | 403 | `error="insufficient_scope"` |
//! | a requirement that is not met | 403 | `error="insufficient_scope"`; with the scopes that are needed, if one of them is missing |
//! | a user unknown to a look-up | 403 | `error="insufficient_scope"` |
//! | not judged: keys are not available, a look-up failed, or too many requests wait | 503 | none; `Retry-After`. A 401 would make good users sign in again |
//! | not judged: the router is misconfigured | 500 | none |

mod apim_style;
mod body;
mod challenge;
mod context;
mod error;
#[cfg(feature = "axum")]
mod into_response;
mod refused;
mod request_head;
mod response;
mod unjudged;

pub(crate) use self::{apim_style::ApimStyle, request_head::RequestHead, response::RefusalFormat};
pub use self::{
    body::{MakeRefusalBody, RefusalBody},
    context::Refusal,
    error::AuthError,
    refused::Refused,
    unjudged::Unjudged,
};
