//! The files of certificate authorities.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use b2c_emulator::CertificateAuthority;

/// `b2c-auth/ca` in this user's data folder: `$XDG_DATA_HOME`, `%LOCALAPPDATA%` or `~/.local/share`.
pub(super) fn default() -> Result<PathBuf, &'static str> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let data = set("XDG_DATA_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| env::home_dir().map(|home| home.join(".local/share")));
    let data = data.ok_or("there is no home directory; give --ca-folder DIR or --ephemeral")?;
    Ok(data.join("b2c-auth").join("ca"))
}

/// A file with the certificate of an ephemeral authority, without its key. It is deleted when SIGINT or SIGTERM ends the command.
pub(super) struct PublicCopy(PathBuf);

impl PublicCopy {
    pub(super) fn write(authority: &CertificateAuthority) -> io::Result<Self> {
        let name = format!("b2c-auth-ca-{}.pem", std::process::id());
        let copy = Self(env::temp_dir().join(name));
        // `create_new` does not follow a link that another user may have placed there.
        fs::remove_file(&copy.0).ok();
        let mut file = fs::File::create_new(&copy.0)?;
        io::Write::write_all(&mut file, authority.pem().as_bytes())?;
        Ok(copy)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PublicCopy {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}
