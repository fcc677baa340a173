//! The names a certificate is for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints, SanType};

use super::CertificateError;

/// DNS names in lower case and IP addresses, sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names(Vec<Name>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Dns(String),
    Address(IpAddr),
}

impl Names {
    pub(crate) fn parse(
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, CertificateError> {
        let names = names.into_iter().map(|name| Name::parse(name.into()));
        let mut names: Vec<Name> = names.collect::<Result<_, _>>()?;
        names.sort();
        names.dedup();
        Ok(Self(names))
    }

    pub(super) fn alternatives(&self) -> Result<Vec<SanType>, CertificateError> {
        let san = |name: &Name| match name {
            Name::Dns(name) => Ok(SanType::DnsName(name.as_str().try_into()?)),
            Name::Address(address) => Ok(SanType::IpAddress(*address)),
        };
        self.0.iter().map(san).collect()
    }

    /// The name constraints. A DNS name includes its subdomains. Permitted names of one kind do not restrict the other kind, so a kind without any name is
    /// excluded (RFC 5280 §4.2.1.10).
    pub(super) fn constraints(&self) -> NameConstraints {
        let subtree = |name: &Name| match name {
            Name::Dns(name) => GeneralSubtree::DnsName(name.clone()),
            Name::Address(address) => subnet(*address, if address.is_ipv4() { 32 } else { 128 }),
        };
        let is_dns = |name: &Name| matches!(name, Name::Dns(_));
        let mut excluded_subtrees = Vec::new();
        if !self.0.iter().any(is_dns) {
            excluded_subtrees.push(GeneralSubtree::DnsName(String::new()));
        }
        if self.0.iter().all(is_dns) {
            excluded_subtrees.push(subnet(Ipv4Addr::UNSPECIFIED.into(), 0));
            excluded_subtrees.push(subnet(Ipv6Addr::UNSPECIFIED.into(), 0));
        }
        NameConstraints {
            permitted_subtrees: self.0.iter().map(subtree).collect(),
            excluded_subtrees,
        }
    }

    /// One name per line. Equal sets of names have equal texts.
    pub(super) fn text(&self) -> String {
        let line = |name: &Name| match name {
            Name::Dns(name) => format!("{name}\n"),
            Name::Address(address) => format!("{address}\n"),
        };
        self.0.iter().map(line).collect()
    }
}

fn subnet(address: IpAddr, prefix: u8) -> GeneralSubtree {
    GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, prefix))
}

impl Name {
    fn parse(name: String) -> Result<Self, CertificateError> {
        if let Ok(address) = name.trim_matches(['[', ']']).parse() {
            return Ok(Self::Address(address));
        }
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if name.len() <= 253 && name.split('.').all(label) {
            Ok(Self::Dns(name.to_ascii_lowercase()))
        } else {
            Err(CertificateError::Name(name))
        }
    }
}
