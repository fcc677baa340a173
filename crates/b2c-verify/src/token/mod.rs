//! `Credentials` ─▶ `UnverifiedToken`: size, shape, JOSE header and payload.
//!
//! Limits: [`MAX_TOKEN_BYTES`] for the text, [`MAX_CLAIMS`] for its members, [`MAX_NESTING`](crate::MAX_NESTING) for their depth and
//! [`MAX_SIGNATURE_BYTES`] for the signature. The limit on the text is checked before anything that grows with the token is allocated.

mod jose_header;
mod scratch;
mod unverified_token;

pub(crate) use self::jose_header::{key_id, names_type};
pub use self::{
    scratch::Scratch,
    unverified_token::{MAX_CLAIMS, MAX_SIGNATURE_BYTES, MAX_TOKEN_BYTES, UnverifiedToken},
};
