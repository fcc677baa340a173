//! Finds the certificate problem behind an error of the HTTP client.
//!
//! reqwest reports a bad certificate and a closed port alike, as an error while connecting. The operator must do different things about them, so this looks
//! for rustls's error among the causes, through at most [`MAX_CAUSES`] of them.

use std::{error::Error, io};

use rustls::CertificateError;

use super::certificate_problem::CertificateProblem;

/// The certificate problem among the causes of an error. `None` if the cause is something else.
pub(super) fn certificate_problem(error: &(dyn Error + 'static)) -> Option<CertificateProblem> {
    let mut next = Some(error);
    for _ in 0..MAX_CAUSES {
        let error = next?;
        if let Some(found) = in_tls(error) {
            return Some(found);
        }
        // `source()` of an I/O error skips the error that it wraps.
        let io = error.downcast_ref::<io::Error>();
        next = match io.and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

fn in_tls(error: &(dyn Error + 'static)) -> Option<CertificateProblem> {
    let rustls::Error::InvalidCertificate(problem) = error.downcast_ref()? else {
        return None;
    };
    Some(match problem {
        CertificateError::UnknownIssuer => CertificateProblem::Untrusted,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            CertificateProblem::Expired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateProblem::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::WrongName
        }
        _ => CertificateProblem::Invalid,
    })
}

/// More causes than any error of the HTTP client has.
const MAX_CAUSES: usize = 16;
