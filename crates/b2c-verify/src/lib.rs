//! Pure verification of Azure AD B2C bearer tokens: bytes, keys and the time go in, [`VerifiedClaims`] or a refusal comes out.
//!
//! ```text
//! header ─▶ Credentials ─▶ UnverifiedToken ─▶ ValidatedToken ─▶ VerifiedClaims
//! ```
//!
//! Nothing here waits, opens a socket or asks a clock, and every parser of outside bytes lives here: credentials (RFC 6750), tokens
//! (RFC 7515, RFC 7519), key sets (RFC 7517) and metadata (RFC 8414). The order of all checks on a token stands in [`Verifier::validate`].
//!
//! A token is *validated* first, which needs no key, and *verified* last. So a caller that has to fetch keys knows before it does that
//! the token names an accepted issuer, our audience, and a time that fits.
//!
//! ```
//! use std::time::Duration;
//!
//! use b2c_verify::{
//!     Algorithm, AlgorithmSet, Audiences, Authority, Credentials, NumericDate, Scratch, TokenError, VerificationKey, Verifier,
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
//! let verifier = Verifier::new(vec![
//!     Authority::new(Audiences::any_of(["my-api"])).issuers(["https://contoso.b2clogin.com/tid/v2.0/"]).algorithms(hs256),
//! ])?;
//!
//! let claims = r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","exp":2000,"sub":"alice"}"#;
//! let header = format!("Bearer {}", token(claims, &secret));
//! let credentials = Credentials::from_authorization([header.as_bytes()])?;
//!
//! // Accepted.
//! let mut scratch = Scratch::default();
//! let validated = verifier.validate(credentials, NumericDate::from_secs(1000), &mut scratch)?;
//! assert!(validated.authorities().contains(0));
//! let claims = validated.verify(&key)?;
//! assert_eq!(claims.subject(), Some("alice"));
//!
//! // Refused: the same token, later.
//! let late = NumericDate::from_secs(2000).saturating_add(Duration::from_secs(60));
//! assert_eq!(verifier.validate(credentials, late, &mut scratch).unwrap_err(), TokenError::Expired);
//! # Ok(())
//! # }
//! ```
//!
//! [`VerifiedClaims`] cannot be made by hand, so whoever holds one holds the claims of a token that passed every check:
//!
//! ```compile_fail,E0423
//! let forged = b2c_verify::VerifiedClaims(std::sync::Arc::new(()));
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

mod algorithm;
mod audiences;
mod authority;
mod authority_set;
mod base64url;
mod claim_error;
mod claims;
mod credentials;
mod error;
#[cfg(feature = "axum")]
mod extract;
mod json;
mod jwk_set;
mod key;
mod key_error;
mod lifetime;
mod metadata;
mod numeric_date;
mod pem;
mod skipped_key;
#[cfg(test)]
mod tests;
mod token;
mod verifier;

#[cfg(feature = "axum")]
pub use crate::extract::MissingAuthLayer;
pub use crate::{
    algorithm::{Algorithm, AlgorithmSet, UnknownAlgorithm},
    audiences::Audiences,
    authority::{Authority, IssuerChanged},
    authority_set::{AuthoritySet, MAX_AUTHORITIES},
    claim_error::ClaimError,
    claims::VerifiedClaims,
    credentials::{Credentials, CredentialsError},
    error::{Claim, Part, TokenError},
    jwk_set::{JwkSet, JwkSetError, MAX_KEYS},
    key::VerificationKey,
    key_error::KeyError,
    metadata::{MAX_METADATA_VALUE_BYTES, MetadataError, ProviderMetadata},
    numeric_date::NumericDate,
    skipped_key::{SkipReason, SkippedKey},
    token::{
        JoseHeader, MAX_CLAIMS, MAX_KID_BYTES, MAX_NESTING, MAX_SIGNATURE_BYTES, MAX_TOKEN_BYTES,
        Scratch, UnverifiedToken,
    },
    verifier::{
        DEFAULT_CLOCK_SKEW, ExpirationPolicy, TooManyAuthorities, ValidatedToken, Verifier,
    },
};
