//! What is wrong with a server's certificate.

/// What is wrong with the identity provider's certificate (RFC 5280 §6.1, RFC 9525 §6).
///
/// It is part of [`FetchError::Certificate`](crate::FetchError::Certificate), which [`Health`](crate::Health) and the log show:
///
/// ```
/// use tower_b2c_auth::{CertificateProblem, FetchError};
///
/// let error = FetchError::Certificate(CertificateProblem::Expired);
/// assert_eq!(error.to_string(), "the identity provider's certificate cannot be trusted: it has expired");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// No certificate authority that the layer trusts has issued it. Behind a proxy that intercepts TLS, set [`ca_file`](crate::FetchSettings::ca_file).
    #[error(
        "no trusted certificate authority issued it; for a private one, set fetch.ca_file or the variable SSL_CERT_FILE"
    )]
    Untrusted,
    /// It has expired.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("it is not valid yet, or the clock of this machine is wrong")]
    NotYetValid,
    /// It is for a name other than the URL's.
    #[error("it is for another name")]
    WrongName,
    /// Anything else that makes it invalid.
    #[error("it is invalid")]
    Invalid,
}
