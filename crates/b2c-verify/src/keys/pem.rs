//! PEM text ─▶ `VerificationKey`: RFC 7468, RFC 5280 §4.1.2.7.

use aws_lc_rs::rsa::PublicKey;
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::{AlgorithmSet, KeyError, VerificationKey};

impl VerificationKey {
    /// The RSA, P-256 or P-384 key in PEM (RFC 7468): one `CERTIFICATE` (X.509), `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS #1).
    ///
    /// Only the public key of a certificate is used. Its dates and signature are ignored: the certificate is trusted because it was configured.
    ///
    /// ```
    /// use b2c_verify::{Algorithm, AlgorithmSet, KeyError, VerificationKey};
    ///
    /// let pem = "-----BEGIN PUBLIC KEY-----
    /// MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGm39VFjoS1P+LVadkTRoejcECYgX
    /// f4uzYovfrkjYRz2nlf65rn1Kp81Cr/7gJg4hDB4BT5wQYiidpdHQuq8AcA==
    /// -----END PUBLIC KEY-----";
    /// let key = VerificationKey::from_pem(Some("one"), pem, AlgorithmSet::new([Algorithm::ES256]))?;
    /// assert!(key.suits(Algorithm::ES256));
    ///
    /// // A P-256 key cannot verify RS256, the only algorithm allowed here.
    /// let refused = VerificationKey::from_pem(Some("one"), pem, AlgorithmSet::default());
    /// assert_eq!(refused.unwrap_err(), KeyError::NoAlgorithm);
    /// # Ok::<(), KeyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Pem`](KeyError::Pem), [`Private`](KeyError::Private), [`Der`](KeyError::Der), and those of [`rsa`](Self::rsa) and [`ec`](Self::ec).
    pub fn from_pem(
        kid: Option<&str>,
        text: &str,
        algorithms: AlgorithmSet,
    ) -> Result<Self, KeyError> {
        if text.len() > MAX_PEM_BYTES {
            return Err(KeyError::Pem);
        }
        let sections = pem::parse_many(text).map_err(|_| KeyError::Pem)?;
        if sections
            .iter()
            .any(|section| section.tag().ends_with("PRIVATE KEY"))
        {
            return Err(KeyError::Private);
        }
        let [section] = sections.as_slice() else {
            return Err(KeyError::Pem);
        };
        match section.tag() {
            "CERTIFICATE" => {
                let certificate = CertificateDer::from(section.contents());
                let certificate =
                    EndEntityCert::try_from(&certificate).map_err(|_| KeyError::Der)?;
                Self::from_der(kid, &certificate.subject_public_key_info(), algorithms)
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" => Self::from_der(kid, section.contents(), algorithms),
            _ => Err(KeyError::Pem),
        }
    }

    /// The key in SPKI or PKCS #1.
    fn from_der(kid: Option<&str>, der: &[u8], algorithms: AlgorithmSet) -> Result<Self, KeyError> {
        for prefix in [P256_SPKI, P384_SPKI] {
            if let Some(point) = der.strip_prefix(prefix) {
                let (x, y) = point
                    .split_at_checked(point.len() / 2)
                    .ok_or(KeyError::Der)?;
                return Self::ec(kid, x, y, algorithms);
            }
        }
        let key = PublicKey::from_der(der).map_err(|_| KeyError::Der)?;
        let n = key.modulus().big_endian_without_leading_zero();
        let e = key.exponent().big_endian_without_leading_zero();
        Self::rsa(kid, n, e, algorithms)
    }
}

/// Enough for a certificate with an 8192-bit key and long names.
const MAX_PEM_BYTES: usize = 64 * 1024;

/// The bytes before the coordinates of an uncompressed point (RFC 5480 §2). They are constant because every length encoded in them is fixed for the curve.
const P256_SPKI: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
const P384_SPKI: &[u8] = &[
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
];
