//! Claims that nothing has verified.

use std::time::Duration;

use aws_lc_rs::hmac;
use b2c_verify::{
    AcceptedTokens, Algorithm, AlgorithmSet, Audiences, Credentials, ExpirationPolicy, NumericDate,
    Scratch, TokenError, TokenRules, UnverifiedToken, VerificationKey,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use super::test_tenant::layer_without_network;
use crate::{
    claims::VerifiedClaims,
    settings::{InlineKey, from_keys},
};

/// Claims as a layer would hand them to a handler. The token parser reads them, so their types and limits are those of real tokens.
pub(super) fn as_if_verified(issuer: &str, claims: &str) -> Result<VerifiedClaims, TokenError> {
    let hs256 = AlgorithmSet::new([Algorithm::HS256]);
    let rules = TokenRules::new(Audiences::danger_any())
        .algorithms(hs256)
        .accept(AcceptedTokens::DangerAnyTokens)
        .expiration(ExpirationPolicy::Optional)
        // Valid at any time, whatever `exp` and `nbf` say.
        .clock_skew(Duration::MAX);
    let key =
        VerificationKey::secret(None, &SECRET, hs256).map_err(|_| TokenError::UnsuitableKey)?;
    let token = signed(claims);
    let credentials = Credentials::from_bare(token.as_bytes()).map_err(|_| TokenError::TooLarge)?;
    let mut scratch = Scratch::default();
    let token = UnverifiedToken::parse(credentials, hs256, &mut scratch)?;
    let token = rules.validate(&token, issuer, NumericDate::from_secs(0))?;
    let token = token.verify(&key)?;
    let authority = from_keys(issuer, [inline()]).name("test");
    let layer = layer_without_network(authority, "test")
        .build()
        .map_err(|_| TokenError::UnknownIssuer)?;
    Ok(layer.as_if_verified(token, key))
}

fn inline() -> InlineKey {
    InlineKey {
        secret: Some(STANDARD.encode(SECRET).into()),
        ..InlineKey::default()
    }
}

fn signed(claims: &str) -> String {
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
    let signature = hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Not a secret: anyone who has this module can make any claims.
const SECRET: [u8; 32] = [0; 32];
