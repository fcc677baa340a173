//! Issuers as B2C writes them.

use b2c_verify::{MicrosoftHosts, TenantId};

use super::http_url::{HttpUrl, NoHttpUrl};

/// An issuer as B2C writes it: an absolute URL that is compared as text.
pub(crate) fn issuer_url(text: &str) -> Result<(), &'static str> {
    if is_issuer_template(text) {
        return Err(
            "is a template for the issuers of many tenants; write each tenant's own issuer, with its id in place of the braces",
        );
    }
    match HttpUrl::parse(text) {
        Ok(url) if names_tenants(url.host()) => microsofts_issuer(text),
        Ok(_) => Ok(()),
        Err(NoHttpUrl::Scheme) => {
            Err("must start with https:// as it does in the metadata; it is compared byte for byte")
        }
        Err(NoHttpUrl::Relative | NoHttpUrl::Host) => Err(
            "is not an issuer; write the whole URL as it appears in the metadata, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\"",
        ),
    }
}

/// Refuses an issuer at one of Microsoft's hosts that no token can have, because Microsoft spells it in another way.
fn microsofts_issuer(text: &str) -> Result<(), &'static str> {
    if TenantId::of_issuer(&text.to_ascii_lowercase()).is_none() {
        return Err(
            "is not an issuer of Microsoft's; it contains the tenant's id, a GUID, and B2C's ends with a slash, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\"",
        );
    }
    // The name of a policy may have capitals, but neither the host nor the id.
    let id = TenantId::of_issuer(text).map(|id| id.to_string());
    let host = text.split('/').nth(2).unwrap_or_default();
    let has_capitals = |text: &str| text.bytes().any(|byte| byte.is_ascii_uppercase());
    if id.is_none_or(|id| !text.contains(&id)) || has_capitals(host) {
        return Err(
            "is compared byte for byte, and Microsoft writes the host and the tenant's id in lower case; write them so",
        );
    }
    Ok(())
}

/// Whether this is a host in the issuers of one of Microsoft's clouds.
fn names_tenants(host: &str) -> bool {
    let mut clouds = MicrosoftHosts::ALL.iter();
    MicrosoftHosts::is_entra_id(host)
        || MicrosoftHosts::external_id_tenant(host).is_some()
        || clouds.any(|cloud| cloud.b2c.is_some_and(|domain| host.ends_with(domain)))
}

/// Whether it is a template such as `https://login.microsoftonline.com/{tenantid}/v2.0`, which stands for the issuers of many tenants.
pub(crate) fn is_issuer_template(text: &str) -> bool {
    text.contains(['{', '}'])
}
