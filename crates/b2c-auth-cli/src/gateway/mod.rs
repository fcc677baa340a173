//! `b2c-auth gateway`: the layer behind forward-auth, for services without axum.
//!
//! nginx `auth_request`, Traefik ForwardAuth, Caddy `forward_auth`, HAProxy and Envoy send the head of each request here, with any method and path. They allow
//! the request if the answer is 200. Envoy can also ask over gRPC, with the feature `grpc`. The layer makes all decisions.

mod admin;
mod allow_response;
#[cfg(test)]
mod connection_limits;
mod file_watch;
mod forward_auth;
mod forwarded;
#[cfg(feature = "grpc")]
mod grpc;
mod listen;
#[cfg(test)]
mod manual_timer;
mod metrics;
mod nginx;
mod original_target;
mod reloads;
mod run;
mod server;
mod servers;
mod state;
mod systemd;
#[cfg(test)]
mod test_server;
pub(crate) mod token_removal;
mod unreadable_requests;
mod usage;
mod users;

pub(crate) use self::run::run;
