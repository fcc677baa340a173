//! `<decryption-keys>` ─▶ `[[decryption_keys]]`.

use b2c_verify::MAX_DECRYPTION_KEYS;

use super::{attributes::Attributes, context::Context, xml::Element};
use crate::{config::decryption_keys::KEEP_TWO, settings::DecryptionKeySettings};

pub(super) fn read(
    element: Option<&Element<'_>>,
    context: &mut Context<'_>,
) -> Vec<DecryptionKeySettings> {
    let keys = context.elements(element, "key");
    if let Some(surplus) = keys.get(MAX_DECRYPTION_KEYS) {
        let remedy =
            format!("is one more than the {MAX_DECRYPTION_KEYS} that are allowed; {KEEP_TWO}");
        context.refuse(surplus.line, surplus.name(), remedy);
    }
    let keys = keys.into_iter();
    keys.filter_map(|element| key(element, context)).collect()
}

fn key(element: &Element<'_>, context: &mut Context<'_>) -> Option<DecryptionKeySettings> {
    let (line, name) = (element.line, element.name());
    let mut attributes = Attributes::of(element, context);
    let id = attributes.text("id", context);
    let certificate = attributes.text("certificate-id", context);
    attributes.finish(context);
    context.expect_no_children(element);
    if !element.text.trim().is_empty() {
        let remedy = "contains a symmetric key, which cannot decrypt tokens here; have the issuer encrypt for a certificate (RSA-OAEP), and name it with certificate-id";
        context.refuse(line, name, remedy);
        return None;
    }
    let Some((line, certificate)) = certificate else {
        let remedy = "has no certificate-id; name the certificate whose private key decrypts";
        context.refuse(line, name, remedy);
        return None;
    };
    let pem = context.certificate(line, &certificate)?;
    let settings = DecryptionKeySettings::from_pem(pem);
    if let Err(remedy) = settings.check() {
        let remedy = format!(
            "{remedy}; for a decryption key, --certificate must name a PEM file with the certificate's private key"
        );
        context.refuse(line, "certificate-id", remedy);
        return None;
    }
    let Some((line, id)) = id else {
        return Some(settings);
    };
    let settings = DecryptionKeySettings {
        id: Some(id),
        ..settings
    };
    let checked = settings.check();
    checked
        .map_err(|remedy| context.refuse(line, "id", remedy))
        .ok()?;
    Some(settings)
}
