//! `header-name`, `query-parameter-name` or `token-value` ─▶ `[token]`.

use http::{HeaderName, header};

use super::{
    attributes::{Attribute, Attributes},
    context::Context,
    token_expression::Place,
    xml::Element,
};
use crate::settings::TokenSettings;

/// Where the token is.
pub(super) fn read(
    element: &Element<'_>,
    attributes: &mut Attributes<'_>,
    context: &mut Context<'_>,
) -> TokenSettings {
    let header = attributes.take("header-name");
    let query = attributes.take("query-parameter-name");
    let value = attributes.take("token-value");
    let scheme = attributes.parsed("require-scheme", context, scheme);
    let given = [&header, &query, &value].into_iter().flatten().count();
    // The default of <validate-azure-ad-token>; <validate-jwt> has none.
    let is_optional = element.name() == "validate-azure-ad-token";
    if given > 1 || (given == 0 && !is_optional) {
        context.refuse(element.line, element.name(), "needs exactly one of header-name, query-parameter-name and token-value; write header-name=\"Authorization\"");
    }
    let text = |attribute: Attribute, name, context: &mut Context<'_>| {
        let line = attribute.line;
        let text = context.text(line, name, attribute.escaped())?;
        Some((line, text.trim().to_owned()))
    };
    let mut token = TokenSettings::default();
    if let Some((line, name)) = header.and_then(|header| text(header, "header-name", context)) {
        in_header(
            line,
            "header-name",
            &name,
            scheme.is_some(),
            &mut token,
            context,
        );
    } else if given == 0 {
        let (line, name) = (element.line, element.name());
        in_header(
            line,
            name,
            header::AUTHORIZATION.as_str(),
            scheme.is_some(),
            &mut token,
            context,
        );
    }
    if let Some((line, name)) = query.and_then(|query| text(query, "query-parameter-name", context))
    {
        if name.is_empty() {
            context.refuse(line, "query-parameter-name", "is empty; name the parameter");
        }
        token.query = Some(name);
    }
    if let Some(value) = value {
        in_expression(&value, &mut token, context);
    }
    let is_elsewhere = token.header.is_some() || token.query.is_some() || token.cookie.is_some();
    if scheme.is_some() && is_elsewhere {
        context.note(
            element.line,
            "require-scheme",
            "has no effect, as in API Management: it applies only to the Authorization header",
        );
    }
    token
}

fn in_header(
    line: usize,
    attribute: &str,
    name: &str,
    needs_scheme: bool,
    token: &mut TokenSettings,
    context: &mut Context<'_>,
) {
    match name.parse::<HeaderName>() {
        Ok(header::AUTHORIZATION) if !needs_scheme => {
            token.scheme = Some(String::new());
            context.note(line, attribute, "without require-scheme, a token is accepted with and without \"Bearer\"; other schemes are not");
        }
        Ok(header::AUTHORIZATION) => {}
        Ok(_) => token.header = Some(name.to_owned()),
        Err(_) => context.refuse(
            line,
            attribute,
            "is not a header name; write \"Authorization\"",
        ),
    }
}

/// Reads an expression that another attribute could express.
fn in_expression(value: &Attribute, token: &mut TokenSettings, context: &mut Context<'_>) {
    let line = value.line;
    let text = quick_xml::escape::unescape(value.escaped());
    let place = text.ok().and_then(|text| Place::of(&text));
    match place {
        Some(Place::Header { name, is_cut }) => match name.parse::<HeaderName>() {
            Ok(header::AUTHORIZATION) => {
                token.scheme = Some(String::new());
                context.note(line, "token-value", "is read as header-name=\"Authorization\": a token is accepted with and without \"Bearer\"; other schemes are not");
            }
            Ok(header::COOKIE) | Err(_) => context.refuse(line, "token-value", EXPRESSION),
            Ok(_) if is_cut => context.refuse(line, "token-value", "removes a scheme from a header that must hold the token alone here; have clients send the token without a scheme, or in Authorization"),
            Ok(_) => token.header = Some(name),
        },
        Some(Place::Query(name)) => token.query = Some(name),
        Some(Place::Cookie(name)) if name.parse::<HeaderName>().is_ok() => {
            token.cookie = Some(name);
        }
        Some(Place::Cookie(_)) | None => context.refuse(line, "token-value", EXPRESSION),
    }
}

fn scheme(text: &str) -> Result<(), &'static str> {
    if text.eq_ignore_ascii_case("Bearer") {
        Ok(())
    } else {
        Err("can only be Bearer, the scheme of RFC 6750; have clients send that")
    }
}

const EXPRESSION: &str = "is an expression that only API Management can evaluate; say where the token is with header-name or query-parameter-name";
