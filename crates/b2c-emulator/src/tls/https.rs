use std::{path::PathBuf, sync::Arc};

use super::{
    Acceptor, CertificateAuthority, CertificateError, ServerCertificate, authority::Validity,
};

/// Serving https, and which certificate to use.
#[derive(Debug)]
pub struct Https(Source);

#[derive(Debug)]
enum Source {
    Ephemeral,
    KeptIn(PathBuf),
    Certificate(ServerCertificate),
}

/// The server's certificate and its authority.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) acceptor: Acceptor,
    pub(crate) authority: Option<Arc<CertificateAuthority>>,
}

impl Https {
    /// An authority for this emulator alone, gone with it.
    pub fn ephemeral() -> Self {
        Self(Source::Ephemeral)
    }

    /// An authority made once and kept in this folder, so that you trust it only once.
    pub fn kept_in(folder: impl Into<PathBuf>) -> Self {
        Self(Source::KeptIn(folder.into()))
    }

    /// This certificate, for testing clients: expired, for a wrong name, from an untrusted authority.
    pub fn with_certificate(certificate: ServerCertificate) -> Self {
        Self(Source::Certificate(certificate))
    }

    pub(crate) fn identity(self, names: &[String]) -> Result<Identity, CertificateError> {
        let authority = match self.0 {
            Source::Certificate(certificate) => {
                return Ok(Identity {
                    acceptor: Acceptor::new(certificate.into_config()?),
                    authority: None,
                });
            }
            Source::Ephemeral => CertificateAuthority::ephemeral(names)?,
            Source::KeptIn(folder) => CertificateAuthority::kept_in(folder, names)?,
        };
        let certificate = authority.issue(names, Validity::Now)?;
        Ok(Identity {
            acceptor: Acceptor::new(certificate.into_config()?),
            authority: Some(Arc::new(authority)),
        })
    }
}
