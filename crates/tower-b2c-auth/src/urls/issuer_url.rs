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
        Ok(_) => Ok(()),
        Err(NoHttpUrl::Scheme) => {
            Err("must start with https:// as it does in the metadata; it is compared byte for byte")
        }
        Err(NoHttpUrl::Relative | NoHttpUrl::Host) => Err(
            "is not an issuer; write the whole URL as it appears in the metadata, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\"",
        ),
    }
}

/// Refuses an issuer at one of Microsoft's hosts if no token can have it, and says what is wrong.
pub(crate) fn microsofts_spelling(text: &str) -> Result<(), &'static str> {
    let url = HttpUrl::parse(text);
    let Some(host) = url.as_ref().ok().map(HttpUrl::host) else {
        return Ok(());
    };
    let mut clouds = MicrosoftHosts::ALL.iter();
    let is_b2c = clouds.any(|cloud| cloud.b2c.is_some_and(|domain| host.ends_with(domain)));
    let is_external_id = MicrosoftHosts::external_id_tenant(host).is_some();
    if !is_b2c && !is_external_id && !MicrosoftHosts::is_entra_id(host) {
        return Ok(());
    }
    let has_capitals = |text: &str| text.bytes().any(|byte| byte.is_ascii_uppercase());
    // A policy's name may have capitals.
    let parts = text.split(['/', '.']);
    let mut ids = parts
        .filter(|part| TenantId::parse(part).is_some())
        .peekable();
    if ids.peek().is_none() {
        return Err(
            "does not contain the tenant's id; Microsoft's issuers do, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\"",
        );
    }
    if ids.any(has_capitals) || text.split('/').take(3).any(has_capitals) {
        return Err(
            "is compared byte for byte, and Microsoft writes the host and the tenant's id in lower case; write them so",
        );
    }
    if is_b2c && !text.ends_with('/') {
        return Err("is compared byte for byte, and B2C's issuers end with a slash; add it");
    }
    Ok(())
}

/// Whether it is a template such as `https://login.microsoftonline.com/{tenantid}/v2.0`, which stands for the issuers of many tenants.
pub(crate) fn is_issuer_template(text: &str) -> bool {
    text.contains(['{', '}'])
}
