//! `b2c-auth gateway`: the layer behind forward-auth, for whatever is not axum.
//!
//! nginx `auth_request`, Traefik ForwardAuth and Caddy `forward_auth` send the head of each request here, with any method and path, and take
//! 200 for a yes. All decisions are the layer's; there is none here.

mod admin;
mod claim_headers;
mod forward_auth;
mod key_watch;
mod ledger;
mod listen;
mod metrics;
mod nginx;
mod run;
mod server;
mod state;

pub(crate) use self::run::run;
