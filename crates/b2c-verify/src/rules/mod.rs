//! `UnverifiedToken` ─▶ `ValidatedToken` ─▶ `VerifiedToken`: the rules of one authority, then the signature.

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
