//! Why a connection over TLS did not come about.

use std::{error::Error, io};

use rustls::CertificateError;

/// What is wrong with the identity provider's certificate (RFC 5280, 6.1; RFC 9525, 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// No authority that the client trusts has issued it.
    #[error(
        "no trusted authority issued it; for a private one, give the layer a fetcher that trusts it"
    )]
    Untrusted,
    /// It has expired.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("it is not valid yet, or the clock of this machine is wrong")]
    NotYetValid,
    /// It is for another name than the URL's.
    #[error("it is for another name")]
    WrongName,
    /// Anything else that makes it invalid.
    #[error("it is invalid")]
    Invalid,
}

impl CertificateProblem {
    /// The problem behind an error of the HTTP client; none if it is another one.
    pub(super) fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        for _ in 0..MAX_CAUSES {
            let error = next?;
            if let Some(found) = Self::in_tls(error) {
                return Some(found);
            }
            // An I/O error does not give what it wraps as its source, but what is behind that.
            let io = error.downcast_ref::<io::Error>();
            next = match io.and_then(io::Error::get_ref) {
                Some(wrapped) => Some(wrapped),
                None => error.source(),
            };
        }
        None
    }

    fn in_tls(error: &(dyn Error + 'static)) -> Option<Self> {
        let rustls::Error::InvalidCertificate(problem) = error.downcast_ref()? else {
            return None;
        };
        Some(match problem {
            CertificateError::UnknownIssuer => Self::Untrusted,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::WrongName
            }
            _ => Self::Invalid,
        })
    }
}

/// Deeper than the errors of the HTTP client are.
const MAX_CAUSES: usize = 16;
