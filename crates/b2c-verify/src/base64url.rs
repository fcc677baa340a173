//! Base64url without padding (RFC 7515 §2). Nonzero trailing bits are refused (RFC 4648 §3.5): every byte string has exactly one encoding.

use base64::{DecodeError, Engine as _};

/// Appends the decoded bytes. After an error, the appended bytes are meaningless.
pub(crate) fn decode(text: &[u8], bytes: &mut Vec<u8>) -> Result<(), DecodeError> {
    ENGINE.decode_vec(text, bytes)
}

/// Replaces the bytes with the decoded ones. `None` if the text is invalid or decodes to more than `max` bytes.
pub(crate) fn decode_at_most(max: usize, text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    bytes.clear();
    // Four characters encode three bytes. Checked before decoding, which keeps the buffer small.
    if text.len() > max.div_ceil(3).saturating_mul(4) {
        return None;
    }
    decode(text, bytes).ok()?;
    (bytes.len() <= max).then_some(())
}

/// Decodes a token in a quarter of the scalar engine's time.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static ENGINE: std::sync::LazyLock<base64::engine::simd::Simd> = std::sync::LazyLock::new(|| {
    base64::engine::simd::Simd::url_safe(base64::engine::general_purpose::NO_PAD)
});

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static ENGINE: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[cfg(test)]
mod tests {

    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    /// The engine has vector code for the bulk and scalar code for the rest.
    #[test]
    fn the_vector_engine_agrees_with_the_scalar_one() {
        for length in 0..200_u8 {
            let text = URL_SAFE_NO_PAD.encode(
                (0..length)
                    .map(|at| at.wrapping_mul(37))
                    .collect::<Vec<_>>(),
            );
            let mut bytes = Vec::new();
            decode(text.as_bytes(), &mut bytes).unwrap();
            assert_eq!(bytes, URL_SAFE_NO_PAD.decode(&text).unwrap());
            for at in 0..text.len() {
                for wrong in ["+", "/", "=", ".", " ", "~", "\u{7f}", "B"] {
                    let mut text = text.clone();
                    text.replace_range(at..=at, wrong);
                    let mut bytes = Vec::new();
                    let outcome = decode(text.as_bytes(), &mut bytes).map(|()| bytes);
                    assert_eq!(outcome.ok(), URL_SAFE_NO_PAD.decode(&text).ok(), "{text}");
                }
            }
        }
    }
}
