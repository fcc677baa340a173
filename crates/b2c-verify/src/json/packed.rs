//! Spans and members as bytes, for texts of less than 64 KiB, as every token's is.

use super::{
    members::{Member, StoredContent},
    span::Span,
};

/// Start and end, little-endian.
pub(super) type PackedSpan = [u8; 4];

/// The spans of name, value and content, then the kind of the content.
pub(super) type PackedMember = [u8; 13];

/// Of a text with less than 64 KiB.
pub(super) fn pack_span(span: Span) -> PackedSpan {
    debug_assert!(span.end <= u16::MAX.into());
    let [a, b, ..] = span.start.to_le_bytes();
    let [c, d, ..] = span.end.to_le_bytes();
    [a, b, c, d]
}

pub(super) fn unpack_span([a, b, c, d]: PackedSpan) -> Span {
    Span {
        start: u16::from_le_bytes([a, b]).into(),
        end: u16::from_le_bytes([c, d]).into(),
    }
}

/// Of a text with less than 64 KiB.
pub(super) fn pack_member(member: &Member) -> PackedMember {
    let (kind, content) = match member.content {
        StoredContent::Text(span) => (TEXT, span),
        StoredContent::Texts(span) => (TEXTS, span),
        StoredContent::Other => (OTHER, Span::default()),
    };
    let [a, b, c, d] = pack_span(member.name);
    let [e, f, g, h] = pack_span(member.value);
    let [i, j, k, l] = pack_span(content);
    [a, b, c, d, e, f, g, h, i, j, k, l, kind]
}

pub(super) fn unpack_member([a, b, c, d, e, f, g, h, i, j, k, l, kind]: PackedMember) -> Member {
    let content = unpack_span([i, j, k, l]);
    Member {
        name: unpack_span([a, b, c, d]),
        value: unpack_span([e, f, g, h]),
        content: match kind {
            TEXT => StoredContent::Text(content),
            TEXTS => StoredContent::Texts(content),
            _ => StoredContent::Other,
        },
    }
}

/// Whether the member has this name. Most differ in length or in the first byte, and need no comparison.
pub(super) fn has_name(member: &PackedMember, name: &str, text: &[u8]) -> bool {
    let &[a, b, c, d, ..] = member;
    let span = unpack_span([a, b, c, d]);
    if span.len() != name.len() {
        return false;
    }
    let found = span.of(text);
    found.first() == name.as_bytes().first() && found == name.as_bytes()
}

const TEXT: u8 = 0;
const TEXTS: u8 = 1;
const OTHER: u8 = 2;
