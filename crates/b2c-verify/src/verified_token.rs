//! Typed access to B2C's claims.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::{
    ClaimError, NumericDate, Principal,
    json::{JsonObject, Members, StoredObject, Value},
    lifetime::Lifetime,
};

/// The claims of a token that passed every check.
///
/// Only [`ValidatedToken::verify`](crate::ValidatedToken::verify) returns one. `Debug` shows the names of the claims but not their values.
///
/// The same methods read the tokens of all of Microsoft's products. Where these differ, a method reads:
///
/// | | B2C | External ID, Entra ID 2.0 | Entra ID 1.0 |
/// |---|---|---|---|
/// | [`user_id`](Self::user_id) | `oid`, else `sub` | `oid` (`sub` differs for each client) | `oid` |
/// | [`client_id`](Self::client_id) | `azp` | `azp` | `appid` |
/// | [`scopes`](Self::scopes) | `scp`: a user's scopes, or a daemon's app roles | `scp`: a user's scopes | `scp` |
/// | [`roles`](Self::roles) | none, unless a custom policy writes `roles` | `roles`: app roles | `roles` |
/// | [`permissions`](Self::permissions) | `scp` and `roles` | the same | the same |
/// | [`principal`](Self::principal) | `idtyp`, else a user if there is `oid` | `idtyp`, else an application if `oid` equals `sub` | the same |
/// | [`policy`](Self::policy) | `tfp`, else `acr` | none | none (`acr` is a level there) |
/// | [`emails`](Self::emails) | `emails` (user flows), `email` (custom policies) | `email`, an optional claim | `email` |
///
/// A method named after a claim returns `None` or an empty iterator if the claim is missing or has another type than Microsoft documents.
///
/// If a policy omits the subject, B2C writes the same placeholder into every user's `sub`. The placeholder counts as missing, except in [`raw`](Self::raw),
/// [`names`](Self::names) and [`deserialize`](Self::deserialize), which show the token unchanged.
///
/// ```
#[doc = include_str!("../docs/example_tokens.txt")]
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

    /// `sub`: the user, or in a daemon's token the application. `None` for B2C's placeholder, which refers to `oid`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `oid`: the user's object id in the tenant. In Entra ID, a daemon's token has the service principal's.
    #[must_use]
    pub fn object_id(&self) -> Option<&str> {
        self.text("oid")
    }

    /// [`object_id`](Self::object_id), else [`subject`](Self::subject): the stable id to store with the user's data.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.object_id().or_else(|| self.subject())
    }

    /// `iss`: the issuer, one of the accepted ones.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.text("iss").unwrap_or_default()
    }

    /// `aud`: the audiences, of which at least one is accepted.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.texts("aud")
    }

    /// `tfp`, else `acr`: the user flow or custom policy that issued the token. `None` for Entra ID, where `acr` is not the name of a policy.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.text("tfp")
            .or_else(|| self.text("acr").filter(|acr| names_policy(acr)))
    }

    /// `idtyp`: `user` or `app`. An optional claim in Entra ID's access tokens.
    #[must_use]
    pub fn id_type(&self) -> Option<&str> {
        self.text("idtyp")
    }

    /// Whether the token was issued for a user or for an application. `None` if the claims do not say.
    ///
    /// 1. `idtyp` decides if present.
    /// 2. A token without `oid` does not say: B2C omits it from an application's token, but a custom policy may omit it from a user's.
    /// 3. In B2C, a token with `oid` is a user's.
    /// 4. In Entra ID, a token is an application's
    ///    [if `oid` equals `sub`](https://learn.microsoft.com/entra/identity-platform/scenario-protected-web-api-verification-scope-app-roles), and otherwise a
    ///    user's.
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

    /// `scp`: the granted scopes, by their short names.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let listed = self
            .text("scp")
            .unwrap_or_default()
            .split(' ')
            .filter(|scope| !scope.is_empty());
        listed.chain(self.elements("scp"))
    }

    /// Whether [`scopes`](Self::scopes) contains this one. Compares byte for byte.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// [`scopes`](Self::scopes) and [`roles`](Self::roles) together: B2C writes a daemon's app roles into `scp`, Entra ID and External ID into `roles`.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.scopes().chain(self.roles())
    }

    /// Whether [`permissions`](Self::permissions) contains this one. Compares byte for byte.
    #[must_use]
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions().any(|granted| granted == permission)
    }

    /// `roles`: the app roles in Entra ID and External ID. In B2C, only a custom policy writes them.
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

    /// `emails` (B2C's user flows), else `email`. The addresses are not necessarily verified.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        let name = if self.raw("emails").is_some() {
            "emails"
        } else {
            "email"
        };
        self.texts(name)
    }

    /// `idp`: the identity provider, such as `facebook.com`.
    #[must_use]
    pub fn identity_provider(&self) -> Option<&str> {
        self.text("idp")
    }

    /// `auth_time`: when the user last entered credentials.
    #[must_use]
    pub fn auth_time(&self) -> Option<NumericDate> {
        self.date("auth_time")
    }

    /// `exp`: when the token expires, without the clock skew.
    #[must_use]
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.lifetime().exp
    }

    /// `nbf`: when the token becomes valid, without the clock skew.
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

    /// `extension_<name>`: a custom attribute of the tenant. `None` if the token does not have it.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] if it has another type.
    pub fn extension<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClaimError> {
        self.get(&format!("extension_{name}"))
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
    #[doc = include_str!("../docs/example_tokens.txt")]
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

    fn elements(&self, name: &str) -> impl Iterator<Item = &str> {
        self.claim(name)
            .map(|value| value.texts())
            .unwrap_or_default()
            .iter()
    }

    /// The claim. `None` also for the placeholder.
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

/// The bytes that a token occupies on the heap, for caches with a limit in bytes.
///
/// ```
#[doc = include_str!("../docs/example_tokens.txt")]
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

/// Whether this is a user flow (`B2C_1_…`) or a custom policy (`B2C_1A_…`). Its letter case in tokens varies.
fn names_policy(name: &str) -> bool {
    name.get(..POLICY.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(POLICY))
}

const POLICY: &str = "B2C_1";

/// B2C's `sub` if the policy omits the subject.
const PLACEHOLDER_SUBJECT: &str = "Not supported currently. Use oid claim.";
