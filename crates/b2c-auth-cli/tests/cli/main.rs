//! Runs the command `b2c-auth` as a user does. One binary, because each further one is linked again.

mod any_tenant;
mod claim_headers;
mod convert;
mod documents;
mod emulator;
mod environment;
mod gateway;
#[cfg(feature = "grpc")]
mod grpc;
mod help;
#[cfg(unix)]
mod listening;
mod move_to_external_id;
mod operating;
mod remove_token;
mod routes;
mod support;
mod token;
mod user_map;
mod validate_jwt;
mod watch;
mod wrong_configurations;
