//! `<key>` ─▶ `InlineKey`.

use b2c_verify::AlgorithmSet;

use super::{attributes::Attributes, context::Context, xml::Element};
use crate::{config::KeyWords, settings::InlineKey};

pub(super) fn inline_key(element: &Element<'_>, context: &mut Context<'_>) -> Option<InlineKey> {
    let (line, name) = (element.line, element.name());
    if name != "key" {
        let remedy = match name {
            "zumo-master-key" => "is obsolete and undocumented; write the key as <key>",
            _ => "is not an element of <issuer-signing-keys>; write <key>",
        };
        context.refuse(line, name, remedy);
        return None;
    }
    let mut attributes = Attributes::of(element, context);
    let mut text = |name, context: &mut Context<'_>| {
        let (_, text) = attributes.text(name, context)?;
        Some(text)
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
        Some(id) => Some(context.certificate(line, &id)?.to_owned()),
    };
    if CERTIFICATE_STARTS
        .iter()
        .any(|start| secret.starts_with(start))
    {
        context.refuse(line, name, "contains a certificate as text, which API Management would use as a secret; refer to it with certificate-id");
        return None;
    }
    if id.is_some() {
        context.note(line, name, "is tried only for tokens with its id; API Management tries every key when none matches");
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
    match key.check(AlgorithmSet::new(algorithms), &OF_POLICIES) {
        Ok(_) => Some(key),
        Err(remedy) => {
            context.refuse(line, name, remedy);
            None
        }
    }
}

const OF_POLICIES: KeyWords = KeyWords {
    kinds: "certificate-id, a secret as text, or n together with e",
    no_algorithm: "suits none of the algorithms that API Management accepts: RS256, RS512, PS256 and ES256; use another key",
};

/// The algorithms that API Management accepts with public keys. With metadata alone, the default stays: RS256, the only one that B2C and Entra ID sign with.
pub(super) const ALGORITHMS: [&str; 4] = ["RS256", "RS512", "PS256", "ES256"];

/// A DER sequence of 256 bytes or more in base64, and PEM.
const CERTIFICATE_STARTS: [&str; 2] = ["MII", "-----BEGIN"];
