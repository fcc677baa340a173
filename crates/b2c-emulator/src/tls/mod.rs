//! https with a certificate authority of our own.
//!
//! 1. [`CertificateAuthority`]: a key and a certificate that may vouch for the listed names only (RFC 5280, 4.2.1.10).
//! 2. [`ServerCertificate`]: what the server shows, made anew at each start.
//! 3. [`Https`]: where the two come from.

mod acceptor;
mod authority;
mod error;
mod folder;
mod https;
mod names;
mod server_certificate;

pub(crate) use self::{acceptor::Acceptor, https::Identity, names::Names};
pub use self::{
    authority::{CertificateAuthority, Validity},
    error::CertificateError,
    https::Https,
    server_certificate::ServerCertificate,
};
