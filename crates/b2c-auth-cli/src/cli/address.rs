//! Parses the addresses to listen on.

use std::{fmt, path::PathBuf, str::FromStr};

/// A host and port, a Unix socket, or the next socket passed by systemd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// `127.0.0.1:9000`, `[::1]:9000`, `localhost:9000`.
    Tcp(String),
    /// `unix:/run/b2c-auth/gateway.sock`.
    Unix(PathBuf),
    /// `systemd`. If repeated, each takes the next socket, in the order of the socket unit.
    Systemd,
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == SYSTEMD {
            return Ok(Self::Systemd);
        }
        if let Some(path) = text.strip_prefix(UNIX) {
            let path = PathBuf::from(path);
            return match path.is_absolute() {
                true => Ok(Self::Unix(path)),
                false => Err("write an absolute path, such as unix:/run/b2c-auth/gateway.sock"),
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or(FORM)?;
        if port.parse::<u16>().is_err() {
            return Err(FORM);
        }
        if host.contains("://") {
            return Err("write it without http:// or https://, such as 127.0.0.1:9000");
        }
        let is_ipv6 = host.starts_with('[') && host.ends_with(']');
        if host.contains(':') && !is_ipv6 {
            return Err("write an IPv6 address in brackets, such as [::1]:9000");
        }
        if host.is_empty() {
            return Err("name a host; 0.0.0.0 means every IPv4 address of this machine");
        }
        Ok(Self::Tcp(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
            Self::Systemd => f.write_str(SYSTEMD),
        }
    }
}

const UNIX: &str = "unix:";
const SYSTEMD: &str = "systemd";
const FORM: &str = "write HOST:PORT (such as 127.0.0.1:9000), unix:/PATH or systemd";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_ports_and_sockets_are_addresses_and_nothing_else_is() {
        for good in [
            "127.0.0.1:9000",
            "localhost:0",
            "[::1]:65535",
            "gateway.internal:80",
            "unix:/run/b2c-auth.sock",
            "systemd",
        ] {
            let parsed = good.parse::<Address>();
            assert_eq!(parsed.map(|address| address.to_string()), Ok(good.into()));
        }
        for bad in [
            "",
            "9000",
            ":9000",
            "localhost",
            "localhost:",
            "localhost:65536",
            "::1:9000",
            "http://localhost:x",
            "unix:",
            "unix:relative.sock",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
        // The bug: the advice was about IPv6.
        let url = "http://127.0.0.1:9000".parse::<Address>();
        assert_eq!(
            url.unwrap_err(),
            "write it without http:// or https://, such as 127.0.0.1:9000"
        );
    }
}
