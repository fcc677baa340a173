//! `--grpc-listen`: `envoy.service.auth.v3.Authorization`, Envoy's ext_authz over gRPC.
//!
//! `CheckRequest` ─▶ an HTTP request ─▶ the layer ─▶ an HTTP response ─▶ `CheckResponse`
//!
//! The answer is always an `ok_response` or a `denied_response`, even if no decision is possible, except to a call larger than `serve.rs` allows. An RPC
//! error would let the request in if Envoy has `failure_mode_allow`.

mod authorization;
#[cfg(test)]
mod connection_limits;
mod deadline;
mod metadata;
mod request;
mod response;
mod serve;

pub(super) use self::serve::serve;
