//! The folder of the certificate authority that is kept.

use std::{env, path::PathBuf};

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
    let data =
        data.ok_or("there is no home directory; give --ca-folder DIR or --ephemeral FILE.pem")?;
    Ok(data.join("b2c-auth").join("ca"))
}
