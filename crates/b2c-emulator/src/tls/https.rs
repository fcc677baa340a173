use std::{path::PathBuf, sync::Arc};

use super::{
    Acceptor, CertificateAuthority, CertificateError, ServerCertificate, authority::Validity,
};

/// https instead of http, and whose certificate the server shows.
#[derive(Debug)]
pub struct Https(Source);

#[derive(Debug)]
enum Source {
    Ephemeral,
    KeptIn(PathBuf),
    Certificate(ServerCertificate),
}

/// What the server shows, and who vouches for it.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) acceptor: Acceptor,
    pub(crate) authority: Option<Arc<CertificateAuthority>>,
}

impl Https {
    /// An authority for this tenant alone, gone with it.
    pub fn ephemeral() -> Self {
        Self(Source::Ephemeral)
    }

    /// An authority that is made once and kept in this folder, so that it has to be trusted once.
    pub fn kept_in(folder: impl Into<PathBuf>) -> Self {
        Self(Source::KeptIn(folder.into()))
    }

    /// This certificate, for tests of clients: expired, for another name, from an authority that nobody trusts.
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
