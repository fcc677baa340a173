use std::{fmt, sync::Arc};

use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

use super::CertificateError;

/// A server certificate and its key, from [`CertificateAuthority::issue`](crate::CertificateAuthority::issue).
///
/// ```
/// use b2c_emulator::{CertificateAuthority, CertificateError, Https, Validity};
///
/// // Clients that trust `authority` accept the first certificate. They refuse the second: the authority's name constraints do not permit that name.
/// let authority = CertificateAuthority::ephemeral(["localhost"])?;
/// let good = Https::with_certificate(authority.issue(["localhost"], Validity::Now)?);
/// let foreign = Https::with_certificate(authority.issue(["login.microsoftonline.com"], Validity::Now)?);
/// # Ok::<(), CertificateError>(())
/// ```
pub struct ServerCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivatePkcs8KeyDer<'static>,
}

impl ServerCertificate {
    pub(super) fn new(chain: Vec<CertificateDer<'static>>, key: Vec<u8>) -> Self {
        Self {
            chain,
            key: key.into(),
        }
    }

    pub(super) fn into_config(self) -> Result<Arc<ServerConfig>, CertificateError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key.into())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCertificate").finish_non_exhaustive()
    }
}
