//! `<validate-jwt>` ─▶ `Settings`: its attributes, and its children one by one.

use b2c_verify::AcceptedTokens;
use http::{HeaderName, header};

use super::{
    attributes::{Attributes, boolean},
    authorities, claims,
    context::Context,
    recipients,
    xml::Element,
};
use crate::settings::{RefusalSettings, Settings, TextDuration, TokenSettings};

/// Returns the settings; the element's mistakes go into the context.
pub(super) fn read(element: &Element<'_>, context: &mut Context<'_>) -> Settings {
    let mut attributes = Attributes::of(element, context);
    let mut settings = Settings {
        token: token(element, &mut attributes, context),
        // None by default: https://learn.microsoft.com/azure/api-management/validate-jwt-policy#attributes
        clock_skew: attributes
            .parsed("clock-skew", context, clock_skew)
            .unwrap_or("0s".into()),
        require_expiration_time: attributes
            .parsed("require-expiration-time", context, boolean)
            .unwrap_or(true),
        refusal: Some(RefusalSettings {
            status: attributes
                .parsed("failed-validation-httpcode", context, status)
                .unwrap_or(RefusalSettings::default().status),
            message: attributes
                .text("failed-validation-error-message", context)
                .map(|(_, message)| message),
        }),
        // API Management does not tell access tokens from others.
        accept: AcceptedTokens::DangerAnyTokens,
        ..Settings::default()
    };
    attributes.parsed("require-signed-tokens", context, |text| {
        match boolean(text)? {
            true => Ok(()),
            false => Err("must not be false: unsigned tokens are never accepted here; delete it"),
        }
    });
    if let Some((line, _)) = attributes.text("output-token-variable-name", context) {
        context.note(line, "output-token-variable-name", "has no effect: handlers find the claims in the request's extensions, other services in the headers set by claim_headers");
    }
    attributes.text("id", context);
    attributes.finish(context);
    context.expect_no_text(element);

    let children = Children::of(element, context);
    authorities::read(&children, &mut settings, context);
    settings.required_claims = claims::read(&children, context);
    recipients::read(element, &children, &mut settings, context);
    settings
}

/// The children by their names.
#[derive(Debug, Default)]
pub(super) struct Children<'t, 'd> {
    pub(super) openid_configs: Vec<&'t Element<'d>>,
    pub(super) signing_keys: Option<&'t Element<'d>>,
    pub(super) audiences: Option<&'t Element<'d>>,
    pub(super) issuers: Option<&'t Element<'d>>,
    pub(super) required_claims: Option<&'t Element<'d>>,
}

impl<'t, 'd> Children<'t, 'd> {
    fn of(element: &'t Element<'d>, context: &mut Context<'_>) -> Self {
        let mut children = Self::default();
        for child in &element.children {
            let place = match child.name() {
                "openid-config" => {
                    children.openid_configs.push(child);
                    continue;
                }
                "issuer-signing-keys" => &mut children.signing_keys,
                "audiences" => &mut children.audiences,
                "issuers" => &mut children.issuers,
                "required-claims" => &mut children.required_claims,
                "decryption-keys" => {
                    context.refuse(child.line, child.name(), "is for encrypted tokens, which are not supported; let the issuer sign without encrypting, and delete it");
                    continue;
                }
                "issuer-signing-tokens" => {
                    context.refuse(
                        child.line,
                        child.name(),
                        "is obsolete and undocumented; write <issuer-signing-keys>",
                    );
                    continue;
                }
                _ => {
                    context.unknown(child, "validate-jwt");
                    continue;
                }
            };
            if place.replace(child).is_some() {
                let remedy = format!("is given twice; put everything into one <{}>", child.name());
                context.refuse(child.line, child.name(), remedy);
            }
            context.expect_no_text(child);
            Attributes::of(child, context).finish(context);
        }
        children
    }
}

/// Where the token is: a header or a query parameter.
fn token(
    element: &Element<'_>,
    attributes: &mut Attributes<'_>,
    context: &mut Context<'_>,
) -> TokenSettings {
    let header = attributes.take("header-name");
    let query = attributes.take("query-parameter-name");
    let value = attributes.take("token-value");
    let scheme = attributes.parsed("require-scheme", context, scheme);
    if let Some(value) = &value {
        context.refuse(value.line, "token-value", "is an expression that only API Management can evaluate; say where the token is with header-name or query-parameter-name");
    }
    if [&header, &query, &value].into_iter().flatten().count() != 1 {
        context.refuse(element.line, element.name(), "needs exactly one of header-name and query-parameter-name; write header-name=\"Authorization\"");
    }
    let text = |attribute: super::attributes::Attribute, name, context: &mut Context<'_>| {
        let line = attribute.line;
        let text = context.text(line, name, attribute.escaped())?;
        Some((line, text.trim().to_owned()))
    };
    let mut token = TokenSettings::default();
    if let Some((line, name)) = header.and_then(|header| text(header, "header-name", context)) {
        match name.parse::<HeaderName>() {
            Ok(header::AUTHORIZATION) if scheme.is_none() => {
                token.scheme = Some(String::new());
                context.note(line, "header-name", "without require-scheme, a token is accepted with and without \"Bearer\"; other schemes are not");
            }
            Ok(header::AUTHORIZATION) => {}
            Ok(_) => token.header = Some(name),
            Err(_) => context.refuse(
                line,
                "header-name",
                "is not a header name; write \"Authorization\"",
            ),
        }
    }
    if let Some((line, name)) = query.and_then(|query| text(query, "query-parameter-name", context))
    {
        if name.is_empty() {
            context.refuse(line, "query-parameter-name", "is empty; name the parameter");
        }
        token.query = Some(name);
    }
    if scheme.is_some() && (token.header.is_some() || token.query.is_some()) {
        context.note(
            element.line,
            "require-scheme",
            "has no effect, as in API Management: it applies only to the Authorization header",
        );
    }
    token
}

fn scheme(text: &str) -> Result<(), &'static str> {
    if text.eq_ignore_ascii_case("Bearer") {
        Ok(())
    } else {
        Err("can only be Bearer, the scheme of RFC 6750; have clients send that")
    }
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
            "is not a number of seconds from 0 to 300; expired tokens are accepted for that long",
        ),
    }
}

/// As in the settings.
const MAX_CLOCK_SKEW_SECONDS: u64 = 300;
