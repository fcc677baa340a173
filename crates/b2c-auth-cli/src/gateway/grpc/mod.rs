//! `--grpc-listen`: `envoy.service.auth.v3.Authorization`, Envoy's ext_authz over gRPC.
//!
//! `CheckRequest` ─▶ an HTTP request ─▶ the layer ─▶ an HTTP response ─▶ `CheckResponse`
//!
//! Even if no decision is possible, the answer is an `ok_response` or a `denied_response`. Only a call that cannot be decoded, or exceeds the size limit in
//! `serve.rs`, gets an RPC error, which would let the request in if Envoy has `failure_mode_allow`.

mod authorization;
#[cfg(test)]
mod connection_limits;
mod deadline;
mod metadata;
mod request;
mod response;
mod serve;

pub(super) use self::serve::serve;
