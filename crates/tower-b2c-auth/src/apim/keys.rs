//! `<openid-config>` and `<issuer-signing-keys>` with `<issuers>` ─▶ authorities.

use b2c_verify::AlgorithmSet;

use super::{
    attributes::{Attributes, boolean},
    context::Context,
    validate_jwt::Children,
    value::Value,
    xml::Element,
};
use crate::{
    AuthoritySettings, InlineKey, Settings,
    settings::{fetchable_url, issuer_url},
};

/// One authority for each metadata, one for the public keys written down, and one for the secrets. The listed issuers hold for each.
pub(super) fn read(
    children: &Children<'_, '_>,
    settings: &mut Settings,
    context: &mut Context<'_>,
) {
    let has_metadata = !children.openid_configs.is_empty();
    let issuers = issuers(children, has_metadata, context);
    for element in &children.openid_configs {
        if let Some(url) = openid_config(element, context) {
            settings.authorities.push(AuthoritySettings {
                issuers: issuers.clone(),
                ..AuthoritySettings::openid_config(url)
            });
        }
    }
    if let [_, second, ..] = children.openid_configs.as_slice() {
        context.note(second.line, "openid-config", "the keys of one metadata are not accepted for the issuer of another, as API Management's pool of keys and issuers would; listed <issuers> hold for each");
    }
    let Some(element) = children.signing_keys else {
        return;
    };
    if issuers.is_empty() {
        context.refuse(
            element.line,
            element.name(),
            "needs <issuers>: keys that are written down belong to issuers; name them",
        );
    }
    let keys: Vec<_> = element
        .children
        .iter()
        .filter_map(|key| inline_key(key, context))
        .collect();
    if element.children.is_empty() {
        context.refuse(
            element.line,
            element.name(),
            "has no <key>; give one, or delete it",
        );
    }
    if keys.iter().any(|key| key.secret.is_none()) {
        settings.algorithms = ALGORITHMS.map(str::to_owned).to_vec();
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

fn issuers(
    children: &Children<'_, '_>,
    has_metadata: bool,
    context: &mut Context<'_>,
) -> Vec<String> {
    let mut issuers = Vec::new();
    let Some(element) = children.issuers else {
        return issuers;
    };
    for (line, value) in texts(element, "issuer", context) {
        let Value::Text(issuer) = value else {
            context.refuse(line, "issuer", "is a policy expression, which only API Management can evaluate; write the value itself");
            continue;
        };
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
        context.refuse(
            host.line,
            "host",
            "is not documented, and the keys are fetched from the host of the URL; delete it",
        );
    }
    attributes.finish(context);
    context.expect_no_text(element);
    context.expect_no_children(element);
    let Some(url) = url else {
        context.refuse(
            element.line,
            element.name(),
            "has no url; give the URL of the OpenID Connect metadata",
        );
        return None;
    };
    let line = url.line;
    let url = context.text(line, "url", url.escaped())?.trim().to_owned();
    match fetchable_url(&url) {
        Ok(parsed) => {
            if parsed.host_str() == Some("login.microsoftonline.com")
                && parsed.path().starts_with("/tfp/")
            {
                context.note(line, "openid-config", "is at B2C's old host, which newer tenants do not answer at; b2clogin.com is the new one, with another issuer");
            }
            Some(url)
        }
        Err(remedy) => {
            context.refuse(line, "url", remedy);
            None
        }
    }
}

fn inline_key(element: &Element<'_>, context: &mut Context<'_>) -> Option<InlineKey> {
    let (line, name) = (element.line, element.name());
    if name != "key" {
        let remedy = match name {
            "zumo-master-key" => "is out of use and not documented; write the key as <key>",
            _ => "is not an element of <issuer-signing-keys>; write <key>",
        };
        context.refuse(line, name, remedy);
        return None;
    }
    let mut attributes = Attributes::of(element, context);
    let mut text = |name, context: &mut Context<'_>| {
        let (_, text) = attributes.text(name, context)?;
        Some(text.trim().to_owned())
    };
    let (id, certificate) = (text("id", context), text("certificate-id", context));
    let (n, e) = (text("n", context), text("e", context));
    attributes.finish(context);
    context.expect_no_children(element);
    let secret: String = context
        .text(line, name, &element.text)?
        .split_whitespace()
        .collect();
    let certificate = match certificate {
        None => None,
        Some(id) => match context.options.certificates.get(&id) {
            Some(pem) => Some(pem.clone()),
            None => {
                let remedy = format!(
                    "names the certificate {id:?}, which was not given; give it with --certificate {id}=FILE or ReadOptions::certificate"
                );
                context.refuse(line, "certificate-id", remedy);
                return None;
            }
        },
    };
    if CERTIFICATE_STARTS
        .iter()
        .any(|start| secret.starts_with(start))
    {
        context.refuse(line, name, "holds a certificate as text, which API Management takes for a secret; name it with certificate-id");
        return None;
    }
    if id.is_some() {
        context.note(line, name, "is tried only for tokens that name its id; API Management tries every key when none matches");
    }
    let key = InlineKey {
        id,
        n,
        e,
        certificate,
        secret: (!secret.is_empty()).then(|| secret.into()),
        ..InlineKey::default()
    };
    let algorithms = ALGORITHMS.iter().filter_map(|name| name.parse().ok());
    match key.check(AlgorithmSet::new(algorithms)) {
        Ok(_) => Some(key),
        Err(remedy) => {
            context.refuse(
                line,
                name,
                remedy.replace(
                    "n with e, certificate, public_key and secret",
                    "n with e, certificate-id, and a secret as text",
                ),
            );
            None
        }
    }
}

/// The texts of a list's elements, which all have this name.
pub(super) fn texts(
    list: &Element<'_>,
    name: &'static str,
    context: &mut Context<'_>,
) -> Vec<(usize, Value)> {
    let mut texts = Vec::new();
    for element in &list.children {
        if element.name() != name {
            context.unknown(element, list.name());
            continue;
        }
        Attributes::of(element, context).finish(context);
        context.expect_no_children(element);
        match context.value(element.line, name, &element.text) {
            Some(Value::Text(text)) if text.trim().is_empty() => {
                context.refuse(element.line, name, "is empty; give its value, or delete it");
            }
            Some(Value::Text(text)) => {
                texts.push((element.line, Value::Text(text.trim().to_owned())));
            }
            Some(host) => texts.push((element.line, host)),
            None => {}
        }
    }
    if list.children.is_empty() {
        let remedy = format!("has no <{name}>; give one, or delete it");
        context.refuse(list.line, list.name(), remedy);
    }
    texts
}

/// A DER sequence of 256 bytes or more in base64, and PEM.
const CERTIFICATE_STARTS: [&str; 2] = ["MII", "-----BEGIN"];

/// What API Management takes with public keys. For metadata alone RS256 remains, the only one that B2C and Entra ID sign with.
const ALGORITHMS: [&str; 4] = ["RS256", "RS512", "PS256", "ES256"];
