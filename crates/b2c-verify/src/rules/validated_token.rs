//! `ValidatedToken` ─▶ `VerifiedToken`: the signature, RFC 7515 §5.2.

use std::{fmt, sync::Arc};

use crate::{
    claims::{Lifetime, VerifiedToken},
    error::TokenError,
    keys::VerificationKey,
    numeric_date::NumericDate,
    tenants::{AnyTenant, TenantId},
    token::UnverifiedToken,
};

/// A token that passed every check except its signature.
///
/// Its claims are not trustworthy yet, and only the [time of issue](Self::claimed_issue_time) can be read. [`kid`](Self::kid) tells which key to look for.
///
/// ```
/// use b2c_verify::{Algorithm, AlgorithmSet, TokenError, VerificationKey};
/// # use b2c_verify::{Audiences, Credentials, NumericDate, Scratch, TokenRules, UnverifiedToken};
/// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
/// # use aws_lc_rs::hmac;
///
/// # let claims = r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","exp":2000,"sub":"alice","scp":"tasks.read"}"#;
/// # let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","kid":"one"}"#), URL_SAFE_NO_PAD.encode(claims));
/// # let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), input.as_bytes());
/// # let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
/// # let mut scratch = Scratch::default();
/// let hs256 = AlgorithmSet::new([Algorithm::HS256]);
/// # let token = UnverifiedToken::parse(Credentials::from_bare(token.as_bytes())?, hs256, &mut scratch)?;
/// # let rules = TokenRules::new(Audiences::any_of(["my-api"])).algorithms(hs256);
/// # let validated = rules.validate(&token, "https://contoso.b2clogin.com/tid/v2.0/", NumericDate::from_secs(1000))?;
/// // `validated` is signed with the key `one`.
/// assert_eq!(validated.kid(), Some("one"));
/// let key = VerificationKey::secret(Some("one"), &[7; 32], hs256)?;
/// assert_eq!(validated.verify(&key)?.subject(), Some("alice"));
///
/// // Another key of the same name.
/// let other = VerificationKey::secret(Some("one"), &[8; 32], hs256)?;
/// assert_eq!(validated.verify(&other).unwrap_err(), TokenError::BadSignature);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ValidatedToken<'t> {
    token: &'t UnverifiedToken<'t>,
    lifetime: Lifetime,
    /// The token's tenant, and the accepted tenants. `None` if the rules are for one issuer.
    tenant: Option<(Arc<AnyTenant>, TenantId)>,
}

impl<'t> ValidatedToken<'t> {
    pub(crate) const fn new(
        token: &'t UnverifiedToken<'t>,
        lifetime: Lifetime,
        tenant: Option<(Arc<AnyTenant>, TenantId)>,
    ) -> Self {
        Self {
            token,
            lifetime,
            tenant,
        }
    }

    /// `kid`, the claimed id of the key. `None` if the token has none.
    #[must_use]
    pub const fn kid(&self) -> Option<&str> {
        self.token.kid()
    }

    /// When the token claims to have been issued: `iat`, else `nbf`.
    #[must_use]
    pub fn claimed_issue_time(&self) -> Option<NumericDate> {
        self.token.claimed_issue_time()
    }

    /// Verifies the signature (RFC 7515 §5.2). `key` must belong to the authority whose rules validated the token.
    ///
    /// # Errors
    ///
    /// [`ForeignKey`](TokenError::ForeignKey) if [any tenant](crate::TokenRules::any_tenant) is accepted and the key is another tenant's,
    /// [`UnsuitableKey`](TokenError::UnsuitableKey) if the key may not be used with the token's algorithm, otherwise
    /// [`BadSignature`](TokenError::BadSignature).
    pub fn verify(&self, key: &VerificationKey) -> Result<VerifiedToken, TokenError> {
        if let Some((any, tenant)) = &self.tenant
            && !any.allows_key(key.issuer(), *tenant)
        {
            return Err(TokenError::ForeignKey);
        }
        key.verify(
            self.token.alg(),
            self.token.signing_input(),
            self.token.signature(),
        )?;
        Ok(VerifiedToken::from_verified(
            self.token.object(),
            self.lifetime,
        ))
    }
}

impl fmt::Debug for ValidatedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatedToken")
            .field("token", self.token)
            .finish_non_exhaustive()
    }
}
