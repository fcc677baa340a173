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
    if !is_microsofts(host) {
        return Ok(());
    }
    let lower = text.to_ascii_lowercase();
    let is_known = |text: &str| TenantId::of_issuer(text).is_some() || is_without_version(text);
    if !is_known(&lower) {
        return Err(if is_b2c(host) && is_known(&format!("{lower}/")) {
            "is compared byte for byte, and B2C's issuers end with a slash; add it"
        } else {
            "is none of Microsoft's issuers, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\" or \"https://<tenant id>.ciamlogin.com/<tenant id>/v2.0\""
        });
    }
    let mut parts = text.split('/');
    // A policy's name may have capitals.
    let policy = parts.clone().nth(5).filter(|_| parts.nth(3) == Some("tfp"));
    let without_policy = text.replacen(policy.unwrap_or_default(), "", 1);
    if without_policy.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(
            "is compared byte for byte, and Microsoft writes all of it in lower case, except a policy's name; write it so",
        );
    }
    Ok(())
}

/// Whether Microsoft's identity platform has this host, in any cloud.
pub(crate) fn is_microsofts(host: &str) -> bool {
    is_b2c(host)
        || MicrosoftHosts::external_id_tenant(host).is_some()
        || MicrosoftHosts::is_entra_id(host)
}

fn is_b2c(host: &str) -> bool {
    let mut clouds = MicrosoftHosts::ALL.iter();
    clouds.any(|cloud| cloud.b2c.is_some_and(|domain| host.ends_with(domain)))
}

/// Whether this is `https://<host>/<id>/`, as in tokens of version 1.0 of External ID, and of B2C if the metadata's URL has no `v2.0`.
fn is_without_version(text: &str) -> bool {
    let mut parts = text.split('/').skip(3);
    let id = parts.next().and_then(TenantId::parse);
    id.is_some() && parts.next() == Some("") && parts.next().is_none()
}

/// Whether it is a template such as `https://login.microsoftonline.com/{tenantid}/v2.0`, which stands for the issuers of many tenants.
pub(crate) fn is_issuer_template(text: &str) -> bool {
    text.contains(['{', '}'])
}
