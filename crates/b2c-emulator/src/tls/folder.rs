//! Stored certificate authorities: one folder for each set of names.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use time::{Duration, OffsetDateTime};

use super::{CertificateAuthority, CertificateError, Names, authority::AUTHORITY_LIFETIME};
use crate::pem;

/// Reads the authority for these names, or generates it.
pub(super) fn keep(
    folder: &Path,
    names: &Names,
    now: OffsetDateTime,
) -> Result<CertificateAuthority, CertificateError> {
    let own = folder.join(name_of(names));
    let unusable = |source| CertificateError::Folder {
        folder: own.clone(),
        source,
    };
    match expiry(&own)? {
        Some(expires) if expires > now + RENEWAL => read(&own, names, now),
        Some(_) => {
            fs::remove_dir_all(&own).map_err(unusable)?;
            write(folder, &own, names, now)
        }
        None => write(folder, &own, names, now),
    }
}

/// Other names get another authority, so a trusted certificate is replaced only when it is about to expire.
fn name_of(names: &Names) -> String {
    let digest = digest::digest(&digest::SHA256, names.text().as_bytes());
    let hex = digest.as_ref().iter().take(6);
    hex.map(|byte| format!("{byte:02x}")).collect()
}

/// When the stored authority expires; `None` if there is none.
fn expiry(own: &Path) -> Result<Option<OffsetDateTime>, CertificateError> {
    let file = own.join(EXPIRY);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let folder = own.to_owned();
            return Err(CertificateError::Folder { folder, source });
        }
    };
    let seconds = text.trim().parse().ok();
    let expires = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    // A damaged file must not replace an authority that browsers trust.
    expires.map(Some).ok_or(CertificateError::Damaged { file })
}

fn read(
    own: &Path,
    names: &Names,
    now: OffsetDateTime,
) -> Result<CertificateAuthority, CertificateError> {
    let file = |name: &str| own.join(name);
    let damaged = |name: &str| CertificateError::Damaged { file: file(name) };
    let certificate = CertificateDer::from_pem_file(file(CERTIFICATE));
    let certificate = certificate.map_err(|_| damaged(CERTIFICATE))?;
    let key = PrivatePkcs8KeyDer::from_pem_file(file(KEY)).map_err(|_| damaged(KEY))?;
    CertificateAuthority::kept(
        names,
        now,
        key.secret_pkcs8_der(),
        certificate,
        file(CERTIFICATE),
    )
    .map_err(|_| damaged(KEY))
}

/// Writes to a temporary folder and renames it, so no process reads an incomplete one.
fn write(
    folder: &Path,
    own: &Path,
    names: &Names,
    now: OffsetDateTime,
) -> Result<CertificateAuthority, CertificateError> {
    let (authority, private) = CertificateAuthority::make(names, now)?;
    let expires = (now + AUTHORITY_LIFETIME).unix_timestamp();
    let write_all = || {
        fs::create_dir_all(folder)?;
        let draft = folder.join(format!("draft-{}-{}", std::process::id(), name_of(names)));
        fs::create_dir_all(&draft)?;
        private_file(&draft.join(KEY), &pem::encode("PRIVATE KEY", &private))?;
        fs::write(draft.join(CERTIFICATE), authority.pem())?;
        fs::write(draft.join(NAMES), names.text())?;
        fs::write(draft.join(EXPIRY), format!("{expires}\n"))?;
        let renamed = fs::rename(&draft, own);
        if renamed.is_err() {
            fs::remove_dir_all(&draft)?;
        }
        // If another process was faster, its folder is used.
        if own.join(EXPIRY).exists() {
            return Ok(());
        }
        renamed
    };
    write_all().map_err(|source| CertificateError::Folder {
        folder: own.to_owned(),
        source,
    })?;
    read(own, names, now)
}

fn private_file(path: &PathBuf, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}

const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca-key.pem";
const NAMES: &str = "names.txt";
/// In seconds since 1970.
const EXPIRY: &str = "expires.txt";
const RENEWAL: Duration = Duration::days(30);
