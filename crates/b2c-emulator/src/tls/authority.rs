//! The certificate authority.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

use super::{CertificateError, Names, ServerCertificate, folder};
use crate::{clock::system_time, pem};

/// A certificate authority for a fixed set of names.
///
/// Its certificate has critical name constraints (RFC 5280 §4.2.1.10), so a browser trusts it for these names and their subdomains only. Its extended key
/// usage allows only TLS servers. The key is on P-256.
///
/// ```
/// use b2c_emulator::{CertificateAuthority, CertificateError, Emulator, Https, Validity};
///
/// // A server with an expired certificate, to test a client's checks.
/// let authority = CertificateAuthority::ephemeral(["localhost"])?;
/// let expired = authority.issue(["localhost"], Validity::Expired)?;
/// let emulator = Emulator::builder().https(Https::with_certificate(expired)).without_socket()?;
/// assert!(emulator.base_url().starts_with("https://localhost:"));
///
/// let refused = CertificateAuthority::ephemeral(["not a name"]);
/// assert!(matches!(refused, Err(CertificateError::Name(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    file: Option<PathBuf>,
}

/// When a certificate is valid. Clients must accept only [`Now`](Self::Now).
///
/// ```
/// use b2c_emulator::{CertificateAuthority, CertificateError, Validity};
///
/// let authority = CertificateAuthority::ephemeral(["localhost"])?;
/// let valid = authority.issue(["localhost"], Validity::Now)?;
/// let not_yet = authority.issue(["localhost"], Validity::Future)?;
/// # Ok::<(), CertificateError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Validity {
    /// From an hour ago, for a year.
    #[default]
    Now,
    /// Until an hour ago.
    Expired,
    /// From an hour from now.
    Future,
}

impl CertificateAuthority {
    /// Generates an authority that is not stored.
    ///
    /// # Errors
    ///
    /// If a name is neither a DNS name nor an IP address, or generating the key fails.
    pub fn ephemeral(
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, CertificateError> {
        let (authority, _) = Self::make(&Names::parse(names)?, system_time().into())?;
        Ok(authority)
    }

    /// Reads the authority for these names from this folder. If there is none or it expires within a month, generates and stores a new one. On Unix, only the
    /// current user can read its key.
    ///
    /// # Errors
    ///
    /// If a name is neither a DNS name nor an IP address, generating the key fails, or the folder is unusable or damaged.
    pub fn kept_in(
        folder: impl AsRef<Path>,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, CertificateError> {
        folder::keep(folder.as_ref(), &Names::parse(names)?, system_time().into())
    }

    /// The certificate in PEM, which clients must trust.
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.certificate)
    }

    /// The file of the certificate in PEM. `None` if the authority is not stored.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Issues a server certificate with a new key. Clients refuse it for names outside the authority's name constraints.
    ///
    /// # Errors
    ///
    /// If a name is neither a DNS name nor an IP address, or generating the key fails.
    pub fn issue(
        &self,
        names: impl IntoIterator<Item = impl Into<String>>,
        validity: Validity,
    ) -> Result<ServerCertificate, CertificateError> {
        let now = OffsetDateTime::from(system_time());
        let (not_before, not_after) = match validity {
            Validity::Now => (now - SLACK, now + SERVER_LIFETIME),
            Validity::Expired => (now - SERVER_LIFETIME, now - SLACK),
            Validity::Future => (now + SLACK, now + SERVER_LIFETIME),
        };
        let mut params = CertificateParams::default();
        params.subject_alt_names = Names::parse(names)?.alternatives()?;
        params.distinguished_name = distinguished_name("Azure AD B2C emulator");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = not_before;
        params.not_after = not_after;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(ServerCertificate::new(
            vec![certificate.der().clone(), self.certificate.clone()],
            key.serialize_der(),
        ))
    }

    /// Generates an authority. Also returns its key in PKCS #8, for storing.
    pub(super) fn make(
        names: &Names,
        now: OffsetDateTime,
    ) -> Result<(Self, Vec<u8>), CertificateError> {
        let key = KeyPair::generate()?;
        let private = key.serialize_der();
        let made = CertifiedIssuer::self_signed(params(names, now), key)?;
        let certificate = made.der().clone();
        let key = KeyPair::try_from(private.as_slice())?;
        let issuer = Issuer::new(params(names, now), key);
        let authority = Self {
            issuer,
            certificate,
            file: None,
        };
        Ok((authority, private))
    }

    /// The authority from its stored parts.
    pub(super) fn kept(
        names: &Names,
        now: OffsetDateTime,
        private: &[u8],
        certificate: CertificateDer<'static>,
        file: PathBuf,
    ) -> Result<Self, CertificateError> {
        Ok(Self {
            issuer: Issuer::new(params(names, now), KeyPair::try_from(private)?),
            certificate,
            file: Some(file),
        })
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

fn params(names: &Names, now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name("Azure AD B2C emulator: development only");
    // No intermediate authorities.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Name constraints do not cover other uses, such as signing mail or code.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(names.constraints());
    params.not_before = now - SLACK;
    params.not_after = now + AUTHORITY_LIFETIME;
    params
}

fn distinguished_name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

/// Tolerates clocks that differ a little.
const SLACK: Duration = Duration::hours(1);
/// Browsers refuse much more than a year.
const SERVER_LIFETIME: Duration = Duration::days(365);
pub(super) const AUTHORITY_LIFETIME: Duration = Duration::days(2 * 365);

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: with the authority's key, mail and time stamps could be signed for anybody.
    #[test]
    fn it_is_for_servers_only() {
        let authority = CertificateAuthority::ephemeral(["localhost"]).unwrap();
        // The extension with serverAuth alone (RFC 5280 §4.2.1.12).
        let extension = [
            0x06, 0x03, 0x55, 0x1d, 0x25, 0x04, 0x0c, 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01,
            0x05, 0x05, 0x07, 0x03, 0x01,
        ];
        let mut windows = authority.certificate.windows(extension.len());
        assert!(windows.any(|window| window == extension));
    }
}
