//! Checks the `[fetch]` table.
//!
//! 1. `ca_file` must be readable, have at most [`MAX_CA_BYTES`], and contain a PEM certificate. Whether each certificate can be used is known only when the
//!    client is made.
//! 2. `proxy` is scheme, host and port. A password in the URL is refused, because URLs are logged; `proxy_password` never is.
//! 3. Credentials without a proxy, or a password without a user, are mistakes.

use std::{
    io::{self, Read as _},
    path::Path,
};

use super::secret_file::{open, shown_path, unreadable};
use crate::{
    keys::{FetchConfig, ProxyConfig},
    settings::{FetchSettings, Hidden, Mistakes},
    urls::HttpUrl,
};

impl FetchSettings {
    /// After a mistake, the result is incomplete.
    pub(super) fn check(&self, mistakes: &mut Mistakes) -> FetchConfig {
        let ca_file = self.ca_file.as_ref();
        let ca_pem =
            ca_file.and_then(|path| mistakes.note("fetch.ca_file", shown_path(path), ca_pem(path)));
        if self.proxy.is_none() && (self.proxy_user.is_some() || self.proxy_password.is_some()) {
            let remedy = "is missing; set the proxy that the user name and the password are for";
            mistakes.add("fetch.proxy", "", remedy);
        }
        if self.proxy_password.is_some() && self.proxy_user.is_none() {
            let remedy = "is missing; set the user name that the password is for";
            mistakes.add("fetch.proxy_user", "", remedy);
        }
        let proxy = self.proxy.as_ref().and_then(|text| {
            // The mistake does not repeat the URL, which may contain a password.
            let url = mistakes.note("fetch.proxy", Hidden, proxy_url(text))?;
            let user = self.proxy_user.clone();
            Some(ProxyConfig {
                url: url.as_str().to_owned(),
                host: url.host().to_owned(),
                credentials: user.map(|user| (user, self.proxy_password.clone())),
            })
        });
        FetchConfig {
            ca_pem,
            proxy,
            system_proxy: self.system_proxy,
        }
    }
}

fn ca_pem(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = read(path).map_err(|error| unreadable(path, &error))?;
    if bytes.len() > MAX_CA_BYTES {
        let remedy = format!("is larger than {MAX_CA_BYTES} bytes; is it the right file?");
        return Err(remedy);
    }
    let mut windows = bytes.windows(CERTIFICATE.len());
    if !windows.any(|window| window == CERTIFICATE) {
        let remedy = "contains no PEM certificate; one begins with -----BEGIN CERTIFICATE-----";
        return Err(remedy.into());
    }
    Ok(bytes)
}

/// Reads at most one byte more than allowed, which shows that the file is too large.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_CA_BYTES).unwrap_or(u64::MAX);
    open(path)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn proxy_url(text: &str) -> Result<HttpUrl, &'static str> {
    let url = HttpUrl::parse(text).map_err(|_| "is not the URL of a proxy; write scheme, host and port, such as \"http://proxy.corp.example:3128\"")?;
    if url.has_user_info() {
        return Err(
            "must not contain a user name or a password; set proxy_user and proxy_password instead",
        );
    }
    if url.has_fragment() || url.path_and_query() != "/" {
        return Err(
            "must have no path, query or fragment; write scheme, host and port, such as \"http://proxy.corp.example:3128\"",
        );
    }
    Ok(url)
}

/// Four times the size of a platform's roots.
const MAX_CA_BYTES: usize = 1 << 20;
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
