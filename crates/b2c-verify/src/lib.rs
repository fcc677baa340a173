//! Pure verification of Azure AD B2C bearer tokens: takes bytes, keys and the time; returns a [`VerifiedToken`] or an error.
//!
//! ```text
//! header ─▶ Credentials ─▶ UnverifiedToken ─▶ ValidatedToken ─▶ VerifiedToken
//! ```
//!
//! Nothing here waits, opens a socket or reads a clock. The parsers on which trust depends are here: credentials (RFC 6750), tokens
//! (RFC 7515, RFC 7519), key sets (RFC 7517), metadata (RFC 8414), and the paths and hosts of requests (RFC 3986). Finding a token in a cookie or a query
//! parameter is left to `tower-b2c-auth`.
//!
//! The checks run in this order, cheapest first. [`DecryptionKeys::decrypt`] comes before them if tokens are encrypted (RFC 7516).
//!
//! 1. [`UnverifiedToken::parse`]: size, shape, JOSE header, algorithm, payload.
//! 2. [`TokenRules::validate`]: issuer, audience, lifetime, client, tenant, and whether it is an access token. This needs no key, so a caller need not
//!    fetch keys for a token that would be refused anyway.
//! 3. [`ValidatedToken::verify`]: the signature.
//!
//! ```
//! use std::time::Duration;
//!
//! use b2c_verify::{
//!     Algorithm, AlgorithmSet, Audiences, Credentials, NumericDate, Scratch, TokenError, TokenRules, UnverifiedToken, VerificationKey,
//! };
//! # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
//! # fn token(claims: &str, secret: &[u8]) -> String {
//! #     let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","kid":"one"}"#), URL_SAFE_NO_PAD.encode(claims));
//! #     let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
//! #     let signature = aws_lc_rs::hmac::sign(&key, input.as_bytes());
//! #     format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret = [7; 32];
//! // Symmetric here only so that the example can sign for itself: B2C signs with RS256, which is the default.
//! let hs256 = AlgorithmSet::new([Algorithm::HS256]);
//! let key = VerificationKey::secret(Some("one"), &secret, hs256)?;
//! let rules = TokenRules::new(Audiences::any_of(["my-api"])).algorithms(hs256);
//! let issuer = "https://contoso.b2clogin.com/tid/v2.0/";
//!
//! let claims = r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","exp":2000,"sub":"alice","scp":"tasks.read"}"#;
//! let header = format!("Bearer {}", token(claims, &secret));
//! let credentials = Credentials::from_authorization([header.as_bytes()])?;
//! let mut scratch = Scratch::default();
//! let unverified = UnverifiedToken::parse(credentials, hs256, &mut scratch)?;
//!
//! // Accepted.
//! let validated = rules.validate(&unverified, issuer, NumericDate::from_secs(1000))?;
//! assert_eq!(validated.verify(&key)?.subject(), Some("alice"));
//!
//! // Refused: the same token, later.
//! let late = NumericDate::from_secs(2000).saturating_add(Duration::from_secs(60));
//! assert_eq!(rules.validate(&unverified, issuer, late).unwrap_err(), TokenError::Expired);
//!
//! // Refused: the issuers differ by a trailing slash.
//! let other = "https://contoso.b2clogin.com/tid/v2.0";
//! assert_eq!(rules.validate(&unverified, other, NumericDate::from_secs(1000)).unwrap_err(), TokenError::UnknownIssuer);
//! # Ok(())
//! # }
//! ```
//!
//! A [`VerifiedToken`] has no public constructor, so holding one proves that a token passed every check:
//!
//! ```compile_fail,E0451
//! fn forge(token: b2c_verify::VerifiedToken) -> b2c_verify::VerifiedToken {
//!     b2c_verify::VerifiedToken { ..token }
//! }
//! ```

#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

mod base64url;
mod claims;
mod decryption;
mod error;
mod json;
mod keys;
mod metadata;
mod numeric_date;
mod request;
mod rules;
mod tenants;
#[cfg(test)]
mod tests;
mod token;

pub use self::{
    claims::{ClaimError, Principal, VerifiedToken, heap_size},
    decryption::{
        DecryptedToken, DecryptionKey, DecryptionKeyError, DecryptionKeys, MAX_DECRYPTION_KEYS,
        MAX_DECRYPTION_MODULUS_BITS,
    },
    error::{Claim, Part, TokenError},
    json::MAX_NESTING,
    keys::{
        Algorithm, AlgorithmSet, JwkSet, JwkSetError, KeyError, KeyPool, MAX_KEYS, MAX_KID_BYTES,
        SkipReason, SkippedKey, UnknownAlgorithm, VerificationKey,
    },
    metadata::{MAX_METADATA_VALUE_BYTES, MetadataError, ProviderMetadata},
    numeric_date::NumericDate,
    request::{
        Credentials, CredentialsError, InvalidHost, MAX_HOST_BYTES, MAX_PATH_BYTES, PathError,
        RequestHost, RequestPath,
    },
    rules::{
        AcceptedTokens, Audiences, DEFAULT_CLOCK_SKEW, ExpirationPolicy, TokenRules, ValidatedToken,
    },
    tenants::{AnyTenant, MicrosoftHosts, TenantId},
    token::{MAX_CLAIMS, MAX_SIGNATURE_BYTES, MAX_TOKEN_BYTES, Scratch, UnverifiedToken},
};
