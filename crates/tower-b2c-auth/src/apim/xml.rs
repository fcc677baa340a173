//! XML text ─▶ a small tree: elements with their lines, unexpanded attributes and texts.
//!
//! Nothing is expanded here. Document types are refused, so XML's own five entities are the only ones. They are replaced only where a value is read,
//! because policy expressions elsewhere need not be well-formed.

use quick_xml::{
    Error::IllFormed as Ill,
    Reader,
    errors::IllFormedError,
    events::{BytesStart, Event},
};

use super::error::PolicyMistake;

/// An element.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) line: usize,
    /// With the attributes.
    pub(super) tag: BytesStart<'a>,
    pub(super) children: Vec<Self>,
    /// Its text, still escaped.
    pub(super) text: String,
}

impl<'a> Element<'a> {
    /// The root of the document.
    ///
    /// # Errors
    ///
    /// If it is not well-formed or exceeds a limit.
    pub(super) fn parse(document: &'a str) -> Result<Self, PolicyMistake> {
        let document = document.strip_prefix('\u{feff}').unwrap_or(document);
        if document.len() > MAX_DOCUMENT_BYTES {
            let remedy = format!(
                "is larger than {MAX_DOCUMENT_BYTES} bytes; extract the <validate-jwt> element"
            );
            return Err(PolicyMistake::new(1, "document", remedy));
        }
        let mut reader = Reader::from_str(document);
        // The C# expressions of other elements contain ampersands.
        reader.config_mut().allow_dangling_amp = true;
        let mut parser = Parser::default();
        let mut lines = Lines {
            document,
            position: 0,
            line: 1,
        };
        loop {
            let line = lines.at(reader.buffer_position());
            match reader.read_event() {
                Ok(Event::Eof) => return parser.finish(line),
                Ok(event) => parser.take(event, line)?,
                Err(error) => {
                    let line = lines.at(reader.error_position()).max(line);
                    let remedy = parser.remedy(&error);
                    return Err(PolicyMistake::new(line, "document", remedy));
                }
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        self.tag.name().into_inner()
    }
}

#[derive(Default)]
struct Parser<'a> {
    open: Vec<Element<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
}

impl<'a> Parser<'a> {
    fn take(&mut self, event: Event<'a>, line: usize) -> Result<(), PolicyMistake> {
        match event {
            Event::Start(tag) => self.open(tag, line),
            Event::Empty(tag) => {
                self.open(tag, line)?;
                self.close(line)
            }
            Event::End(_) => self.close(line),
            Event::Text(text) => self.text(&text, line),
            Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_)
                if let Some(open) = self.open_expression() =>
            {
                let remedy = format!(
                    "has a comment, a CDATA section or an instruction inside an expression or after one. It may hide other policies. Delete it if it is no part of the expression. {RAW_XML}"
                );
                Err(PolicyMistake::new(line, open.name(), remedy))
            }
            Event::CData(text) => self.text(&quick_xml::escape::escape(&*text), line),
            Event::GeneralRef(name) => self.text(&format!("&{};", &*name), line),
            Event::DocType(_) => {
                let remedy = "is not allowed in a policy, and entities are not expanded; delete it";
                Err(PolicyMistake::new(line, "DOCTYPE", remedy))
            }
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Eof => Ok(()),
        }
    }

    /// An open element whose text so far is an expression. In C#, `"<!--"` is no comment, and `"<b>"` no element.
    fn open_expression(&self) -> Option<&Element<'a>> {
        let mut open = self.open.iter().rev();
        open.find(|it| it.text.trim_start().starts_with('@'))
    }

    fn open(&mut self, tag: BytesStart<'a>, line: usize) -> Result<(), PolicyMistake> {
        self.elements = self.elements.saturating_add(1);
        let remedy = if self.elements > MAX_ELEMENTS {
            format!(
                "comes after {MAX_ELEMENTS} others, too many for a policy; extract the <validate-jwt> element"
            )
        } else if self.open.len() >= MAX_DEPTH {
            format!(
                "is nested deeper than {MAX_DEPTH} elements; extract the <validate-jwt> element"
            )
        } else if self.open.is_empty() && self.root.is_some() {
            "is a second root element; pass one document".to_owned()
        } else if has_swallowed_a_tag(tag.attributes_raw()) {
            format!("seems to contain other tags, so its end is uncertain. {RAW_XML}")
        } else {
            self.open.push(Element {
                line,
                tag,
                children: Vec::new(),
                text: String::new(),
            });
            return Ok(());
        };
        Err(PolicyMistake::new(line, tag.name().into_inner(), remedy))
    }

    fn close(&mut self, line: usize) -> Result<(), PolicyMistake> {
        // The reader refuses an end tag without a start tag.
        let Some(element) = self.open.pop() else {
            return Err(PolicyMistake::new(
                line,
                "document",
                "is not well-formed XML here",
            ));
        };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, line: usize) -> Result<(), PolicyMistake> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => {
                let remedy = "has text outside its root element; pass only the XML";
                return Err(PolicyMistake::new(line, "document", remedy));
            }
        }
        Ok(())
    }

    /// What to do about a place where the reader stopped.
    fn remedy(&self, error: &quick_xml::Error) -> String {
        let what = match (error, self.open.last()) {
            (Ill(IllFormedError::MismatchedEndTag { found, .. }), Some(open)) => {
                let (name, line) = (open.name().escape_debug(), open.line);
                let found = found.escape_debug();
                format!(
                    "has </{found}> here, but <{name}> in line {line} is not closed; add </{name}>"
                )
            }
            (Ill(IllFormedError::UnmatchedEndTag(found)), _) => {
                let found = found.escape_debug();
                format!("has </{found}> here, but no <{found}> is open; delete it")
            }
            _ => format!("is not well-formed XML here ({error})"),
        };
        format!("{what}. {RAW_XML}")
    }

    fn finish(self, line: usize) -> Result<Element<'a>, PolicyMistake> {
        if let Some(open) = self.open.last() {
            let remedy = "is not closed; the document may have been cut short";
            return Err(PolicyMistake::new(open.line, open.name(), remedy));
        }
        let remedy = "has no element; pass a <policies> document or a <validate-jwt>";
        let mistake = || PolicyMistake::new(line, "document", remedy);
        self.root.ok_or_else(mistake)
    }
}

/// Whether an unescaped quotation mark may have hidden the end of this tag, and with it the elements that follow. XML allows no `<` in a tag, but expressions
/// have it in `GetValueOrDefault<string>`.
fn has_swallowed_a_tag(attributes: &str) -> bool {
    attributes.contains("</") || (attributes.contains('<') && attributes.contains("/>"))
}

/// Converts positions, which only grow, to lines.
struct Lines<'a> {
    document: &'a str,
    position: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        if let Some(passed) = self.document.as_bytes().get(self.position..position) {
            self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
            self.position = position;
        }
        self.line
    }
}

const RAW_XML: &str =
    "If a policy expression is the reason, export the policy in the format \"xml\", not \"rawxml\"";
/// API Management's own limit for a policy document.
const MAX_DOCUMENT_BYTES: usize = 256 * 1024;
/// Far deeper than policies nest; limited because the tree is walked recursively.
const MAX_DEPTH: usize = 64;
/// More than any honest document of the largest size needs.
const MAX_ELEMENTS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_know_their_lines() {
        let document = "\u{feff}<?xml version=\"1.0\"?>\n<!-- <x> -->\n<a>\r\n <b\n  c='1'/>\n <d>t&amp;<![CDATA[<u>]]></d></a>\n";
        let root = Element::parse(document).unwrap();
        let [b, d] = root.children.as_slice() else {
            panic!("two children");
        };
        assert_eq!((root.name(), root.line), ("a", 3));
        assert_eq!((b.name(), b.line), ("b", 4));
        assert_eq!((d.name(), d.line, &*d.text), ("d", 6, "t&amp;&lt;u&gt;"));
    }

    /// The bug: the message blamed the format "rawxml" alone.
    #[test]
    fn a_missing_tag_is_named_with_its_line() {
        for (document, expected) in [
            (
                "<a>\n<b>\n<c></b></a>",
                "has </b> here, but <c> in line 3 is not closed; add </c>. ",
            ),
            (
                "<a>\n</b>",
                "has </b> here, but <a> in line 1 is not closed; add </a>. ",
            ),
            ("</a>", "has </a> here, but no <a> is open; delete it. "),
            (
                "<a b=\"c></a>",
                "is not well-formed XML here (syntax error: ",
            ),
        ] {
            let mistake = Element::parse(document).unwrap_err();
            assert!(mistake.remedy.starts_with(expected), "{}", mistake.remedy);
            assert!(mistake.remedy.ends_with(RAW_XML), "{}", mistake.remedy);
        }
    }

    #[test]
    fn attacks_and_broken_documents_end_in_an_error_with_a_line() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        let cases = [
            ("", 1, "document"),
            ("\n\n", 3, "document"),
            ("text", 1, "document"),
            ("<a/>\n\ntext", 1, "document"),
            ("<a/>\n<b/>", 2, "b"),
            ("<a>\n<b>", 2, "b"),
            ("<a>\n</b>", 2, "document"),
            ("</a>", 1, "document"),
            ("<a\n", 1, "document"),
            (
                "\n<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
                2,
                "DOCTYPE",
            ),
            (
                "<!DOCTYPE a [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>",
                1,
                "DOCTYPE",
            ),
            (&deep, 1, "a"),
            (&format!("<r>{}</r>", "<a/>".repeat(MAX_ELEMENTS)), 1, "a"),
            (
                &format!("<a>{}</a>", " ".repeat(MAX_DOCUMENT_BYTES)),
                1,
                "document",
            ),
        ];
        for (document, line, name) in cases {
            let mistake = Element::parse(document).unwrap_err();
            let start: String = document.chars().take(40).collect();
            assert_eq!((mistake.line, &*mistake.name), (line, name), "{start}");
        }
        let limit = format!("{}{}", "<a>".repeat(MAX_DEPTH), "</a>".repeat(MAX_DEPTH));
        assert!(Element::parse(&limit).is_ok());
    }
}
