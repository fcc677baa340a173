//! `Credentials` ─▶ `UnverifiedToken`: size, shape, JOSE header and payload.

mod jose_header;
mod scratch;
mod unverified_token;

pub(crate) use self::jose_header::{key_id, names_type};
pub use self::{
    scratch::Scratch,
    unverified_token::{MAX_CLAIMS, MAX_SIGNATURE_BYTES, MAX_TOKEN_BYTES, UnverifiedToken},
};
