//! Issuers as B2C writes them.

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

/// Whether it is a template such as `https://login.microsoftonline.com/{tenantid}/v2.0`, which stands for the issuers of many tenants.
pub(crate) fn is_issuer_template(text: &str) -> bool {
    text.contains(['{', '}'])
}
