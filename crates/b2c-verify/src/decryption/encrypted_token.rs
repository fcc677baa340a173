//! Text ─▶ `EncryptedToken`: RFC 7516 §3.1, §4.1 and §5.2.

use super::{
    content::{ContentEncryption, EncryptedContent},
    key_management::KeyManagement,
};
use crate::{
    base64url,
    error::{Part, TokenError},
    json::{JsonObject, MAX_NESTING, Members},
    token::{key_id, names_type},
};

/// The five parts of an encrypted token, decoded.
pub(super) struct EncryptedToken<'t> {
    pub(super) management: KeyManagement,
    pub(super) encryption: ContentEncryption,
    pub(super) kid: Option<Box<str>>,
    /// As received, because it is the additional authenticated data.
    header: &'t [u8],
    pub(super) encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

impl<'t> EncryptedToken<'t> {
    /// `None` if the text does not have the five parts of an encrypted token.
    pub(super) fn parse(text: &'t [u8]) -> Option<Result<Self, TokenError>> {
        let mut parts = text.split(|&byte| byte == b'.');
        let header = parts.next()?;
        let rest = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        (parts.next().is_none() && !header.is_empty()).then(|| Self::read(header, rest))
    }

    fn read(
        header: &'t [u8],
        [encrypted_key, iv, ciphertext, tag]: [&[u8]; 4],
    ) -> Result<Self, TokenError> {
        let mut object = JsonObject::default();
        object
            .decode(header)
            .map_err(|error| error.in_part(Part::Header))?;
        if object.nests_deeper_than(MAX_NESTING) {
            return Err(HEADER);
        }
        let members = object.members();
        let (management, encryption) = algorithms(members)?;
        check_type(members)?;
        Ok(Self {
            management,
            encryption,
            kid: key_id(members)?.map(Into::into),
            header,
            encrypted_key: decode(encrypted_key, MAX_ENCRYPTED_KEY_BYTES)?,
            iv: decode(iv, MAX_IV_BYTES)?,
            ciphertext: decode(ciphertext, ciphertext.len())?,
            tag: decode(tag, MAX_TAG_BYTES)?,
        })
    }

    pub(super) fn sealed(&self) -> EncryptedContent<'_> {
        EncryptedContent {
            iv: &self.iv,
            aad: self.header,
            ciphertext: &self.ciphertext,
            tag: &self.tag,
        }
    }
}

fn algorithms(header: Members<'_>) -> Result<(KeyManagement, ContentEncryption), TokenError> {
    let name = |member| {
        let value = header.get(member);
        let value = value.ok_or(TokenError::UnsupportedAlgorithm)?;
        value.text().ok_or(HEADER)
    };
    let management = KeyManagement::from_name(name("alg")?);
    let encryption = ContentEncryption::from_name(name("enc")?);
    management
        .zip(encryption)
        .ok_or(TokenError::UnsupportedAlgorithm)
}

fn check_type(header: Members<'_>) -> Result<(), TokenError> {
    if header.get("crit").is_some() {
        return Err(TokenError::CriticalHeader);
    }
    let is_jwt = |member, types: &[&str]| {
        header
            .get(member)
            .is_none_or(|value| value.text().is_some_and(|text| names_type(text, types)))
    };
    // Decompressed content can be a thousand times larger, and its compressed size reveals something about it (RFC 8725 §3.6). RFC 7519 §5.2 requires `cty` for a
    // nested token, but not every issuer writes it.
    if header.get("zip").is_some() || !is_jwt("typ", &["jwt", "at+jwt"]) || !is_jwt("cty", &["jwt"])
    {
        return Err(TokenError::UnsupportedType);
    }
    Ok(())
}

fn decode(text: &[u8], max: usize) -> Result<Vec<u8>, TokenError> {
    let mut bytes = Vec::new();
    base64url::decode_at_most(max, text, &mut bytes)
        .ok_or(TokenError::Malformed(Part::Encryption))?;
    Ok(bytes)
}

/// The longest encrypted key, in bytes: the length of the modulus.
const MAX_ENCRYPTED_KEY_BYTES: usize = super::MAX_DECRYPTION_MODULUS_BITS / 8;

/// The IV of CBC. GCM's has 12 bytes.
const MAX_IV_BYTES: usize = 16;

/// The tag of A256CBC-HS512.
const MAX_TAG_BYTES: usize = 32;

const HEADER: TokenError = TokenError::Malformed(Part::Header);
