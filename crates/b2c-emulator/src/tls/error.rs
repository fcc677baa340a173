use std::{io, path::PathBuf};

/// Why a certificate could not be made, stored or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A name that cannot be in a certificate.
    #[error("{0:?} is neither a DNS name nor an IP address")]
    Name(String),
    /// The certificate could not be made.
    #[error("a certificate could not be made")]
    Generate(#[from] rcgen::Error),
    /// The stored certificate authority could not be read or written.
    #[error("cannot keep a certificate authority in {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A file of the stored certificate authority is damaged.
    #[error("{} is damaged; remove its folder to get a new authority", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// TLS refuses the certificate or its key.
    #[error("the certificate cannot be used")]
    Unusable(#[from] tokio_rustls::rustls::Error),
}
