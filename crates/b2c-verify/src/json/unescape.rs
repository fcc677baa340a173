/// Appends a JSON string's content (RFC 8259 §7), without its quotes, to `out`. `None` if an escape names no character.
///
/// The text has been through a JSON parser, which leaves exactly that open: `\ud800` alone is JSON and no character.
pub(super) fn unescape(mut content: &str, out: &mut String) -> Option<()> {
    while let Some((plain, escape)) = content.split_once('\\') {
        out.push_str(plain);
        let mut rest = escape.chars();
        out.push(match rest.next()? {
            escaped @ ('"' | '\\' | '/') => escaped,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (character, after) = unicode(rest.as_str())?;
                rest = after.chars();
                character
            }
            _ => return None,
        });
        content = rest.as_str();
    }
    out.push_str(content);
    Some(())
}

/// Reads what follows `\u`: one code point, or two halves of a surrogate pair.
fn unicode(text: &str) -> Option<(char, &str)> {
    let (first, rest) = hex(text)?;
    if !(0xd800..=0xdbff).contains(&first) {
        return Some((char::from_u32(first.into())?, rest));
    }
    let (second, rest) = hex(rest.strip_prefix("\\u")?)?;
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((character, rest))
}

fn hex(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    // `from_str_radix` would take a sign.
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then_some(())?;
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_serde_json_says() {
        for content in [
            "",
            "plain",
            r#"\"\\\/\b\f\n\r\t"#,
            r"\u0041\u00e4\u20AC",
            r"\ud83d\ude00",
            r"x\ud83d\ude00y\u0000z",
            r"ä\u0041ö",
            r"\ud800",
            r"\ud800x",
            r"\ud800\n",
            r"\ud800\u0041",
            r"\ud800\ud800",
            r"\udc00",
            r"\udc00\ud800",
            r"\u+041",
            r"\u00",
            r"\u00ää",
            r"\uZZZZ",
            r"\x",
            r"\",
        ] {
            let mut out = String::new();
            let ours = unescape(content, &mut out).map(|()| out);
            let theirs = serde_json::from_str::<String>(&format!("\"{content}\"")).ok();
            assert_eq!(ours, theirs, "{content}");
        }
    }
}
