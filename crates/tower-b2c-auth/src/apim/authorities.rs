//! `<openid-config>` and `<issuer-signing-keys>` with `<issuers>` ─▶ authorities.

use b2c_verify::MicrosoftHosts;

use super::{
    attributes::{Attributes, boolean},
    context::Context,
    keys,
    list::texts,
    xml::Element,
};
use crate::{
    settings::{AuthoritySettings, Settings},
    urls::{HttpUrl, fetchable_url, issuer_url},
};

/// One authority for each metadata URL, one for the inline public keys, and one for the secrets.
///
/// The inline keys get the listed issuers. So does a metadata URL that stands alone. If it does not stand alone, the settings list the issuers without an
/// authority, and [`Settings::issuers`] says which authority each belongs to.
pub(super) fn read(
    metadata: &[&Element<'_>],
    signing_keys: Option<&Element<'_>>,
    issuers: Option<&Element<'_>>,
    settings: &mut Settings,
    context: &mut Context<'_>,
) {
    let issuers = read_issuers(issuers, !metadata.is_empty(), context);
    for element in metadata {
        if let Some(url) = openid_config(element, context) {
            let authority = AuthoritySettings::openid_config(url);
            settings.authorities.push(authority);
        }
    }
    match (settings.authorities.as_mut_slice(), signing_keys) {
        ([], _) => {}
        ([only], None) => only.issuers.clone_from(&issuers),
        _ => settings.issuers.clone_from(&issuers),
    }
    let Some(element) = signing_keys else {
        note_pool(metadata, false, context);
        return;
    };
    if !metadata.is_empty() {
        context.note(element.line, element.name(), ONLY_LISTED);
    }
    if issuers.is_empty() {
        let remedy = "needs <issuers>: name the issuers that these inline keys sign for";
        context.refuse(element.line, element.name(), remedy);
    }
    let keys: Vec<_> = element
        .children
        .iter()
        .filter_map(|key| keys::inline_key(key, context))
        .collect();
    if element.children.is_empty() {
        let remedy = "has no <key>; give one, or delete it";
        context.refuse(element.line, element.name(), remedy);
    }
    let has_public_keys = keys.iter().any(|key| key.secret.is_none());
    note_pool(metadata, has_public_keys, context);
    if has_public_keys {
        settings.algorithms = keys::ALGORITHMS.map(str::to_owned).to_vec();
    }
    let (secrets, public): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| key.secret.is_some());
    for keys in [public, secrets] {
        if !keys.is_empty() {
            settings.authorities.push(AuthoritySettings {
                issuers: issuers.clone(),
                keys,
                ..AuthoritySettings::default()
            });
        }
    }
}

/// Notes that the keys of a metadata document are not for every listed issuer. There is no note if the document's keys are the only public ones, because
/// they are then for every listed issuer. Secrets do not count: they sign only for the issuers that are configured with them.
fn note_pool(metadata: &[&Element<'_>], has_public_keys: bool, context: &mut Context<'_>) {
    let element = match metadata {
        [_, second, ..] => second,
        [only] if has_public_keys => only,
        _ => return,
    };
    context.note(element.line, element.name(), POOL);
}

/// Says what differs from API Management, and how to get its behaviour.
const POOL: &str = "API Management accepts the keys of each metadata document for every issuer; here they are accepted for the document's own issuer, and for those of the listed <issuers> \
that carry its tenant id. In TOML, an issuer that has no tenant id belongs in the issuers of the authority whose keys sign for it; danger_pool_issuers = true accepts every document's keys \
for the listed <issuers>";
const ONLY_LISTED: &str = "API Management accepts these keys also for the issuer that the metadata names; here they are accepted only for the listed <issuers>. If they sign for that issuer, list it too";
fn read_issuers(
    element: Option<&Element<'_>>,
    has_metadata: bool,
    context: &mut Context<'_>,
) -> Vec<String> {
    let mut issuers = Vec::new();
    for (line, issuer) in texts(element, "issuer", context) {
        if has_metadata && let Err(remedy) = issuer_url(&issuer) {
            context.refuse(line, "issuer", remedy);
        }
        if !issuers.contains(&issuer) {
            issuers.push(issuer);
        }
    }
    issuers
}

fn openid_config(element: &Element<'_>, context: &mut Context<'_>) -> Option<String> {
    let mut attributes = Attributes::of(element, context);
    let url = attributes.take("url");
    attributes.parsed("validate-connectivity", context, |text| {
        boolean(text).map(drop)
    });
    if let Some(host) = attributes.take("host") {
        let remedy = "is undocumented, and the keys are fetched from the URL's host; delete it";
        context.refuse(host.line, "host", remedy);
    }
    attributes.finish(context);
    context.expect_no_text(element);
    context.expect_no_children(element);
    let Some(url) = url else {
        let remedy = "has no url; give the URL of the OpenID Connect metadata";
        context.refuse(element.line, element.name(), remedy);
        return None;
    };
    let line = url.line;
    let url = context.text(line, "url", &url.escaped)?.trim().to_owned();
    match fetchable_url(&url) {
        Ok(parsed) => {
            if let Some(remedy) = without_tenant_id(&parsed) {
                context.refuse(line, "url", remedy);
                return None;
            }
            if parsed
                .as_str()
                .starts_with("https://login.microsoftonline.com/tfp/")
            {
                context.note(line, "openid-config", "uses B2C's old host, which newer tenants do not have; the new host is b2clogin.com, with a different issuer");
            }
            if !is_at_microsoft(parsed.host()) {
                context.note(line, "openid-config", OTHER_HOST);
            }
            Some(url)
        }
        Err(remedy) => {
            context.refuse(line, "url", remedy);
            None
        }
    }
}

/// Whether it is a host of Entra ID, B2C or External ID, whose metadata names issuers and keys that the layer expects.
fn is_at_microsoft(host: &str) -> bool {
    let mut b2c = MicrosoftHosts::ALL.iter().filter_map(|cloud| cloud.b2c);
    MicrosoftHosts::is_entra_id(host)
        || MicrosoftHosts::external_id_tenant(host).is_some()
        || b2c.any(|domain| host.ends_with(domain))
}

const OTHER_HOST: &str = "API Management lets the metadata name an issuer and keys on any host; here the keys must be on the metadata's own host, and so must the issuer. The issuer may be \
on another host only if <issuers> lists it and all public keys of the policy come from this document. Otherwise no token is accepted with these keys: convert the policy to TOML, and set the authority's keys_host and metadata_issuer";

/// The remedy for Entra ID's metadata under a name instead of a tenant's id.
fn without_tenant_id(url: &HttpUrl) -> Option<&'static str> {
    let first = url.path_and_query().split('/').nth(1).unwrap_or_default();
    let is = |name: &str| first.eq_ignore_ascii_case(name);
    match MicrosoftHosts::is_entra_id(url.host()) {
        true if is("common") || is("organizations") => Some(SEVERAL_TENANTS),
        true if is("consumers") => Some(PERSONAL_ACCOUNTS),
        _ => None,
    }
}

const SEVERAL_TENANTS: &str = "is for several tenants; write one <openid-config> for each tenant, with its id in the URL, or use <validate-azure-ad-token>";
const PERSONAL_ACCOUNTS: &str = "is for personal accounts; write the id of their tenant, 9188040d-6c67-4c5b-b112-36a304b66dad, instead of consumers";
