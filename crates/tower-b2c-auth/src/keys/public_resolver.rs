//! Host name ─▶ addresses, without those of networks that the outside has no business in.

use std::{collections::HashSet, fmt, io, sync::Arc};

use arc_swap::ArcSwap;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::public_address::is_public;

/// The hosts that the operator named himself, in the settings. They may have any address.
///
/// Shared by the fetcher and the settings in force, and changed with them.
#[derive(Clone, Default)]
pub(crate) struct NamedHosts(Arc<ArcSwap<HashSet<Box<str>>>>);

impl NamedHosts {
    pub(crate) fn set(&self, hosts: impl IntoIterator<Item = impl Into<Box<str>>>) {
        let hosts = hosts.into_iter().map(Into::into).collect();
        self.0.store(Arc::new(hosts));
    }

    pub(crate) fn add(&self, hosts: impl IntoIterator<Item = impl Into<Box<str>>>) {
        let mut all = HashSet::clone(&self.0.load());
        all.extend(hosts.into_iter().map(Into::into));
        self.0.store(Arc::new(all));
    }

    fn contain(&self, host: &str) -> bool {
        self.0.load().contains(host)
    }
}

impl fmt::Debug for NamedHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NamedHosts").field(&self.0.load()).finish()
    }
}

/// Refuses addresses that are not [public](is_public), each time a name is resolved: the metadata URL of a tenant that a source has found may come from the
/// tenant's own administrator, who may let its name point to anything later.
#[derive(Debug)]
pub(super) struct PublicResolver {
    pub(super) named: NamedHosts,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let may_be_private = self.named.contain(name.as_str());
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
        };
        let resolve = || resolver.resolve("localhost".parse().unwrap());
        assert!(resolve().await.is_err());
        named.set(["another.example"]);
        assert!(resolve().await.is_err());
        named.add(["localhost"]);
        let mut found = resolve().await.unwrap();
        assert!(found.all(|address| address.ip().is_loopback()));
    }
}
