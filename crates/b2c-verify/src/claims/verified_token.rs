//! A verified token, and access to its claims by name.

use std::fmt;

use serde::de::DeserializeOwned;

use super::{ClaimError, Lifetime};
use crate::json::{JsonObject, Members, StoredObject, Value};

/// The claims of a token that passed every check.
///
/// Only [`ValidatedToken::verify`](crate::ValidatedToken::verify) returns one. `Debug` shows the names of the claims but not their values.
///
/// The same methods read the tokens of all of Microsoft's products. Where these differ, a method reads:
///
/// | | B2C | External ID, Entra ID 2.0 | Entra ID 1.0 |
/// |---|---|---|---|
/// | [`user_id`](Self::user_id) | `oid`, else `sub` | the same (`sub` differs for each client) | the same |
/// | [`client_id`](Self::client_id) | `azp` | `azp` | `appid` |
/// | [`scopes`](Self::scopes) | `scp`: a user's scopes, or a daemon's app roles | `scp`: a user's scopes | `scp` |
/// | [`roles`](Self::roles) | none, unless a custom policy writes `roles` | `roles`: app roles | `roles` |
/// | [`permissions`](Self::permissions) | `scp` and `roles` | the same | the same |
/// | [`principal`](Self::principal) | `idtyp`, else a user if there is `oid` | `idtyp`, else an application if `oid` equals `sub` | the same |
/// | [`policy`](Self::policy) | `tfp`, else `acr` | none | none (`acr` is a level there) |
/// | [`emails`](Self::emails) | `emails` (user flows), `email` (custom policies) | `email`, an optional claim | `email` |
///
/// A method named after a claim returns `None` or an empty iterator if the claim is missing or has a type other than the one that Microsoft documents. Those
/// that return an iterator read a string and an array of strings alike.
///
/// If a policy omits the subject, B2C writes the same placeholder into every user's `sub`. The placeholder counts as missing, except in [`raw`](Self::raw),
/// [`names`](Self::names) and [`deserialize`](Self::deserialize), which show the token unchanged.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use b2c_verify::Principal;
///
/// let claims = r#"{
///     "iss": "https://contoso.b2clogin.com/tid/v2.0/", "aud": "my-api", "exp": 2000, "tfp": "B2C_1_signupsignin1",
///     "oid": "00aa00aa", "name": "Alex", "emails": ["alex@contoso.example"], "scp": "tasks.read tasks.write", "extension_Level": 3
/// }"#;
/// # let token = verified(claims)?;
///
/// assert_eq!(token.user_id(), Some("00aa00aa"));
/// assert_eq!(token.policy(), Some("B2C_1_signupsignin1"));
/// assert_eq!(token.principal(), Some(Principal::User));
/// assert_eq!(token.emails().next(), Some("alex@contoso.example"));
/// assert!(token.has_scope("tasks.read") && !token.has_scope("tasks"));
///
/// // Other claims, by type.
/// assert_eq!(token.extension::<u8>("Level")?, Some(3));
/// assert_eq!(token.get::<String>("jobTitle")?, None);
/// let error = token.get::<u8>("name").unwrap_err();
/// assert_eq!(error.to_string(), r#"the claim "name" is a string, expected u8"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// The lifetime comes first: it is read on every request, the claims only on demand.
#[repr(C)]
pub struct VerifiedToken {
    lifetime: Lifetime,
    claims: StoredObject,
}

impl VerifiedToken {
    /// Called only where the signature has just been verified.
    pub(crate) fn from_verified(claims: &JsonObject, lifetime: Lifetime) -> Self {
        Self {
            lifetime,
            claims: claims.into(),
        }
    }

    /// Any claim, by name. `None` if the token does not have it. The [type's example](Self) reads one.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] if it has another type.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClaimError> {
        let claim = self.claim(name);
        claim
            .map(|claim| ClaimError::reading(claim.raw(), Some(name)))
            .transpose()
    }

    /// The JSON text of a claim, unchanged.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        Some(self.members().get(name)?.raw())
    }

    /// The value of a string claim. `None` if it is missing or has another type.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claim(name)?.text()
    }

    /// The values of a claim that is a string or an array of strings. Empty if it is missing or has another type.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let value = self.claim(name);
        let text = value.and_then(Value::text);
        text.into_iter()
            .chain(value.map(Value::texts).unwrap_or_default().iter())
    }

    /// The names of all claims, in the order of the token.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members().names()
    }

    /// All claims, deserialized into your own type.
    ///
    /// ```
    #[doc = include_str!("../../docs/example_tokens.txt")]
    /// #[derive(serde::Deserialize)]
    /// struct Claims {
    ///     scp: String,
    /// }
    ///
    /// # let token = verified(r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","exp":2000,"scp":"tasks.read"}"#)?;
    /// // `token` has the scope `tasks.read` and no `roles`.
    /// assert_eq!(token.deserialize::<Claims>()?.scp, "tasks.read");
    ///
    /// #[derive(Debug, serde::Deserialize)]
    /// struct WithRoles {
    ///     roles: Vec<String>,
    /// }
    ///
    /// let error = token.deserialize::<WithRoles>().unwrap_err();
    /// assert_eq!((error.claim(), error.is_missing()), (Some("roles"), true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClaimError`] if a claim is missing or has another type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ClaimError> {
        ClaimError::reading(self.claims.source(), None)
    }

    /// The claim. `None` also for the placeholder.
    pub(super) fn claim(&self, name: &str) -> Option<Value<'_>> {
        let value = self.members().get(name)?;
        let is_placeholder = name == "sub" && value.text() == Some(PLACEHOLDER_SUBJECT);
        (!is_placeholder).then_some(value)
    }

    fn members(&self) -> Members<'_> {
        self.claims.members()
    }

    pub(crate) fn lifetime(&self) -> Lifetime {
        self.lifetime
    }
}

/// The bytes that a token occupies on the heap, for caches with a limit in bytes.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use b2c_verify::heap_size;
///
/// let claims = r#"{"iss":"https://contoso.b2clogin.com/tid/v2.0/","aud":"my-api","exp":2000,"scp":"tasks.read"}"#;
/// # let token = verified(claims)?;
/// assert!((claims.len()..200).contains(&heap_size(&token)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn heap_size(token: &VerifiedToken) -> usize {
    token.claims.heap_size()
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifiedToken ")?;
        f.debug_set().entries(self.names()).finish()
    }
}

/// B2C's `sub` if the policy omits the subject.
const PLACEHOLDER_SUBJECT: &str = "Not supported currently. Use oid claim.";
