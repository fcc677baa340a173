//! Tokens on request.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::refused::Refused;
use crate::{
    seed::{Kind, TenantSeed, User, guid},
    tenants::{Tenant, TokenBuilder},
};

/// The requested token. By default, it is a good access token with all scopes of the API that `audience` names or, if it names none, of the tenant's first
/// API. With `roles`, it has only the requested scopes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TokenRequest {
    pub(super) policy: Option<String>,
    /// By default, the tenant's first user who has no `tenant_id` of their own or, if there is none, Alex of the default tenant. Only the page sets this.
    #[serde(skip)]
    pub(super) user: Option<User>,
    /// The Entra ID tenant that issues the token, if not the emulated one.
    pub(super) tenant_id: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) roles: Vec<String>,
    pub(super) claims: Map<String, Value>,
    /// Claims to remove.
    pub(super) without: Vec<String>,
    /// Parameters of the JOSE header.
    pub(super) header: Map<String, Value>,
    pub(super) expires_in: Option<u64>,
    pub(super) kind: TokenKind,
    pub(super) sign: Signature,
}

#[derive(Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum TokenKind {
    #[default]
    Access,
    Id,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Signature {
    #[default]
    Good,
    /// `alg: none`
    None,
    /// `alg: HS256`, with the public key in PEM as the secret.
    Hs256,
}

impl TokenRequest {
    /// Makes the token. Unless the request changes it, its issuer is the one in the metadata that this base serves or, in Entra ID's version 1.0, that
    /// version's.
    pub(super) fn mint(self, tenant: &Arc<Tenant>, base: &str) -> Result<String, Refused> {
        let policy = self.policy.or_else(|| {
            let first = tenant.seed.policies.first();
            first.map(|policy| policy.name.clone())
        });
        let policy = policy.unwrap_or_default();
        let key = tenant.with_ring(&policy, |ring| ring.signing.clone());
        let key = key.ok_or_else(|| Refused::policy(&policy, tenant))?;
        if let Some(id) = &self.tenant_id {
            check_tenant_id(id, tenant)?;
        }
        let audience = self.audience.or_else(|| {
            let api = tenant.api()?;
            let audience = match self.kind {
                TokenKind::Access => tenant.audience_of(api),
                TokenKind::Id => &api.client_id,
            };
            Some(audience.to_owned())
        });
        let user = self.user.as_ref();
        let mut token = match (self.kind, audience) {
            (TokenKind::Access, audience) => {
                TokenBuilder::access(tenant, base, &policy, audience.as_deref(), user)
            }
            (TokenKind::Id, Some(audience)) => {
                TokenBuilder::id(tenant, base, &policy, user).audience(audience)
            }
            (TokenKind::Id, None) => TokenBuilder::id(tenant, base, &policy, user),
        };
        if let Some(id) = self.tenant_id {
            token = token.of_tenant(id);
        }
        if !self.roles.is_empty() {
            token = token.without("scp").claim("roles", self.roles);
        }
        if let Some(scope) = self.scope {
            token = token.scope(scope);
        }
        for (name, value) in self.claims {
            token = token.claim(name, value);
        }
        if let Some(seconds) = self.expires_in {
            token = token.lifetime(Duration::from_secs(seconds));
        }
        for (name, value) in self.header {
            token = token.header(name, value);
        }
        for name in self.without {
            token = token.without(&name);
        }
        Ok(match self.sign {
            Signature::Good => token.sign(),
            Signature::None => token.sign_with_none(),
            Signature::Hs256 => token.sign_hs256(key.public_key_pem().as_bytes()),
        })
    }
}

/// Only Entra ID issues tokens of other tenants.
fn check_tenant_id(id: &str, tenant: &Tenant) -> Result<(), Refused> {
    let TenantSeed { name, kind, .. } = &tenant.seed;
    if *kind != Kind::EntraId {
        return Err(Refused::unusable(format!(
            "tenant_id {id:?} is invalid: leave it out, because {name} is not an Entra ID tenant"
        )));
    }
    guid("tenant_id", id).map_err(|error| Refused::unusable(error.to_string()))
}

/// The names of the policies. Empty for a tenant without policies.
pub(super) fn policies(tenant: &Tenant) -> Vec<String> {
    match tenant.seed.kind {
        Kind::B2c => {
            let policies = tenant.seed.policies.iter();
            policies.map(|policy| policy.name.clone()).collect()
        }
        Kind::ExternalId | Kind::EntraId => Vec::new(),
    }
}
