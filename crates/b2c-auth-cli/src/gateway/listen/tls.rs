//! TLS with a reloadable certificate.

use std::{
    error::Error,
    fmt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::{CryptoProvider, aws_lc_rs},
        server::{ClientHello, ParsedCertificate, ResolvesServerCert},
        sign::CertifiedKey,
    },
};
use tower_b2c_auth::{Clock, NumericDate};

use super::validity::Validity;
use crate::file;

/// The current certificate and its files. Clones share them.
#[derive(Clone)]
pub(in crate::gateway) struct Certificate {
    files: Arc<Files>,
    current: Arc<Current>,
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// The protocol inside TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum Protocol {
    Http1,
    #[cfg(feature = "grpc")]
    Http2,
}

impl Certificate {
    /// # Errors
    ///
    /// If a file cannot be read, or certificate and key do not match.
    pub(in crate::gateway) fn read(
        certificate: PathBuf,
        key: PathBuf,
    ) -> Result<Self, Box<dyn Error>> {
        let files = Files { certificate, key };
        let current = files.read()?;
        Ok(Self {
            files: Arc::new(files),
            current: Arc::new(Current(RwLock::new(current))),
        })
    }

    /// Reads the certificate again. A usable one takes effect for new connections; any other is logged and changes nothing. One that has expired, or becomes
    /// valid only in more than five minutes, is usable only if the current one is no better.
    pub(in crate::gateway) fn reload(&self, now: NumericDate) {
        match self.read_again(now) {
            Ok(new) => {
                *self
                    .current
                    .0
                    .write()
                    .unwrap_or_else(PoisonError::into_inner) = new;
                tracing::info!("certificate reloaded");
                self.warn(now);
            }
            Err(error) => tracing::error!("the old certificate stays in force: {error}"),
        }
    }

    /// Warns of a certificate that has expired, is not valid yet or expires soon: at once, and then once a day, forever.
    pub(in crate::gateway) async fn watch(self, clock: impl Clock) {
        loop {
            self.warn(clock.now());
            clock.sleep(WARNING_INTERVAL).await;
        }
    }

    fn read_again(&self, now: NumericDate) -> Result<Arc<CertifiedKey>, Box<dyn Error>> {
        let new = self.files.read()?;
        let check =
            |key: &CertifiedKey| validity(key).map_or(Ok(()), |it| it.check_with_tolerance(now));
        if check(&self.current.get()).is_ok() {
            let file = self.files.certificate.display();
            check(&new).map_err(|wrong| format!("the certificate in {file} {wrong}"))?;
        }
        Ok(new)
    }

    fn warn(&self, now: NumericDate) {
        let validity = validity(&self.current.get());
        if let Some(warning) = validity.and_then(|it| it.warning(now)) {
            let file = self.files.certificate.display();
            tracing::warn!("the certificate in use, which was read from {file}, {warning}");
        }
    }

    /// # Errors
    ///
    /// If the crypto library supports no TLS version.
    pub(super) fn acceptor(&self, protocol: Protocol) -> Result<TlsAcceptor, Box<dyn Error>> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.current) as _);
        config.alpn_protocols = match protocol {
            Protocol::Http1 => vec![b"http/1.1".to_vec()],
            #[cfg(feature = "grpc")]
            Protocol::Http2 => vec![b"h2".to_vec()],
        };
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("certificate", &self.files.certificate)
            .field("key", &self.files.key)
            .finish_non_exhaustive()
    }
}

impl Files {
    fn read(&self) -> Result<Arc<CertifiedKey>, Box<dyn Error>> {
        let path = self.certificate.display();
        let text = file::read(&self.certificate, Some("--tls-certificate"))?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        let chain = chain.map_err(|error| format!("{path} is not a PEM certificate: {error}"))?;
        if chain.is_empty() {
            return Err(format!("{path} contains no PEM certificate").into());
        }
        for (at, one) in chain.iter().enumerate() {
            ParsedCertificate::try_from(one).map_err(|error| {
                format!("certificate {} in {path} cannot be used: {error}", at + 1)
            })?;
        }
        let certificate = path;
        let path = self.key.display();
        let key = file::read(&self.key, Some("--tls-key"))?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
            .map_err(|error| format!("{path} contains no PEM private key: {error}"))?;
        let both = CertifiedKey::from_der(chain, key, &provider());
        let both = both.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                format!("the key in {path} is not the key of the certificate in {certificate}")
            }
            other => format!("the key in {path} cannot be used: {other}"),
        })?;
        Ok(Arc::new(both))
    }
}

/// Of the gateway's own certificate, which is the first of the chain.
fn validity(key: &CertifiedKey) -> Option<Validity> {
    Validity::of(key.cert.first()?)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

struct Current(RwLock<Arc<CertifiedKey>>);

impl Current {
    fn get(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get())
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current").finish_non_exhaustive()
    }
}

/// Often enough for somebody to see it in time.
const WARNING_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);
