//! Lists of texts: `<audiences>`, `<issuers>`, the values of a `<claim>`.

use super::{attributes::Attributes, context::Context, xml::Element};

/// The texts of a list's elements, all of this name, with their lines.
pub(super) fn texts(
    list: Option<&Element<'_>>,
    name: &'static str,
    context: &mut Context<'_>,
) -> Vec<(usize, String)> {
    let mut texts = Vec::new();
    for element in context.elements(list, name) {
        Attributes::of(element, context).finish(context);
        context.expect_no_children(element);
        match context.text(element.line, name, &element.text) {
            Some(text) if text.trim().is_empty() => {
                context.refuse(element.line, name, "is empty; give its value, or delete it");
            }
            text => texts.extend(text.map(|text| (element.line, text.trim().to_owned()))),
        }
    }
    texts
}
