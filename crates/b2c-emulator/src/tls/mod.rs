//! https with the emulator's own certificate authority.
//!
//! 1. [`CertificateAuthority`]: its certificate is valid only for the listed names (RFC 5280 §4.2.1.10).
//! 2. [`ServerCertificate`]: the server's certificate, issued at each start.
//! 3. [`Https`]: which authority or which certificate an emulator uses.

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
