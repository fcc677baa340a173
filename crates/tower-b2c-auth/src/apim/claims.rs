//! `<required-claims>` ─▶ `[[required_claims]]`.

use super::{attributes::Attributes, context::Context, list::texts, xml::Element};
use crate::settings::{ClaimMatch, RequiredClaim};

pub(super) fn read(list: Option<&Element<'_>>, context: &mut Context<'_>) -> Vec<RequiredClaim> {
    let claims = context.elements(list, "claim").into_iter();
    claims
        .filter_map(|element| claim(element, context))
        .collect()
}

fn claim(element: &Element<'_>, context: &mut Context<'_>) -> Option<RequiredClaim> {
    let mut attributes = Attributes::of(element, context);
    let name = attributes.text("name", context);
    let matching = attributes.parsed("match", context, |text| match text {
        "all" => Ok(ClaimMatch::All),
        "any" => Ok(ClaimMatch::Any),
        _ => Err("is neither all nor any; write one of them"),
    });
    let separator = attributes.verbatim("separator", context);
    attributes.finish(context);
    context.expect_no_text(element);
    if let Some((line, separator)) = &separator
        && separator.is_empty()
    {
        let remedy = "is empty; write \" \" for scp, or delete it";
        context.refuse(*line, "separator", remedy);
    }
    let Some((_, name)) = name.filter(|(_, name)| !name.is_empty()) else {
        let remedy = "has no name; name the claim, such as scp";
        context.refuse(element.line, "claim", remedy);
        return None;
    };
    // Without values, the claim only has to be present.
    let list = Some(element).filter(|element| !element.children.is_empty());
    let values = texts(list, "value", context).into_iter();
    Some(RequiredClaim {
        name,
        matching: matching.unwrap_or_default(),
        separator: separator.map(|(_, separator)| separator),
        values: values.map(|(_, value)| value).collect(),
    })
}
