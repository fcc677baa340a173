//! `Credentials` ─▶ `ValidatedToken` ─▶ `VerifiedClaims`: RFC 7519 §7.2, RFC 8725 §3.

use std::{fmt, time::Duration};

use crate::{
    Algorithm, Authority, AuthoritySet, Claim, Credentials, MAX_AUTHORITIES, NumericDate, Scratch,
    TokenError, UnverifiedToken, VerificationKey, VerifiedClaims,
    json::{Content, Members},
    lifetime::Lifetime,
    token::DecodedToken,
};

/// Judges tokens by everything but their signature.
///
/// See the [crate's example](crate).
#[derive(Debug)]
pub struct Verifier {
    authorities: Vec<Authority>,
    clock_skew: Duration,
    expiration: ExpirationPolicy,
}

impl Verifier {
    /// A verifier that accepts what these authorities issue, with [60 seconds](DEFAULT_CLOCK_SKEW) of clock skew. Without authorities it
    /// refuses everything.
    ///
    /// # Errors
    ///
    /// [`TooManyAuthorities`] if there are more than [`MAX_AUTHORITIES`].
    pub fn new(authorities: Vec<Authority>) -> Result<Self, TooManyAuthorities> {
        if authorities.len() > MAX_AUTHORITIES {
            return Err(TooManyAuthorities);
        }
        Ok(Self {
            authorities,
            clock_skew: DEFAULT_CLOCK_SKEW,
            expiration: ExpirationPolicy::default(),
        })
    }

    /// How far the issuer's clock may be from ours, either way (RFC 7519 §4.1.4).
    #[must_use]
    pub const fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }

    /// Whether a token must have an `exp`.
    #[must_use]
    pub const fn expiration(mut self, policy: ExpirationPolicy) -> Self {
        self.expiration = policy;
        self
    }

    /// The authorities, in the order in which they were given.
    #[must_use]
    pub fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    /// Makes every check that needs no key, the cheapest first.
    ///
    /// Credentials, the time, and buffers to work in come in. What comes out lacks nothing but [`ValidatedToken::verify`], and names the
    /// authorities whose keys may be tried.
    ///
    /// # Errors
    ///
    /// The first check that fails, as a [`TokenError`]. Whether the request was malformed (400) rather than the token bad (401) says
    /// [`Credentials::check_characters`].
    pub fn validate<'a>(
        &self,
        credentials: Credentials<'a>,
        now: NumericDate,
        scratch: &'a mut Scratch,
    ) -> Result<ValidatedToken<'a>, TokenError> {
        // 1. Size, shape, and the JOSE header.
        let mut token = UnverifiedToken::parse(credentials, scratch)?;
        let alg = token.header().alg();
        if !self
            .authorities
            .iter()
            .any(|authority| authority.allows(alg))
        {
            return Err(TokenError::UnsupportedAlgorithm);
        }
        // 2. The payload: an object, no name twice.
        let claims = token.read_claims()?.members();
        // 3. An issuer we know, a token for us, and signed as that issuer signs.
        let authorities = self.authorities_of(claims, alg)?;
        // 4. A time that fits.
        let lifetime = Lifetime::read(claims)?;
        self.validate_lifetime(lifetime, now)?;
        // 5. What could be a signature. Whether it is one, only a key can tell.
        Ok(ValidatedToken {
            token: token.into_decoded()?,
            authorities,
            lifetime,
        })
    }

    /// Makes the checks again that depend on the time, for claims that were verified earlier.
    ///
    /// # Errors
    ///
    /// [`TokenError::Expired`] or [`TokenError::NotYetValid`].
    pub fn revalidate_lifetime(
        &self,
        claims: &VerifiedClaims,
        now: NumericDate,
    ) -> Result<(), TokenError> {
        self.validate_lifetime(claims.lifetime(), now)
    }

    fn authorities_of(
        &self,
        claims: Members<'_>,
        alg: Algorithm,
    ) -> Result<AuthoritySet, TokenError> {
        let iss = claims
            .get("iss")
            .ok_or(TokenError::MissingClaim(Claim::Iss))?;
        let iss = iss.text().ok_or(TokenError::InvalidClaim(Claim::Iss))?;
        let known =
            AuthoritySet::ALL.select(&self.authorities, |authority| authority.accepts_issuer(iss));
        if known.is_empty() {
            return Err(TokenError::UnknownIssuer);
        }
        let aud = claims.get("aud").map(|aud| aud.content());
        if matches!(aud, Some(Content::Other)) {
            return Err(TokenError::InvalidClaim(Claim::Aud));
        }
        let ours = known.select(&self.authorities, |authority| match aud {
            Some(Content::Text(aud)) => authority.audiences().contains(aud),
            Some(Content::Texts(auds)) => {
                authority.audiences().is_any()
                    || auds.iter().any(|aud| authority.audiences().contains(aud))
            }
            Some(Content::Other) | None => authority.audiences().is_any(),
        });
        if ours.is_empty() {
            return Err(aud.map_or(TokenError::MissingClaim(Claim::Aud), |_| {
                TokenError::WrongAudience
            }));
        }
        let suited = ours.select(&self.authorities, |authority| authority.allows(alg));
        if suited.is_empty() {
            Err(TokenError::UnsupportedAlgorithm)
        } else {
            Ok(suited)
        }
    }

    fn validate_lifetime(&self, lifetime: Lifetime, now: NumericDate) -> Result<(), TokenError> {
        match lifetime.exp {
            None if self.expiration == ExpirationPolicy::Required => {
                return Err(TokenError::MissingClaim(Claim::Exp));
            }
            Some(exp) if now >= exp.saturating_add(self.clock_skew) => {
                return Err(TokenError::Expired);
            }
            _ => {}
        }
        if lifetime
            .nbf
            .is_some_and(|nbf| now.saturating_add(self.clock_skew) < nbf)
        {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }
}

/// Whether a token without `exp` is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpirationPolicy {
    /// It is.
    #[default]
    Required,
    /// It never expires. An `exp` that is there still counts.
    Optional,
}

/// There are more than [`MAX_AUTHORITIES`] authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {MAX_AUTHORITIES} authorities")]
pub struct TooManyAuthorities;

/// A token that passed every check but the last: its signature.
///
/// Nothing in it can be believed yet, and none of its claims can be read. It says where to look for the key.
pub struct ValidatedToken<'a> {
    token: DecodedToken<'a>,
    authorities: AuthoritySet,
    lifetime: Lifetime,
}

impl ValidatedToken<'_> {
    /// The authorities that accept this exact issuer, this audience and this algorithm: positions in [`Verifier::authorities`], at least
    /// one. Only their keys may be passed to [`verify`](Self::verify).
    #[must_use]
    pub const fn authorities(&self) -> AuthoritySet {
        self.authorities
    }

    /// The algorithm that the key must suit.
    #[must_use]
    pub const fn alg(&self) -> Algorithm {
        self.token.header.alg()
    }

    /// The id of the key, if the token names one.
    #[must_use]
    pub const fn kid(&self) -> Option<&str> {
        self.token.header.kid()
    }

    /// When the token says it was issued: `iat`, else `nbf`.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        let read = |name| NumericDate::from_json(self.token.claims.members().get(name)?.raw());
        read("iat").or_else(|| read("nbf"))
    }

    /// Verifies the signature, and with it makes the claims something to rely on.
    ///
    /// # Errors
    ///
    /// [`UnsuitableKey`](TokenError::UnsuitableKey) if the key is not one for the token's algorithm, and
    /// [`BadSignature`](TokenError::BadSignature) if it did not make the signature. [`TooLarge`](TokenError::TooLarge) for claims of 64 KiB,
    /// which [`MAX_TOKEN_BYTES`](crate::MAX_TOKEN_BYTES) rules out.
    pub fn verify(&self, key: &VerificationKey) -> Result<VerifiedClaims, TokenError> {
        key.verify(
            self.token.header.alg(),
            self.token.signing_input,
            self.token.signature,
        )?;
        VerifiedClaims::from_verified(self.token.claims, self.lifetime).ok_or(TokenError::TooLarge)
    }
}

impl fmt::Debug for ValidatedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatedToken")
            .field("header", &self.token.header)
            .field("authorities", &self.authorities)
            .finish_non_exhaustive()
    }
}

/// What both clocks may be off: enough for machines that run NTP badly, and little beside a token's hour.
pub const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(60);
