//! `<validate-azure-ad-token>` ─▶ `Settings`: one Entra ID authority for each tenant, or one for any.

use super::{
    attributes::{Attributes, boolean},
    claims,
    context::Context,
    decryption_keys,
    list::texts,
    recipients, token_place,
    validate_jwt::{refusal, without_effect},
    xml::Element,
};
use crate::{
    settings::{AuthoritySettings, Cloud, Family, Settings},
    urls::HttpUrl,
};
use b2c_verify::{AcceptedTokens, TenantId};

/// Returns the settings; the element's mistakes go into the context.
pub(super) fn read(element: &Element<'_>, context: &mut Context<'_>) -> Settings {
    let mut attributes = Attributes::of(element, context);
    let mut settings = Settings {
        token: token_place::read(element, &mut attributes, context),
        refusal: Some(refusal(&mut attributes, context)),
        // API Management does not distinguish access tokens from others.
        accept: AcceptedTokens::DangerAnyTokens,
        ..Settings::default()
    };
    let cloud = attributes
        .parsed("authentication-endpoint", context, cloud)
        .unwrap_or_default();
    let tenants = match attributes.text("tenant-id", context) {
        Some((line, tenant)) => tenants(line, &tenant, context),
        None => {
            let remedy = "has no tenant-id; give the id of the tenant";
            context.refuse(element.line, element.name(), remedy);
            Vec::new()
        }
    };
    for name in [
        "allow-protected-forwarded-tokens",
        "allow-proof-of-possession-tokens",
    ] {
        attributes.parsed(name, context, |text| match boolean(text)? {
            false => Ok(()),
            true => Err("is undocumented, and such tokens are not accepted here; delete it"),
        });
    }
    without_effect(&mut attributes, context);
    attributes.finish(context);
    context.expect_no_text(element);

    let names = [
        "backend-application-ids",
        "client-application-ids",
        "audiences",
        "required-claims",
        "decryption-keys",
    ];
    let [backends, clients, audiences, required, decrypting] =
        context.lists(element, names, |context, child| {
            context.unknown(child, element.name())
        });
    let clients = ids(clients, context);
    let any_tenant = context.options.any_tenant;
    settings.authorities = tenants
        .into_iter()
        .map(|tenant_id| AuthoritySettings {
            family: Family::EntraId,
            cloud,
            danger_accept_any_tenant: any_tenant && is_any_tenant(&tenant_id),
            tenant_id: Some(tenant_id),
            clients: clients.clone(),
            ..AuthoritySettings::default()
        })
        .collect();
    settings.decryption_keys = decryption_keys::read(decrypting, context);
    settings.required_claims = claims::read(required, context);
    if backends.is_none() || audiences.is_some() {
        recipients::read(element, audiences, &mut settings, context);
    }
    let backend_ids = ids(backends, context);
    if let Some(backends) = backends {
        let note = if recipients::any_stands_for_its_uri(&backend_ids) {
            "are read as further audiences, where an application id also stands for api://<id>; API Management does not document their effect"
        } else {
            "are read as further audiences; API Management does not document their effect"
        };
        context.note(backends.line, backends.name(), note);
    }
    for id in backend_ids {
        if !settings.audiences.contains(&id) {
            settings.audiences.push(id);
        }
    }
    settings
}

/// The ids of applications.
fn ids(list: Option<&Element<'_>>, context: &mut Context<'_>) -> Vec<String> {
    let ids = texts(list, "application-id", context).into_iter();
    ids.map(|(_, id)| id).collect()
}

/// The tenants by their ids, or the name that stands for any tenant.
fn tenants(line: usize, tenant: &str, context: &mut Context<'_>) -> Vec<String> {
    match tenant {
        _ if is_any_tenant(tenant) && context.options.tenants.is_empty() => {
            if context.options.any_tenant {
                return vec![tenant.to_owned()];
            }
            let remedy = format!(
                "is {tenant:?}, which admits every tenant in the world; name the tenants to admit with --tenant ID, or admit them all with --danger-accept-any-tenant"
            );
            context.refuse(line, "tenant-id", remedy);
            Vec::new()
        }
        _ if is_any_tenant(tenant) && context.options.any_tenant => {
            let remedy = "cannot mean the named tenants and any tenant; remove --tenant or --danger-accept-any-tenant";
            context.refuse(line, "tenant-id", remedy);
            Vec::new()
        }
        _ if is_any_tenant(tenant) => {
            context.note(line, "tenant-id", "is read as the tenants that were named with --tenant; API Management admits every tenant in the world");
            let named = &context.options.tenants;
            if named.iter().any(|id| TenantId::parse(id).is_none()) {
                let remedy = "cannot mean the tenants that were named with --tenant, because one of these is not a tenant id; give the GUID";
                context.refuse(line, "tenant-id", remedy);
                return Vec::new();
            }
            named.iter().map(|id| id.to_ascii_lowercase()).collect()
        }
        _ if TenantId::parse(tenant).is_none() => {
            context.refuse(line, "tenant-id", "is not a tenant id; write the GUID, which the issuers carry, instead of a domain or a URL");
            Vec::new()
        }
        _ => vec![tenant.to_ascii_lowercase()],
    }
}

/// Microsoft's names for every tenant, without and with personal accounts.
fn is_any_tenant(tenant: &str) -> bool {
    matches!(tenant, "organizations" | "common")
}

/// The cloud of an endpoint, with or without `https://`.
fn cloud(text: &str) -> Result<Cloud, &'static str> {
    let url = if text.contains("://") {
        HttpUrl::parse(text)
    } else {
        HttpUrl::parse(&format!("https://{text}"))
    };
    let url = url
        .ok()
        .filter(|url| url.is_https() && url.path_and_query() == "/");
    let host = url.as_ref().map(HttpUrl::host);
    let mut clouds = Cloud::ALL.into_iter();
    let cloud = clouds.find(|cloud| host == Some(cloud.hosts().entra_id));
    cloud.ok_or("is not the endpoint of a known cloud; write https://login.microsoftonline.com, https://login.microsoftonline.us or https://login.partner.microsoftonline.cn")
}
