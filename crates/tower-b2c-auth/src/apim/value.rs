//! Escaped text ─▶ a value: XML's entities, then named values, then the few policy expressions that have one obvious meaning.
//!
//! A named value may contain an expression. Braces inside an expression belong to C#, so no named value is inserted there, unless the expression is a
//! literal. A value has at most [`MAX_VALUE_BYTES`], with its named values.

use super::{context::Context, named_value_variable::named_value_variable};

impl Context<'_> {
    /// The text that this one stands for; `None` if refused.
    pub(super) fn text(&mut self, line: usize, name: &str, escaped: &str) -> Option<String> {
        let Ok(text) = quick_xml::escape::unescape(escaped) else {
            let remedy = "has an entity or ampersand that is not XML; write &amp; for &";
            self.refuse(line, name, remedy);
            return None;
        };
        // Braces in an expression are C#'s.
        let text = if is_expression(&text) && literal(&text).is_none() {
            text.into_owned()
        } else {
            self.with_named_values(line, name, &text)?
        };
        if !is_expression(&text) {
            return Some(text);
        }
        let expression: String = text.split_whitespace().collect();
        let (evaluated, remedy) = if name == AUDIENCE && expression == REQUEST_HOST {
            (self.options.host.as_deref(), REQUEST_HOST_UNKNOWN)
        } else {
            (literal(&text), EXPRESSION)
        };
        if evaluated.is_none() {
            self.refuse(line, name, remedy);
        }
        evaluated.map(str::to_owned)
    }

    fn with_named_values(&mut self, line: usize, name: &str, text: &str) -> Option<String> {
        let mut expanded = String::new();
        let mut rest = text;
        let mut complete = true;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((named, after)) = after.split_once("}}") else {
                let remedy = "has {{ without }}; write {{name}} for a named value";
                self.refuse(line, name, remedy);
                return None;
            };
            expanded.push_str(before);
            let named = named.trim();
            match self.options.named_values.get(named) {
                Some(value) if refers_to_others(value.expose()) => {
                    let remedy = format!(
                        "refers to the named value {named:?}, whose own value contains another one in {{{{ }}}}; API Management allows none there, so write the whole value"
                    );
                    self.refuse(line, name, remedy);
                    complete = false;
                }
                Some(value) => expanded.push_str(value.expose()),
                None => {
                    let remedy = format!(
                        "refers to the named value {named:?}, which is missing; give it with --named-value {}=@FILE or in the environment variable {}",
                        named.escape_debug(),
                        named_value_variable(named)
                    );
                    self.refuse(line, name, remedy);
                    complete = false;
                }
            }
            rest = after;
            if expanded.len() > MAX_VALUE_BYTES {
                break;
            }
        }
        expanded.push_str(rest);
        if expanded.len() > MAX_VALUE_BYTES {
            let remedy = format!(
                "is longer than {MAX_VALUE_BYTES} bytes with its named values; shorten them"
            );
            self.refuse(line, name, remedy);
            return None;
        }
        complete.then_some(expanded)
    }
}

fn refers_to_others(named_value: &str) -> bool {
    let after = named_value.split_once("{{").map(|(_, after)| after);
    after.is_some_and(|after| after.contains("}}"))
}

fn is_expression(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("@(") || text.starts_with("@{")
}

/// The text of `@("text")`, if it contains no C#.
fn literal(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("@(")?.strip_suffix(')')?.trim();
    let literal = inner.strip_prefix('"')?.strip_suffix('"')?;
    (!literal.contains(['"', '\\'])).then_some(literal)
}

/// The element whose text may be the name of API Management's own host.
pub(super) const AUDIENCE: &str = "audience";
const REQUEST_HOST: &str = "@(context.Request.OriginalUrl.Host)";
const REQUEST_HOST_UNKNOWN: &str =
    "is the host that clients call, which is not taken from requests; give it with --host NAME";
const EXPRESSION: &str =
    "is a policy expression, which only API Management can evaluate; write the value itself";
/// The longest value with its named values expanded, so that a few placeholders cannot fill the memory.
const MAX_VALUE_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apim::ReadOptions;

    fn text(name: &str, escaped: &str) -> Result<String, String> {
        let options = ReadOptions::new()
            .host("api.contoso.com")
            .named_value("a", "1")
            .named_value("b.c-d", "{a} & <")
            .named_value("nested", "x{{a}}")
            .named_value("host", "@(context.Request.OriginalUrl.Host)")
            .named_value("long", "x".repeat(1024));
        let mut context = Context::new(&options);
        let text = context.text(1, name, escaped);
        let refused = context
            .finish()
            .map_err(|error| error.mistakes()[0].remedy.clone());
        refused.map(|_| text.expect("neither refused nor there"))
    }

    #[test]
    fn values_are_unescaped_and_named_values_put_in_once() {
        for (escaped, expected) in [
            ("plain", "plain"),
            ("&lt;&amp;&#x41;&#66;&quot;&apos;&gt;", "<&AB\"'>"),
            ("x{{a}}y{{ a }}", "x1y1"),
            ("{{b.c-d}}", "{a} & <"),
            ("@(\"literal\")", "literal"),
            (" @( \"{{a}}\" ) ", "1"),
            ("}} @(x)", "}} @(x)"),
        ] {
            assert_eq!(text("n", escaped).as_deref(), Ok(expected), "{escaped}");
        }
    }

    #[test]
    fn only_an_audience_may_be_the_host_of_the_request() {
        for host in [
            "@(context.Request.OriginalUrl.Host)",
            "{{host}}",
            " @( context.Request.OriginalUrl.Host )\n",
        ] {
            let audience = text(AUDIENCE, host);
            assert_eq!(audience.as_deref(), Ok("api.contoso.com"), "{host}");
            assert_eq!(text("n", host).unwrap_err(), EXPRESSION, "{host}");
        }
    }

    #[test]
    fn unresolvable_values_are_refused() {
        for (escaped, expected) in [
            ("&xxe;", "entity"),
            ("a & b", "entity"),
            ("&#0;", "entity"),
            ("{{b}}", "\"b\""),
            (
                "{{b-c}}",
                "--named-value b-c=@FILE or in the environment variable B2C_NAMED_VALUE_B_C",
            ),
            // The bug: an audience was literally "{{a}}".
            ("{{nested}}", "\"nested\", whose own value contains another"),
            ("{{a", "without }}"),
            ("@(context.Variables[\"x\"])", "expression"),
            ("@{ return \"x\"; }", "expression"),
            ("@(\"a\" + \"b\")", "expression"),
            ("@(\"a\\n\")", "expression"),
            (&"{{long}}".repeat(65), "longer"),
            (&format!("{{{{a}}}}{}", "x".repeat(64 * 1024)), "longer"),
        ] {
            let remedy = text("n", escaped).expect_err(escaped);
            assert!(remedy.contains(expected), "{escaped}: {remedy}");
        }
    }
}
