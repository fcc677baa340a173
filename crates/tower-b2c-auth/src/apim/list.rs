//! Lists of texts: `<audiences>`, `<issuers>`, the values of a `<claim>`.

use super::{attributes::Attributes, context::Context, value::Value, xml::Element};

/// The texts of a list's elements, all of this name.
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
