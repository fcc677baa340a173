use std::{path::PathBuf, sync::Arc};

use super::{
    Acceptor, CertificateAuthority, CertificateError, ServerCertificate, authority::Validity,
};

/// The certificate for serving https.
///
/// ```
/// use b2c_emulator::{Emulator, Https};
///
/// let emulator = Emulator::builder().https(Https::ephemeral()).without_socket()?;
/// assert!(emulator.base_url().starts_with("https://localhost:"));
///
/// // The tests' clients must trust this certificate.
/// let ca = emulator.authority().map(|authority| authority.pem());
/// assert!(ca.is_some_and(|pem| pem.starts_with("-----BEGIN CERTIFICATE-----")));
/// # Ok::<(), b2c_emulator::EmulatorError>(())
/// ```
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
    /// Generates a certificate authority for this emulator only.
    pub fn ephemeral() -> Self {
        Self(Source::Ephemeral)
    }

    /// Uses the certificate authority stored in this folder, or generates and stores one. Clients have to trust it only once.
    pub fn kept_in(folder: impl Into<PathBuf>) -> Self {
        Self(Source::KeptIn(folder.into()))
    }

    /// Uses this certificate, to test what clients do with one that is expired, for another name or from an untrusted authority.
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
