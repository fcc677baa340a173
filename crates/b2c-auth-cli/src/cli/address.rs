//! Where to listen, as the user typed it.

use std::{fmt, str::FromStr};

/// A host and a port: `127.0.0.1:9000`, `[::1]:9000`, `localhost:9000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(String);

impl Address {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(FORM)?;
        if port.parse::<u16>().is_err() {
            return Err(FORM);
        }
        let is_ipv6 = host.starts_with('[') && host.ends_with(']');
        if host.contains(':') && !is_ipv6 {
            return Err("write an IPv6 address in brackets, such as [::1]:9000");
        }
        if host.is_empty() {
            return Err("say which host; 0.0.0.0 stands for every address of this machine");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const FORM: &str = "write HOST:PORT, such as 127.0.0.1:9000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_addresses_and_nothing_else_is() {
        for good in [
            "127.0.0.1:9000",
            "localhost:0",
            "[::1]:65535",
            "gateway.internal:80",
        ] {
            assert_eq!(
                good.parse::<Address>().map(|address| address.to_string()),
                Ok(good.into())
            );
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
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }
}
