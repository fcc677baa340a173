//! Good requests, through axum and through plain tower: every form of tenant, token, handler and body.

mod anonymous;
mod bodies;
mod claims;
mod cors;
mod extractors;
mod issuers;
mod policies;
mod stacks;
