//! Content encryption (`enc`): RFC 7518 §5.2 and §5.3.
//!
//! Both kinds authenticate before anything is returned. CBC checks its tag before it removes any padding, so a refusal says nothing about the padding. The
//! content key has exactly the length that the algorithm requires.

use aws_lc_rs::{
    aead::{self, AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{
        self, AES_128, AES_256, AES_CBC_IV_LEN, DecryptionContext, PaddedBlockDecryptingKey,
        UnboundCipherKey,
    },
    constant_time, hmac,
    iv::FixedLength,
};
use zeroize::Zeroizing;

#[derive(Clone, Copy)]
pub(super) enum ContentEncryption {
    Gcm(&'static aead::Algorithm),
    CbcHmac(&'static cipher::Algorithm, hmac::Algorithm),
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
            "A128GCM" => Self::Gcm(&AES_128_GCM),
            "A256GCM" => Self::Gcm(&AES_256_GCM),
            "A128CBC-HS256" => Self::CbcHmac(&AES_128, hmac::HMAC_SHA256),
            "A256CBC-HS512" => Self::CbcHmac(&AES_256, hmac::HMAC_SHA512),
            _ => return None,
        })
    }

    /// The length of the content key in bytes. A key for CBC consists of a MAC key and an encryption key, and is as long as the hash.
    pub(super) fn key_bytes(self) -> usize {
        match self {
            Self::Gcm(algorithm) => algorithm.key_len(),
            Self::CbcHmac(_, mac) => mac.digest_algorithm().output_len(),
        }
    }

    /// Decrypts and authenticates. `None` on any failure.
    pub(super) fn open(
        self,
        key: &[u8],
        sealed: EncryptedContent<'_>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Gcm(algorithm) => open_gcm(UnboundKey::new(algorithm, key).ok()?, sealed),
            Self::CbcHmac(cipher, mac) => {
                let (mac_key, cipher_key) = key.split_at_checked(key.len() / 2)?;
                let cipher = UnboundCipherKey::new(cipher, cipher_key).ok()?;
                open_cbc(hmac::Key::new(mac, mac_key), cipher, sealed)
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
