//! `header-name`, `query-parameter-name` or `token-value` ─▶ `[token]`.

use http::{HeaderName, header};

use super::{
    attributes::{Attribute, Attributes},
    context::Context,
    document::AZURE_AD,
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
    let places = ["header-name", "query-parameter-name", "token-value"];
    let given = places.iter().filter(|name| attributes.has(name)).count();
    let header = attributes.text("header-name", context);
    let query = attributes.text("query-parameter-name", context);
    let value = attributes.take("token-value");
    let scheme = attributes.parsed("require-scheme", context, scheme);
    // <validate-azure-ad-token> has a default place, the Authorization header; <validate-jwt> has none.
    let is_optional = element.name() == AZURE_AD;
    match given {
        0 if !is_optional => {
            context.refuse(element.line, element.name(), "needs one of header-name, query-parameter-name and token-value; write header-name=\"Authorization\"");
        }
        0 | 1 => {}
        _ => {
            context.refuse(
                element.line,
                element.name(),
                "has more than one of header-name, query-parameter-name and token-value; keep one",
            );
        }
    }
    let mut token = TokenSettings::default();
    let (attribute, header) = match given {
        0 => (element.name(), Some((element.line, "Authorization".into()))),
        _ => ("header-name", header),
    };
    if let Some((line, name)) = header {
        in_header(
            line,
            attribute,
            &name,
            scheme.is_some(),
            &mut token,
            context,
        );
    }
    if let Some((line, name)) = query {
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

/// Reads an expression that has one obvious meaning.
fn in_expression(value: &Attribute, token: &mut TokenSettings, context: &mut Context<'_>) {
    let line = value.line;
    if value.escaped.contains("{{") {
        context.refuse(line, "token-value", NAMED_VALUE);
        return;
    }
    let text = quick_xml::escape::unescape(&value.escaped);
    let place = text.ok().and_then(|text| Place::of(&text));
    match place {
        Some(Place::Header { name, is_cut }) => match name.parse::<HeaderName>() {
            Ok(header::AUTHORIZATION) => {
                token.scheme = Some(String::new());
                context.note(line, "token-value", "is read as header-name=\"Authorization\": a token is accepted with and without \"Bearer\"; other schemes are not");
            }
            Ok(header::COOKIE) | Err(_) => context.refuse(line, "token-value", EXPRESSION),
            Ok(_) if is_cut => context.refuse(line, "token-value", "removes a scheme from a header that must hold the token alone here; have clients send the token without a scheme and write header-name with this header, or have them send it in Authorization and write header-name=\"Authorization\""),
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

const NAMED_VALUE: &str = "contains a named value, which is not inserted into expressions here; write its value, or use header-name or query-parameter-name, which may contain named values";
const EXPRESSION: &str = "is an expression that only API Management can evaluate; say where the token is with header-name or query-parameter-name";
