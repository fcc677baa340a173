//! Typed access to B2C's claims.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::{
    ClaimError, NumericDate, Principal,
    json::{JsonObject, Members, StoredObject, Value},
    lifetime::Lifetime,
};

/// A token that passed every check, with its claims.
///
/// Only [`ValidatedToken::verify`](crate::ValidatedToken::verify) makes one, so holding one proves that the token is good. `Debug` shows the claims' names but not their values.
///
/// One reading for the tokens of all families. What they read where the families differ:
///
/// | | B2C | External ID, Entra ID 2.0 | Entra ID 1.0 |
/// |---|---|---|---|
/// | [`user_id`](Self::user_id) | `oid`, else `sub` | `oid` (`sub` differs for each client) | `oid` |
/// | [`client_id`](Self::client_id) | `azp` | `azp` | `appid` |
/// | [`scopes`](Self::scopes) | `scp`: a user's scopes, or a daemon's app roles | `scp`: a user's scopes | `scp` |
/// | [`roles`](Self::roles) | none, unless a custom policy writes `roles` | `roles`: app roles | `roles` |
/// | [`permissions`](Self::permissions) | both | both | both |
/// | [`principal`](Self::principal) | `idtyp`, else `oid`: there is a user | `idtyp`, else whether `oid` is `sub` | the same |
/// | [`policy`](Self::policy) | `tfp`, else `acr` | none | none (`acr` is a level there) |
/// | [`emails`](Self::emails) | `emails` (user flows), `email` (custom policies) | `email`, an optional claim | `email` |
///
/// A method named after a claim returns `None`, or nothing, if the claim is absent or not of B2C's type. When a policy leaves the subject out, B2C
/// writes a placeholder into `sub`, the same for every user: it counts as absent everywhere except in [`raw`](Self::raw), [`names`](Self::names) and
/// [`deserialize`](Self::deserialize), which show the token as it is.
// In this order: the lifetime is read on every request, the claims when a handler asks.
#[repr(C)]
pub struct VerifiedToken {
    lifetime: Lifetime,
    claims: StoredObject,
}

impl VerifiedToken {
    /// Called in one place: where the signature has just been verified.
    pub(crate) fn from_verified(claims: &JsonObject, lifetime: Lifetime) -> Self {
        Self {
            lifetime,
            claims: claims.into(),
        }
    }

    /// `sub`: the user, or the application in a token without one. `None` also for B2C's placeholder that points to `oid`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `oid`: the user's object id in the tenant.
    #[must_use]
    pub fn object_id(&self) -> Option<&str> {
        self.text("oid")
    }

    /// [`object_id`](Self::object_id), else [`subject`](Self::subject): a stable name for the user in your own data.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.object_id().or_else(|| self.subject())
    }

    /// `iss`: who issued the token. It is one of the accepted issuers.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.text("iss").unwrap_or_default()
    }

    /// `aud`: the token's audiences.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.texts("aud")
    }

    /// `tfp`, else `acr`: the user flow or custom policy that issued the token. Entra ID has neither: its `acr` of version 1.0 is a number, not a policy's name.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.text("tfp")
            .or_else(|| self.text("acr").filter(|acr| names_policy(acr)))
    }

    /// `idtyp`: `user` or `app`, an optional claim of Entra ID's access tokens.
    #[must_use]
    pub fn id_type(&self) -> Option<&str> {
        self.text("idtyp")
    }

    /// Whether the token speaks for a user or for an application by itself. `None` if it does not tell.
    ///
    /// `idtyp` decides if it is there. Otherwise, Entra ID's token is an application's
    /// [if `oid` equals `sub`](https://learn.microsoft.com/entra/identity-platform/scenario-protected-web-api-verification-scope-app-roles), and a user's if they
    /// differ. In B2C's tokens they are equal for users, and an application's has no `oid`; neither has a user's from a custom policy that leaves it out, so
    /// such a token does not tell.
    #[must_use]
    pub fn principal(&self) -> Option<Principal> {
        match self.id_type() {
            Some("app") => return Some(Principal::Application),
            Some("user") => return Some(Principal::User),
            _ => {}
        }
        let object_id = self.object_id()?;
        if self.policy().is_none() && self.subject()? == object_id {
            Some(Principal::Application)
        } else {
            Some(Principal::User)
        }
    }

    /// `scp`: the granted permissions, by their short names.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let listed = self
            .text("scp")
            .unwrap_or_default()
            .split(' ')
            .filter(|scope| !scope.is_empty());
        listed.chain(self.elements("scp"))
    }

    /// Whether [`scopes`](Self::scopes) has this one, exactly.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// [`scopes`](Self::scopes) and [`roles`](Self::roles) together: B2C writes a daemon's app roles into `scp`, the other families into `roles`.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.scopes().chain(self.roles())
    }

    /// Whether [`permissions`](Self::permissions) has this one, exactly.
    #[must_use]
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions().any(|granted| granted == permission)
    }

    /// `roles`. B2C has none of its own; Entra ID and custom policies do.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.texts("roles")
    }

    /// `azp`, else `appid`: the application that requested the token.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.text("azp").or_else(|| self.text("appid"))
    }

    /// `name`: the display name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// `given_name`.
    #[must_use]
    pub fn given_name(&self) -> Option<&str> {
        self.text("given_name")
    }

    /// `family_name`.
    #[must_use]
    pub fn family_name(&self) -> Option<&str> {
        self.text("family_name")
    }

    /// `emails` (user flows), else `email` (custom policies). Not necessarily verified.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        let name = if self.raw("emails").is_some() {
            "emails"
        } else {
            "email"
        };
        self.texts(name)
    }

    /// `idp`: where the user signed in, like `facebook.com`.
    #[must_use]
    pub fn identity_provider(&self) -> Option<&str> {
        self.text("idp")
    }

    /// `auth_time`: when the user last entered credentials.
    #[must_use]
    pub fn auth_time(&self) -> Option<NumericDate> {
        self.date("auth_time")
    }

    /// `exp`: when the token expires, clock skew aside.
    #[must_use]
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.lifetime().exp
    }

    /// `nbf`: when the token becomes valid, clock skew aside.
    #[must_use]
    pub fn not_before(&self) -> Option<NumericDate> {
        self.lifetime().nbf
    }

    /// `iat`: when the token was issued.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.date("iat")
    }

    /// `newUser`: whether the user has just signed up.
    #[must_use]
    pub fn is_new_user(&self) -> Option<bool> {
        match self.raw("newUser")? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// `extension_<name>`: a custom attribute of the tenant. `None` if the token has none.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] if it is of another type.
    pub fn extension<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClaimError> {
        self.get(&format!("extension_{name}"))
    }

    /// Any claim, by its name. `None` if the token has none.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] if it is of another type; it says of which.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClaimError> {
        let claim = self.claim(name);
        claim
            .map(|claim| ClaimError::reading(claim.raw(), Some(name)))
            .transpose()
    }

    /// The JSON text of a claim, as in the token.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        Some(self.members().get(name)?.raw())
    }

    /// A string claim, without its quotes and escapes.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claim(name)?.text()
    }

    /// A claim that is a string or an array of strings.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let value = self.claim(name);
        let text = value.and_then(Value::text);
        text.into_iter()
            .chain(value.map(Value::texts).unwrap_or_default().iter())
    }

    /// The names of all claims, in the token's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members().names()
    }

    /// All claims as a type of your own.
    ///
    /// # Errors
    ///
    /// [`ClaimError`], which says which claim is missing or of which other type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ClaimError> {
        ClaimError::reading(self.claims.source(), None)
    }

    fn elements(&self, name: &str) -> impl Iterator<Item = &str> {
        self.claim(name)
            .map(|value| value.texts())
            .unwrap_or_default()
            .iter()
    }

    /// The claim, unless it is the placeholder.
    fn claim(&self, name: &str) -> Option<Value<'_>> {
        let value = self.members().get(name)?;
        let is_placeholder = name == "sub" && value.text() == Some(PLACEHOLDER_SUBJECT);
        (!is_placeholder).then_some(value)
    }

    fn date(&self, name: &str) -> Option<NumericDate> {
        NumericDate::from_json(self.raw(name)?)
    }

    fn members(&self) -> Members<'_> {
        self.claims.members()
    }

    pub(crate) fn lifetime(&self) -> Lifetime {
        self.lifetime
    }
}

/// The heap size of a token in bytes, for caches bounded in bytes.
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

/// Whether this is a user flow (`B2C_1_…`) or a custom policy (`B2C_1A_…`). Tokens have B2C's or the portal's case.
fn names_policy(name: &str) -> bool {
    name.get(..POLICY.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(POLICY))
}

const POLICY: &str = "B2C_1";

/// What B2C writes into `sub` when the policy tells clients to use `oid`.
const PLACEHOLDER_SUBJECT: &str = "Not supported currently. Use oid claim.";
