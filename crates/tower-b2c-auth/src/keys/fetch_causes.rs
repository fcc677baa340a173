//! What is behind an error of the HTTP client.
//!
//! reqwest reports a bad certificate and a closed port alike, as an error while connecting. The operator must do different things about them, so this looks
//! for rustls's error among the causes. It also looks for hyper's, because a runtime that has ended says nothing about the identity provider.

use std::{error::Error, io, iter::successors};

use rustls::CertificateError;

use super::certificate_problem::CertificateProblem;

/// The certificate problem among the causes of an error. `None` if the cause is something else.
pub(super) fn certificate_problem(error: &(dyn Error + 'static)) -> Option<CertificateProblem> {
    causes(error).find_map(in_tls)
}

/// Whether the task of the connection was dropped before there was an answer, because its runtime has ended.
pub(super) fn has_lost_its_runtime(error: &(dyn Error + 'static)) -> bool {
    let mut hyper = causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>());
    hyper.any(hyper::Error::is_user)
}

/// The error itself, what caused it, and so on, at most [`MAX_CAUSES`] of them.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| cause(*error)).take(MAX_CAUSES)
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // `source()` of an I/O error skips the error that it wraps.
    let io = error.downcast_ref::<io::Error>();
    match io.and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
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
