//! DER ─▶ PEM (RFC 7468).

use base64::{Engine as _, engine::general_purpose::STANDARD};

pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let mut lines = format!("-----BEGIN {label}-----\n");
    let text = STANDARD.encode(der);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = next;
    }
    lines.push_str(&format!("-----END {label}-----\n"));
    lines
}

const LINE: usize = 64;
