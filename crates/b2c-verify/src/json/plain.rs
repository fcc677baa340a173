//! Parses the simple JSON of most tokens in a third of serde_json's time.
//!
//! Without it, two goals are missed: a refusal takes 0.103 of the time of a raw verification (with it 0.069; bound 0.10), and a token's first request, when
//! the cache is full, takes 1.16 times as long as a raw verification (with it 1.12; bound 1.15); see `docs/performance.md`.

use crate::json::{
    MAX_MEMBERS,
    members::{Member, NamePrefix, StoredContent},
    span::Span,
};

/// Parses an object of strings without escapes, whole numbers, `true`, `false`, `null`, and arrays of such strings. Almost every token is one.
///
/// `None` means only that serde_json must parse the text; the lists then have meaningless entries. Returning `None` for a text that this could have parsed is
/// harmless. Accepting a text that serde_json would refuse, or would read differently, is not.
pub(super) fn read_plain_object(
    text: &str,
    members: &mut Vec<Member>,
    elements: &mut Vec<Span>,
) -> Option<()> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.token(b'{')?;
    loop {
        let name = cursor.string()?;
        cursor.token(b':')?;
        let (value, content) = cursor.value(elements)?;
        if members.len() == MAX_MEMBERS {
            return None;
        }
        members.push(Member {
            prefix: NamePrefix::of(name.of(text.as_bytes())),
            name,
            value,
            content,
        });
        if cursor.token(b',').is_none() {
            break;
        }
    }
    cursor.token(b'}')?;
    cursor.skip_whitespace();
    (cursor.at == text.len()).then_some(())
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Skips matching bytes.
    fn skip(&mut self, fits: impl Fn(u8) -> bool) {
        let rest = self.rest();
        let end = rest.iter().position(|&byte| !fits(byte));
        self.at += end.unwrap_or(rest.len());
    }

    /// RFC 8259 §2.
    fn skip_whitespace(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Skips optional whitespace (tokens have none) and then this byte.
    fn token(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            self.skip_whitespace();
            if self.peek()? != byte {
                return None;
            }
        }
        self.at += 1;
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The content of a string. `None` if it has an escape or a control character.
    fn string(&mut self) -> Option<Span> {
        self.token(b'"')?;
        let start = self.at;
        self.at += ordinary_length(self.rest());
        let end = self.at;
        (self.peek()? == b'"').then(|| self.at += 1)?;
        Span::new(start, end)
    }

    fn value(&mut self, elements: &mut Vec<Span>) -> Option<(Span, StoredContent)> {
        if self.peek()?.is_ascii_whitespace() {
            self.skip_whitespace();
        }
        let start = self.at;
        let content = match self.peek()? {
            b'"' => StoredContent::Text(self.string()?),
            b'[' => StoredContent::Texts(self.strings(elements)?),
            _ => self.word()?,
        };
        Some((Span::new(start, self.at)?, content))
    }

    fn strings(&mut self, elements: &mut Vec<Span>) -> Option<Span> {
        let start = elements.len();
        self.token(b'[')?;
        loop {
            elements.push(self.string()?);
            if self.token(b',').is_none() {
                break;
            }
        }
        self.token(b']')?;
        Span::new(start, elements.len())
    }

    /// A whole number or a literal. If something else follows, such as a fraction, the next read fails.
    fn word(&mut self) -> Option<StoredContent> {
        let rest = self.rest();
        match rest.first()? {
            b'1'..=b'9' => self.skip(|byte| byte.is_ascii_digit()),
            b'0' => self.at += 1,
            _ => {
                let names: [&[u8]; 3] = [b"true", b"false", b"null"];
                let name = names.iter().find(|name| rest.starts_with(name))?;
                self.at += name.len();
            }
        }
        Some(StoredContent::Other)
    }
}

/// The number of bytes before the first quote, backslash or control character. Reads eight bytes at a time.
fn ordinary_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        let special = marks_of_special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return length + usize::try_from(special.trailing_zeros() / u8::BITS).unwrap_or(0);
        }
        length += word.len();
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    length + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Sets the top bit of each special byte. It may set bits above the first special byte too, because the subtractions borrow.
const fn marks_of_special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
    let (quote, backslash) = (word ^ QUOTES, word ^ BACKSLASHES);
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_backslash = backslash.wrapping_sub(ONES) & !backslash;
    let is_control = word.wrapping_sub(SPACES) & !word;
    (is_quote | is_backslash | is_control) & TOPS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Members, any_object::read_any_object};

    #[test]
    fn exactly_the_special_bytes_end_a_string() {
        for length in 0..=24 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    for filler in [b'a', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff] {
                        let mut bytes = vec![filler; length];
                        bytes[at] = byte;
                        let special = byte == b'"' || byte == b'\\' || byte < b' ';
                        let expected = if special { at } else { length };
                        assert_eq!(ordinary_length(&bytes), expected, "{bytes:?}");
                    }
                }
            }
        }
    }

    /// What the plain reader returns, if anything, and what the complete one does.
    fn read_both_ways(text: &str) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let describe = |text: &str, members: &[Member], elements: &[Span]| {
            let members = Members {
                text,
                members,
                elements,
            };
            let all = members.names().zip(members.values());
            all.map(|(name, value)| {
                let texts: Vec<_> = value.texts().iter().collect();
                format!("{name}|{}|{:?}|{texts:?}", value.raw(), value.text())
            })
            .collect()
        };
        let (mut members, mut elements) = (Vec::new(), Vec::new());
        let plain = read_plain_object(text, &mut members, &mut elements)
            .map(|()| describe(text, &members, &elements));
        let (mut members, mut elements, mut unescaped) = (Vec::new(), Vec::new(), String::new());
        let complete = read_any_object(text, &mut members, &mut elements, &mut unescaped)
            .ok()
            .map(|()| describe(&format!("{text}{unescaped}"), &members, &elements));
        (plain, complete)
    }

    const TOKEN_LIKE: &str = r#"{"iss":"https://a.example/v2.0/", "aud" : ["one","two"],"exp":1700000000,"n":0,
        "name":"Zoë","emails":["z@example.com"],"newUser":true,"x":null,"y":false}"#;

    #[test]
    fn the_plain_reader_agrees_with_serde_json_on_usual_tokens() {
        let (plain, complete) = read_both_ways(TOKEN_LIKE);
        assert!(plain.is_some());
        assert_eq!(plain, complete);
    }

    #[test]
    fn the_plain_reader_never_disagrees_with_serde_json() {
        let whole = TOKEN_LIKE.char_indices().map(|(at, _)| at);
        let pieces = [
            "",
            " ",
            "\"",
            "\\",
            "\\u0041",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "0",
            "01",
            "-1",
            "1.5",
            "1e9",
            "e",
            "t",
            "nul",
            "\u{0}",
            "\n",
            "\u{a0}",
            "é",
            "[]",
            "{}",
            "null",
            "truefalse",
            "//",
        ];
        for at in whole {
            let (before, after) = TOKEN_LIKE.split_at(at);
            let shorter = after
                .chars()
                .next()
                .map_or(after, |first| after.split_at(first.len_utf8()).1);
            for piece in pieces {
                for text in [
                    format!("{before}{piece}{after}"),
                    format!("{before}{piece}{shorter}"),
                    format!("{before}{piece}"),
                ] {
                    let (plain, complete) = read_both_ways(&text);
                    assert!(plain.is_none() || plain == complete, "{text}");
                }
            }
        }
    }
}
