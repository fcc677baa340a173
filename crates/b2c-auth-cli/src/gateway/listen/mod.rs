//! Addresses ─▶ sockets ─▶ connections, with TLS where there is a certificate.

mod connection;
mod listener;
mod open;
mod socket;
mod tls;
mod validity;

#[cfg(feature = "grpc")]
pub(super) use self::listener::stopped;
pub(super) use self::{
    connection::Connection,
    listener::Listener,
    open::Opener,
    tls::{Certificate, Protocol},
};
