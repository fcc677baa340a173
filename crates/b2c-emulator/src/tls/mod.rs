//! https with our own certificate authority.
//!
//! 1. [`CertificateAuthority`]: a key and a certificate that can only certify the listed names (RFC 5280, 4.2.1.10).
//! 2. [`ServerCertificate`]: the server's certificate, new at each start.
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
