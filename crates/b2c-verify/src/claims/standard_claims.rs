//! The claims that Microsoft's products write.

use serde::de::DeserializeOwned;

use super::{ClaimError, Principal, VerifiedToken};
use crate::numeric_date::NumericDate;

impl VerifiedToken {
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
    /// 1. If `idtyp` is `app` or `user`, it decides.
    /// 2. A token without `oid` does not say: B2C omits it from an application's token, but a custom policy may omit it from a user's.
    /// 3. In B2C, a token with `oid` is a user's.
    /// 4. In Entra ID, a token is an application's [if `oid` equals
    ///    `sub`](https://learn.microsoft.com/entra/identity-platform/scenario-protected-web-api-verification-scope-app-roles), and otherwise a user's. A
    ///    token without `sub` does not say.
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

    fn elements(&self, name: &str) -> impl Iterator<Item = &str> {
        self.claim(name)
            .map(|value| value.texts())
            .unwrap_or_default()
            .iter()
    }

    fn date(&self, name: &str) -> Option<NumericDate> {
        NumericDate::from_json(self.raw(name)?)
    }
}

/// Whether this is a user flow (`B2C_1_…`) or a custom policy (`B2C_1A_…`). Its letter case in tokens varies.
fn names_policy(name: &str) -> bool {
    name.get(..POLICY.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(POLICY))
}

const POLICY: &str = "B2C_1";
