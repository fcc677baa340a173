//! Content encryption (`enc`): RFC 7518 §5.2 and §5.3.

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{
        AES_128, AES_256, AES_CBC_IV_LEN, DecryptionContext, PaddedBlockDecryptingKey,
        UnboundCipherKey,
    },
    constant_time, hmac,
    iv::FixedLength,
};
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentEncryption {
    A128Gcm,
    A256Gcm,
    A128CbcHs256,
    A256CbcHs512,
}

/// The ciphertext, and what decrypting needs besides the key.
#[derive(Clone, Copy)]
pub(super) struct EncryptedContent<'a> {
    pub(super) iv: &'a [u8],
    /// The additional authenticated data.
    pub(super) aad: &'a [u8],
    pub(super) ciphertext: &'a [u8],
    pub(super) tag: &'a [u8],
}

impl ContentEncryption {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "A128GCM" => Self::A128Gcm,
            "A256GCM" => Self::A256Gcm,
            "A128CBC-HS256" => Self::A128CbcHs256,
            "A256CBC-HS512" => Self::A256CbcHs512,
            _ => return None,
        })
    }

    /// The length of the content key in bytes. A key for CBC consists of a MAC key and an encryption key.
    pub(super) const fn key_bytes(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A256CbcHs512 => MAX_CONTENT_KEY_BYTES,
        }
    }

    /// Decrypts and authenticates. `None` on any failure.
    pub(super) fn open(
        self,
        key: &[u8],
        sealed: EncryptedContent<'_>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::A128Gcm => open_gcm(UnboundKey::new(&AES_128_GCM, key).ok()?, sealed),
            Self::A256Gcm => open_gcm(UnboundKey::new(&AES_256_GCM, key).ok()?, sealed),
            Self::A128CbcHs256 => {
                let (mac, cipher) = key.split_at_checked(key.len() / 2)?;
                let cipher = UnboundCipherKey::new(&AES_128, cipher).ok()?;
                open_cbc(hmac::Key::new(hmac::HMAC_SHA256, mac), cipher, sealed)
            }
            Self::A256CbcHs512 => {
                let (mac, cipher) = key.split_at_checked(key.len() / 2)?;
                let cipher = UnboundCipherKey::new(&AES_256, cipher).ok()?;
                open_cbc(hmac::Key::new(hmac::HMAC_SHA512, mac), cipher, sealed)
            }
        }
    }
}

/// RFC 7518 §5.3: an IV of 96 bits and a tag of 128.
fn open_gcm(key: UnboundKey, sealed: EncryptedContent<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let nonce = Nonce::try_assume_unique_for_key(sealed.iv).ok()?;
    let mut content = Zeroizing::new(vec![0; sealed.ciphertext.len()]);
    LessSafeKey::new(key)
        .open_separate_gather(
            nonce,
            Aad::from(sealed.aad),
            sealed.ciphertext,
            sealed.tag,
            &mut content,
        )
        .ok()?;
    Some(content)
}

/// RFC 7518 §5.2.2.2. The tag is checked first: a padding error would help an attacker (padding oracle).
fn open_cbc(
    mac: hmac::Key,
    cipher: UnboundCipherKey,
    sealed: EncryptedContent<'_>,
) -> Option<Zeroizing<Vec<u8>>> {
    let aad_bits = u64::try_from(sealed.aad.len()).ok()?.checked_mul(8)?;
    let mut code = hmac::Context::with_key(&mac);
    for part in [
        sealed.aad,
        sealed.iv,
        sealed.ciphertext,
        &aad_bits.to_be_bytes(),
    ] {
        code.update(part);
    }
    let code = code.sign();
    let (expected, _) = code.as_ref().split_at_checked(code.as_ref().len() / 2)?;
    constant_time::verify_slices_are_equal(expected, sealed.tag).ok()?;
    let iv: &[u8; AES_CBC_IV_LEN] = sealed.iv.try_into().ok()?;
    let mut content = Zeroizing::new(sealed.ciphertext.to_vec());
    let length = PaddedBlockDecryptingKey::cbc_pkcs7(cipher)
        .ok()?
        .decrypt(
            &mut content,
            DecryptionContext::Iv128(FixedLength::from(iv)),
        )
        .ok()?
        .len();
    content.truncate(length);
    Some(content)
}

/// The longest content key, in bytes: that of A256CBC-HS512.
pub(super) const MAX_CONTENT_KEY_BYTES: usize = 64;
