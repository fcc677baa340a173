//! Host name ─▶ addresses, without private ones.
//!
//! The check is made on the addresses that the connection then uses. Checking the name beforehand would leave time to point it elsewhere (DNS rebinding).
//! No name is resolved for a URL with a literal address, but only the operator can allow such a host (`config/tenants.rs`).

use std::io;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{named_hosts::NamedHosts, public_address::is_public};

/// Drops addresses that are not [public](is_public), each time a name is resolved: the metadata URL of a found tenant may come from the tenant's own
/// administrator, who can point its host name at any address later.
#[derive(Debug)]
pub(super) struct PublicResolver {
    pub(super) named: NamedHosts,
    /// The host of the proxy in the settings, which the operator named too.
    pub(super) proxy_host: Option<String>,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let is_proxy = self.proxy_host.as_deref() == Some(name.as_str());
        let may_be_private = is_proxy || self.named.contain(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let usable: Vec<_> = found
                .filter(|address| may_be_private || is_public(address.ip()))
                .collect();
            if usable.is_empty() {
                let error = io::Error::other("the name has no public address");
                return Err(error.into());
            }
            let addresses: Addrs = Box::new(usable.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_unless_the_operator_named_it() {
        let named = NamedHosts::default();
        let resolver = PublicResolver {
            named: named.clone(),
            proxy_host: None,
        };
        let resolve = || resolver.resolve("localhost".parse().unwrap());
        assert!(resolve().await.is_err());
        named.set(["another.example"]);
        assert!(resolve().await.is_err());
        named.add(["localhost"]);
        let mut found = resolve().await.unwrap();
        assert!(found.all(|address| address.ip().is_loopback()));
    }

    #[tokio::test]
    async fn the_proxy_of_the_settings_may_have_a_private_address() {
        let resolver = PublicResolver {
            named: NamedHosts::default(),
            proxy_host: Some("localhost".into()),
        };
        assert!(resolver.resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
