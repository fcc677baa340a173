//! `<validate-jwt>` ─▶ `Settings`: its attributes, and its children one by one.

use b2c_verify::AcceptedTokens;

use super::{
    attributes::{Attributes, boolean},
    authorities, claims,
    context::Context,
    decryption_keys, recipients, token_place,
    xml::Element,
};
use crate::settings::{RefusalSettings, Settings, TextDuration};

/// Returns the settings; the element's mistakes go into the context.
pub(super) fn read(element: &Element<'_>, context: &mut Context<'_>) -> Settings {
    let mut attributes = Attributes::of(element, context);
    let mut settings = Settings {
        token: token_place::read(element, &mut attributes, context),
        // None by default: https://learn.microsoft.com/azure/api-management/validate-jwt-policy#attributes
        clock_skew: attributes
            .parsed("clock-skew", context, clock_skew)
            .unwrap_or("0s".into()),
        require_expiration_time: attributes
            .parsed("require-expiration-time", context, boolean)
            .unwrap_or(true),
        refusal: Some(refusal(&mut attributes, context)),
        // API Management does not distinguish access tokens from others.
        accept: AcceptedTokens::DangerAnyTokens,
        ..Settings::default()
    };
    attributes.parsed("require-signed-tokens", context, |text| {
        match boolean(text)? {
            true => Ok(()),
            false => Err("must not be false: unsigned tokens are never accepted here; delete it"),
        }
    });
    without_effect(&mut attributes, context);
    attributes.finish(context);
    context.expect_no_text(element);

    let mut metadata = Vec::new();
    let names = [
        "issuer-signing-keys",
        "issuers",
        "audiences",
        "required-claims",
        "decryption-keys",
    ];
    let [keys, issuers, audiences, required, decrypting] =
        context.lists(element, names, |context, child| match child.name() {
            "openid-config" => metadata.push(child),
            "issuer-signing-tokens" => {
                let remedy = "is obsolete and undocumented; write <issuer-signing-keys>";
                context.refuse(child.line, child.name(), remedy);
            }
            _ => context.unknown(child, element.name()),
        });
    authorities::read(&metadata, keys, issuers, &mut settings, context);
    settings.decryption_keys = decryption_keys::read(decrypting, context);
    settings.required_claims = claims::read(required, context);
    if metadata.is_empty() && keys.is_none() {
        context.refuse(element.line, element.name(), "has neither <openid-config> nor <issuer-signing-keys>, so every signed token would be refused; give one");
    }
    recipients::read(element, audiences, &mut settings, context);
    settings
}

/// The answer to a refused request.
pub(super) fn refusal(
    attributes: &mut Attributes<'_>,
    context: &mut Context<'_>,
) -> RefusalSettings {
    RefusalSettings {
        status: attributes
            .parsed("failed-validation-httpcode", context, status)
            .unwrap_or(RefusalSettings::default().status),
        message: attributes
            .verbatim("failed-validation-error-message", context)
            .map(|(_, message)| message),
    }
}

/// The attributes that concern API Management itself.
pub(super) fn without_effect(attributes: &mut Attributes<'_>, context: &mut Context<'_>) {
    if let Some((line, _)) = attributes.text("output-token-variable-name", context) {
        context.note(line, "output-token-variable-name", "has no effect: handlers find the claims in the request's extensions, other services in the headers set by claim_headers; without claim_headers, the gateway sends the user's id in x-auth-subject, with --user-map also the service's user in x-auth-user, and no other claim");
    }
    attributes.text("id", context);
}

fn status(text: &str) -> Result<u16, &'static str> {
    match text.parse() {
        Ok(status @ 400..=599) => Ok(status),
        _ => Err("is not an error status; write 401, or another from 400 to 599"),
    }
}

fn clock_skew(text: &str) -> Result<TextDuration, &'static str> {
    match text.parse::<u64>() {
        Ok(seconds @ 0..=MAX_CLOCK_SKEW_SECONDS) => Ok(format!("{seconds}s").as_str().into()),
        _ => Err(
            "is not a number of seconds from 0 to 300; write for how many seconds expired tokens are still accepted",
        ),
    }
}

/// The same limit as in the settings.
const MAX_CLOCK_SKEW_SECONDS: u64 = 300;
