//! A token for a test, or its claims alone.

use std::{fmt, time::Duration};

use b2c_verify::NumericDate;
use http::HeaderValue;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{claims::as_if_verified, key, test_tenant::TestTenant};
use crate::claims::VerifiedClaims;

/// A builder for a token, which [`TestTenant::token`] returns. The methods replace, add or leave out claims.
///
/// ```
/// use std::time::Duration;
/// use tower_b2c_auth::test_util::TestTenant;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tenant = TestTenant::new();
/// let auth = tenant.layer();
/// let token = tenant.token().scope("tasks.read tasks.write").claim("extension_level", 3);
/// let claims = auth.authenticate(&token.clone().sign()).await.unwrap();
/// assert!(claims.has_scope("tasks.write"));
/// assert_eq!(claims.extension("level").unwrap(), Some(3));
///
/// let refused = auth.authenticate(&token.claim("iss", "https://login.example/").sign()).await.unwrap_err();
/// assert_eq!(refused.reason(), "unknown_issuer");
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a token is made by `sign`, `bearer` or `claims_as_if_verified`"]
pub struct TestToken {
    claims: Map<String, Value>,
    issued_at: u64,
}

impl TestToken {
    pub(super) fn at(now: NumericDate) -> Self {
        let issued_at = now.as_secs();
        let token = Self {
            claims: Map::new(),
            issued_at,
        };
        token
            .claim("iss", TestTenant::ISSUER)
            .claim("aud", TestTenant::AUDIENCE)
            .claim("iat", issued_at)
            .claim("nbf", issued_at)
            .claim("sub", USER)
            .claim("oid", USER)
            .claim("name", "Alex Example")
            .claim("azp", "11112222-bbbb-3333-cccc-4444dddd5555")
            .claim("tfp", TestTenant::POLICY)
            .scope("user_impersonation")
            .claim("ver", "1.0")
            .lifetime(LIFETIME)
    }

    /// Sets `scp`: one scope, or several separated by spaces.
    pub fn scope(self, scopes: &str) -> Self {
        self.claim("scp", scopes)
    }

    /// Adds a role to `roles`.
    pub fn role(mut self, role: &str) -> Self {
        let roles = self
            .claims
            .entry("roles")
            .or_insert_with(|| Vec::<Value>::new().into());
        if let Value::Array(roles) = roles {
            roles.push(role.into());
        }
        self
    }

    /// Sets any claim, to any value that serde can write as JSON.
    ///
    /// # Panics
    ///
    /// If serde cannot write the value.
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).expect("a claim is JSON");
        self.claims.insert(name.to_owned(), value);
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets `exp` to this time after the default `iat`, in whole seconds. The default is an hour.
    pub fn lifetime(self, lifetime: Duration) -> Self {
        let end = self.issued_at.saturating_add(lifetime.as_secs());
        self.claim("exp", end)
    }

    /// Signs the token (RS256) and returns it in its compact form (RFC 7515 §3.1).
    pub fn sign(self) -> String {
        key::sign(&self.json())
    }

    /// Signs the token and returns `Bearer` and the token, for `Authorization`. The value is marked as sensitive.
    ///
    /// # Panics
    ///
    /// Never: all characters of a token are allowed in a header.
    pub fn bearer(self) -> HeaderValue {
        let value = format!("Bearer {}", self.sign());
        let mut value = HeaderValue::from_maybe_shared(value).expect("a token fits a header");
        value.set_sensitive(true);
        value
    }

    /// Returns the claims as a handler gets them, **although nothing has verified them**: for calling a handler as a plain function. They are taken as they
    /// are, even if they have expired. They belong to no layer of a router, so `require` on a route does not recognise them.
    ///
    /// ```
    /// use tower_b2c_auth::{Refused, VerifiedClaims, scope, test_util::TestTenant};
    ///
    /// async fn delete(claims: VerifiedClaims) -> Result<String, Refused> {
    ///     claims.require(&scope("tasks.delete"))?;
    ///     Ok(format!("gone, {}", claims.name().unwrap_or("stranger")))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let token = TestTenant::new().token();
    /// let may = token.clone().scope("tasks.delete").claim("name", "Bo").claims_as_if_verified();
    /// assert_eq!(delete(may).await.unwrap(), "gone, Bo");
    /// assert!(delete(token.claims_as_if_verified()).await.is_err());
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If every layer would refuse a token with these claims, whatever its settings: for example, `iss` is missing, a date is not a number, or the token
    /// would be larger than tokens may be.
    pub fn claims_as_if_verified(self) -> VerifiedClaims {
        let issuer = self.claims.get("iss").and_then(Value::as_str);
        let claims = as_if_verified(issuer.unwrap_or_default(), &self.json());
        claims.unwrap_or_else(|error| panic!("no token can have these claims: {error}"))
    }

    fn json(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }
}

impl fmt::Debug for TestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestToken ")?;
        f.debug_set().entries(self.claims.keys()).finish()
    }
}

/// B2C's default.
const LIFETIME: Duration = Duration::from_secs(3600);
/// An id from the examples in Microsoft's documentation.
const USER: &str = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
