//! Checks names of tenants, policies and hosts.
//!
//! These names become part of a URL, so each is checked against the characters that it may have before the URL is built. A slash or a dot in the wrong
//! place would otherwise lead to another tenant's metadata.

use b2c_verify::TenantId;

use crate::urls::{HttpUrl, is_domain_name};

/// A tenant's name: one label of a host name.
pub(super) fn tenant_name(name: &str) -> Result<&str, &'static str> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = (1..=MAX_TENANT_NAME).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-');
    is_label.then_some(name).ok_or("is not a tenant name; write only the first part of the domain, \"contoso\" for contoso.onmicrosoft.com")
}

/// The name of a B2C tenant. Such a name has at most 27 characters, so a GUID is never one.
pub(super) fn b2c_tenant_name(name: &str) -> Result<&str, &'static str> {
    match TenantId::parse(name) {
        Some(_) => Err(
            "is a tenant's id; write the tenant's name, \"contoso\" for contoso.onmicrosoft.com",
        ),
        None => tenant_name(name),
    }
}

/// The name of an External ID tenant.
pub(super) fn external_id_tenant_name(name: &str) -> Result<&str, &'static str> {
    let is_known = ["onmicrosoft.", "ciamlogin."]
        .iter()
        .any(|domain| name.contains(domain));
    if is_domain_name(name) && name.contains('.') && !is_known {
        return Err(
            "is not a tenant name; write only the first part of the tenant's domain, \"contoso\" for contoso.ciamlogin.com; if this is a custom domain, give openid_config (and metadata_issuer, if its issuer is on another host) instead of family, cloud, tenant and tenant_id",
        );
    }
    tenant_name(name)
}

/// A tenant's id as Microsoft writes it: a GUID in lower case.
pub(super) fn tenant_id(id: &str) -> Result<&str, &'static str> {
    let is_guid = TenantId::parse(id).is_some_and(|parsed| parsed.to_string() == id);
    is_guid.then_some(id).ok_or("is not a tenant id; write the GUID in lower case, such as \"aaaabbbb-0000-cccc-1111-dddd2222eeee\"")
}

/// The name of a policy, in any letter case: B2C's URLs ignore case.
pub(super) fn policy_name(name: &str) -> Result<&str, &'static str> {
    let lower = name.to_ascii_lowercase();
    let rest = lower
        .strip_prefix("b2c_1_")
        .or_else(|| lower.strip_prefix("b2c_1a_"));
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_policy = rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(fits));
    is_policy.then_some(name).ok_or("is not a policy name; write B2C_1_ (user flow) or B2C_1A_ (custom policy) and then letters, digits, '.', '_' or '-', such as \"B2C_1_signupsignin1\"")
}

pub(super) fn host_name(name: &str) -> Result<&str, &'static str> {
    let is_host = |name: &str| is_domain_name(name) && name.contains('.');
    let port = |port: &str| port.bytes().all(|it| it.is_ascii_digit());
    if name
        .rsplit_once(':')
        .is_some_and(|it| is_host(it.0) && port(it.1))
    {
        return Err("has a port, but the host is always reached at port 443; remove the port");
    }
    is_host(name).then_some(name).ok_or("is not a host name; write it in lower case without scheme and path, such as \"login.contoso.com\"")
}

/// A host as URLs name it, with its port if that is not the scheme's default.
pub(super) fn host_with_port(host: &str) -> Result<(), &'static str> {
    let url = HttpUrl::parse(&format!("https://{host}"));
    let is_host = url.is_ok_and(|url| url.authority() == host && url.path_and_query() == "/");
    is_host.then_some(()).ok_or("is not a host; write it in lower case without scheme and path, and with its port only if that is not 443, such as \"keys.contoso.com\"")
}

const MAX_TENANT_NAME: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names() {
        for bad in [
            "",
            "contoso.onmicrosoft.com",
            "https://contoso",
            "con toso",
            "-contoso",
            "a/b",
            "a?b",
        ] {
            assert!(tenant_name(bad).is_err(), "{bad}");
        }
        for bad in [
            "",
            "signin",
            "B2C_1_",
            "B2C_2_x",
            "B2C_1_a/b",
            "B2C_1_a?p=b",
            "B2C_1_ä",
        ] {
            assert!(policy_name(bad).is_err(), "{bad}");
        }
        for bad in [
            "",
            "contoso",
            "organizations",
            "AAAABBBB-0000-cccc-1111-dddd2222eeee",
            "aaaabbbb0000cccc1111dddd2222eeee",
            "aaaabbbb-0000-cccc-1111-dddd2222eee/",
        ] {
            assert!(tenant_id(bad).is_err(), "{bad}");
        }
        assert!(tenant_id("aaaabbbb-0000-cccc-1111-dddd2222eeee").is_ok());
        for good in [
            "B2C_1_signupsignin1",
            "b2c_1a_tp_sign-up-or-sign-in",
            "B2C_1A_X.y",
        ] {
            assert!(policy_name(good).is_ok(), "{good}");
        }
    }
}
