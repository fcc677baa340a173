//! `UnverifiedToken` ─▶ `ValidatedToken` ─▶ `VerifiedToken`: the rules of one authority, then the signature.
//!
//! 1. [`TokenRules::validate`] compares the issuer, and checks every rule that needs no key. Its result is a [`ValidatedToken`].
//! 2. [`ValidatedToken::verify`] checks the signature with one key. Its result is a [`VerifiedToken`](crate::VerifiedToken), whose claims can be read.
//!
//! So a caller looks up or fetches a key only for a token that would otherwise be accepted, and, apart from the issuer and the time of issue, nobody reads a
//! claim that no signature covers.

mod accepted_tokens;
mod audiences;
mod expiration_policy;
mod lifetime;
mod recipients;
mod token_rules;
mod validate;
mod validated_token;

pub use self::{
    accepted_tokens::AcceptedTokens,
    audiences::Audiences,
    expiration_policy::ExpirationPolicy,
    token_rules::{DEFAULT_CLOCK_SKEW, TokenRules},
    validated_token::ValidatedToken,
};
