//! Domain names (RFC 1123).

/// Whether this is a domain name in lower case (of the characters of RFC 1123 §2.1, and `_`, which DNS allows) that no program would read as an address.
pub(crate) fn is_domain_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    // `127.1`, `0x7f.1` and `2130706433` are addresses for many programs.
    let starts_with_digit = |label: &str| label.starts_with(|first: char| first.is_ascii_digit());
    text.len() <= MAX_NAME
        && text.split('.').all(is_label)
        && !text.rsplit('.').next().is_none_or(starts_with_digit)
}

/// RFC 1035 §2.3.4.
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;
