//! `b2c-auth gateway`: the layer behind forward-auth, for whatever is not axum.
//!
//! nginx `auth_request`, Traefik ForwardAuth and Caddy `forward_auth` send the head of each request here, with any method and path, and take
//! 200 for a yes. Envoy can also ask over gRPC, with the feature `grpc`. All decisions are the layer's; there is none here.

mod admin;
mod claim_headers;
mod file_watch;
mod forward_auth;
#[cfg(feature = "grpc")]
mod grpc;
mod listen;
mod metrics;
mod nginx;
mod run;
mod server;
mod state;
mod systemd;
mod usage;

pub(crate) use self::run::run;
