use std::{io, path::PathBuf};

/// Why a certificate could not be generated, stored or used.
///
/// ```
/// use b2c_emulator::{CertificateAuthority, CertificateError, Validity};
///
/// let authority = CertificateAuthority::ephemeral(["localhost", "127.0.0.1"])?;
/// assert!(authority.issue(["localhost"], Validity::Now).is_ok());
///
/// let refused = authority.issue(["*"], Validity::Now).unwrap_err();
/// assert_eq!(refused.to_string(), r#""*" is neither a DNS name nor an IP address"#);
/// # Ok::<(), CertificateError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A certificate cannot contain this name.
    #[error("{0:?} is neither a DNS name nor an IP address")]
    Name(String),
    /// Generating the certificate failed.
    #[error("cannot generate a certificate")]
    Generate(#[from] rcgen::Error),
    /// The stored certificate authority could not be read or written.
    #[error("cannot read or write the certificate authority in {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A file of the stored certificate authority is missing, unreadable or damaged.
    #[error("{} is missing, unreadable or damaged; delete its folder to get a new authority", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// rustls refuses the certificate or its key.
    #[error("the certificate cannot be used")]
    Unusable(#[from] tokio_rustls::rustls::Error),
}
