//! `<required-claims>` ─▶ `[[required_claims]]`.

use super::{
    attributes::Attributes,
    context::Context,
    list::texts,
    value::{EXPRESSION, Value},
    xml::Element,
};
use crate::settings::{ClaimMatch, RequiredClaim};

pub(super) fn read(list: Option<&Element<'_>>, context: &mut Context<'_>) -> Vec<RequiredClaim> {
    let Some(list) = list else {
        return Vec::new();
    };
    if list.children.is_empty() {
        let remedy = "has no <claim>; give one, or delete it";
        context.refuse(list.line, list.name(), remedy);
    }
    let claims = list
        .children
        .iter()
        .filter_map(|element| claim(element, context));
    claims.collect()
}

fn claim(element: &Element<'_>, context: &mut Context<'_>) -> Option<RequiredClaim> {
    if element.name() != "claim" {
        context.unknown(element, "required-claims");
        return None;
    }
    let mut attributes = Attributes::of(element, context);
    let name = attributes.text("name", context);
    let matching = attributes.parsed("match", context, |text| match text {
        "all" => Ok(ClaimMatch::All),
        "any" => Ok(ClaimMatch::Any),
        _ => Err("is neither all nor any; write one of them"),
    });
    let separator = attributes.text("separator", context);
    attributes.finish(context);
    context.expect_no_text(element);
    if let Some((line, separator)) = &separator
        && separator.is_empty()
    {
        let remedy = "is empty; write \" \" for scp, or delete it";
        context.refuse(*line, "separator", remedy);
    }
    let name = name
        .map(|(_, name)| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    let Some(name) = name else {
        let remedy = "has no name; name the claim, such as scp";
        context.refuse(element.line, "claim", remedy);
        return None;
    };
    let mut values = Vec::new();
    // Without values, the claim only has to be present.
    if !element.children.is_empty() {
        for (line, value) in texts(element, "value", context) {
            match value {
                Value::Text(value) => values.push(value),
                Value::RequestHost => context.refuse(line, "value", EXPRESSION),
            }
        }
    }
    Some(RequiredClaim {
        name,
        matching: matching.unwrap_or_default(),
        separator: separator.map(|(_, separator)| separator),
        values,
    })
}
