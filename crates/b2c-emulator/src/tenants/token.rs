//! Builds tokens: good ones by default, bad ones on request.

use std::{
    fmt,
    sync::{Arc, Once},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{Tenant, to_version_1, user_claims};
use crate::{
    clock::seconds,
    keys::SigningKey,
    seed::{Kind, User},
};

/// Builds a token. By default it resembles one that the tenant would issue; each setter changes one part. The user is the tenant's first one whose
/// `tenant_id` is not set or, if there is no such user, Alex of the default tenant. The user's `roles` are left out. Unlike a sign-in, the builder ignores
/// the seed's lifetimes and the seed's setting for the policy claim: the token is valid for an hour, and in B2C, `tfp` names the policy. By default, `aud`
/// and an access token's `azp` are `00001111-aaaa-2222-bbbb-3333cccc4444`, whatever applications the seed has: set them with [`audience`](Self::audience)
/// and [`client_id`](Self::client_id).
///
/// ```
/// use b2c_emulator::{Emulator, SigningKey};
/// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
/// # fn claims(token: &str) -> serde_json::Value {
/// #     let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
/// #     serde_json::from_slice(&payload.unwrap_or_default()).unwrap_or_default()
/// # }
///
/// let tenant = Emulator::builder().without_socket()?;
/// let token = || tenant.token("B2C_1_signupsignin1").audience("my-api").scope("tasks.read");
///
/// // An API accepts this token.
/// let good = token().claim("extension_Level", 3).sign();
/// assert_eq!(claims(&good)["tfp"], "B2C_1_signupsignin1");
/// assert_eq!(claims(&good)["extension_Level"], 3);
///
/// // It must refuse these: expired, unsigned, signed with another key under the same `kid`.
/// let expired = token().issued_at(1_500_000_000).sign();
/// assert_eq!(claims(&expired)["exp"], 1_500_003_600);
/// let unsigned = token().sign_with_none();
/// assert!(unsigned.ends_with('.'));
/// let forged = token().key(&SigningKey::generate()?).sign();
/// # assert_eq!(claims(&forged)["aud"], "my-api");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a token is made by `sign`"]
pub struct TokenBuilder {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    key: SigningKey,
}

impl TokenBuilder {
    /// A token for this audience or, without one, for the default audience. Its issuer is the one in the metadata that this base serves, except in Entra
    /// ID's version 1.0.
    #[track_caller]
    pub(crate) fn access(
        tenant: &Arc<Tenant>,
        base: &str,
        policy: &str,
        audience: Option<&str>,
        user: Option<&User>,
    ) -> Self {
        let mut token = Self::new(tenant, base, policy, user).claim("azp", CLIENT_ID);
        if let Some(audience) = audience {
            token = token.audience(audience);
        }
        let first = tenant.api();
        let named = audience.and_then(|audience| tenant.application_of(audience));
        // If the application has no scopes of its own, those of the first API still make this an access token.
        let mut scopes = [named, first].into_iter().flatten().map(|api| &api.scopes);
        if let Some(scopes) = scopes.find(|scopes| !scopes.is_empty()) {
            token = token.scope(scopes.join(" "));
        }
        match named.or(first) {
            Some(api) if tenant.wants_version_1(api) => token.version_1(),
            _ => token,
        }
    }

    #[track_caller]
    pub(crate) fn id(tenant: &Arc<Tenant>, base: &str, policy: &str, user: Option<&User>) -> Self {
        let builder = Self::new(tenant, base, policy, user)
            .claim("nonce", "defaultNonce")
            .claim("idp", "facebook.com");
        let auth_time = builder.claims.get("iat").cloned().unwrap_or_default();
        builder.claim("auth_time", auth_time)
    }

    /// A token with only these claims.
    pub(crate) fn of(key: SigningKey, claims: Map<String, Value>) -> Self {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": key.kid() });
        Self {
            header: object(header),
            claims,
            key,
        }
    }

    #[track_caller]
    fn new(tenant: &Arc<Tenant>, base: &str, policy: &str, user: Option<&User>) -> Self {
        let key = tenant.signing_key(policy);
        let now = seconds(tenant.now());
        let claims = json!({
            "iss": tenant.issuer_at(base, policy),
            "exp": now + DEFAULT_LIFETIME,
            "nbf": now,
            "aud": CLIENT_ID,
            "iat": now,
        });
        let mut claims = object(claims);
        let product = match tenant.seed.kind {
            Kind::B2c => json!({ "tfp": policy, "ver": "1.0" }),
            Kind::ExternalId | Kind::EntraId => json!({ "ver": "2.0" }),
        };
        claims.extend(object(product));
        claims.extend(match user {
            Some(user) => user_claims(tenant, user, CLIENT_ID),
            None => first_user(tenant),
        });
        Self::of(key, claims)
    }

    /// Sets `aud` to a string, as in B2C's tokens.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Sets `aud` to an array.
    pub fn audiences(self, audiences: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let audiences: Vec<Value> = audiences
            .into_iter()
            .map(|audience| audience.into().into())
            .collect();
        self.claim("aud", audiences)
    }

    /// Sets `scp`: one scope, or several separated by spaces.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.claim("scp", scope.into())
    }

    /// Sets `sub`.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.claim("sub", subject.into())
    }

    /// Sets `azp`, or `appid` in a token of version 1.0.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        let is_version_1 = self.claims.contains_key("appid");
        let name = if is_version_1 { "appid" } else { "azp" };
        self.claim(name, client_id.into())
    }

    /// Sets `iss`.
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.claim("iss", issuer.into())
    }

    /// Issues the token as another Entra ID tenant: sets `tid` to this GUID, and replaces the tenant's id in `iss` with it.
    ///
    /// ```
    /// use b2c_emulator::{Emulator, Seed};
    /// # use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    /// # fn issuer(token: &str) -> serde_json::Value {
    /// #     let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    /// #     serde_json::from_slice::<serde_json::Value>(&payload.unwrap_or_default()).unwrap_or_default()["iss"].clone()
    /// # }
    ///
    /// let seed = "[[tenant]]\nkind = 'entra-id'\nname = 'contosowork'\nid = 'ccccdddd-2222-eeee-3333-ffff4444aaaa'";
    /// let tenant = Emulator::builder().seed(Seed::from_toml(seed)?).without_socket()?;
    /// let token = || tenant.token("").of_tenant("ddddeeee-3333-ffff-4444-aaaa5555bbbb");
    /// assert_eq!(issuer(&token().sign()), "https://login.microsoftonline.com/ddddeeee-3333-ffff-4444-aaaa5555bbbb/v2.0");
    /// assert_eq!(issuer(&token().version_1().sign()), "https://sts.windows.net/ddddeeee-3333-ffff-4444-aaaa5555bbbb/");
    ///
    /// // An API must refuse a token whose `tid` is not the tenant in `iss`.
    /// let bad = token().claim("tid", "ccccdddd-2222-eeee-3333-ffff4444aaaa").sign();
    /// # assert_eq!(issuer(&bad), issuer(&token().sign()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_tenant(self, id: impl Into<String>) -> Self {
        let id = id.into();
        let text = |name| self.claims.get(name).and_then(Value::as_str);
        let issuer = text("iss").zip(text("tid"));
        match issuer.map(|(issuer, tenant)| issuer.replace(tenant, &id)) {
            Some(issuer) => self.issuer(issuer),
            None => self,
        }
        .claim("tid", id)
    }

    /// Turns an Entra ID tenant's token into one of version 1.0, with the issuer `https://sts.windows.net/<tenant id>/`. The client is in `appid`.
    pub fn version_1(mut self) -> Self {
        to_version_1(&mut self.claims);
        self
    }

    /// Sets `iat` and `nbf`, in seconds since 1970, and `exp` to an hour later.
    pub fn issued_at(self, at: u64) -> Self {
        self.claim("iat", at)
            .claim("nbf", at)
            .claim("exp", at.saturating_add(DEFAULT_LIFETIME))
    }

    /// Sets `exp` to `iat` plus this lifetime.
    pub fn lifetime(self, lifetime: Duration) -> Self {
        let issued_at = self
            .claims
            .get("iat")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        self.claim("exp", issued_at.saturating_add(lifetime.as_secs()))
    }

    /// Sets `exp`, in seconds since 1970.
    pub fn expires_at(self, at: u64) -> Self {
        self.claim("exp", at)
    }

    /// Sets `nbf`, in seconds since 1970.
    pub fn not_before(self, at: u64) -> Self {
        self.claim("nbf", at)
    }

    /// Sets any claim.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets any parameter of the JOSE header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Removes a parameter of the JOSE header.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Sets `kid`. The signing key stays the same.
    pub fn kid(self, kid: impl Into<String>) -> Self {
        self.header("kid", kid.into())
    }

    /// Signs with another key. `kid` stays the same.
    pub fn key(mut self, key: &SigningKey) -> Self {
        self.key = key.clone();
        self
    }

    /// Signs the token with RS256, whatever `alg` is in the header.
    ///
    /// # Panics
    ///
    /// If signing fails, which cannot happen with an RSA key.
    pub fn sign(self) -> String {
        install_provider();
        let input = self.signing_input();
        let signature = jsonwebtoken::crypto::sign(
            input.as_bytes(),
            self.key.encoding(),
            jsonwebtoken::Algorithm::RS256,
        );
        format!("{input}.{}", signature.expect("an RSA key signs"))
    }

    /// Returns the token with `"alg":"none"` and an empty signature.
    pub fn sign_with_none(self) -> String {
        format!("{}.", self.header("alg", "none").signing_input())
    }

    /// Signs the token with `"alg":"HS256"` and this secret.
    pub fn sign_hs256(self, secret: &[u8]) -> String {
        let input = self.header("alg", "HS256").signing_input();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        let signature = aws_lc_rs::hmac::sign(&key, input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Returns the first two parts of the token, for a signature of your own (RFC 7515 §5.1).
    pub fn signing_input(&self) -> String {
        let part = |members: &Map<String, Value>| {
            URL_SAFE_NO_PAD.encode(Value::Object(members.clone()).to_string())
        };
        format!("{}.{}", part(&self.header), part(&self.claims))
    }
}

impl fmt::Debug for TokenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder").finish_non_exhaustive()
    }
}

/// The claims about the first user of this tenant or, if it has none, about Alex. In External ID and Entra ID, `sub` differs from `oid`: they are equal only
/// in a token that an application got for itself.
fn first_user(tenant: &Tenant) -> Map<String, Value> {
    let users = tenant.state().users.clone();
    let user = users.into_iter().find(|user| user.tenant_id.is_none());
    let mut claims = user_claims(tenant, &user.unwrap_or_else(alex), CLIENT_ID);
    // The caller chooses the permissions.
    claims.remove("roles");
    claims
}

/// The first user of the default B2C tenant.
fn alex() -> User {
    User {
        object_id: "ccccdddd-2222-eeee-3333-ffff4444aaaa".into(),
        name: "Alex Example".into(),
        given_name: Some("Alex".into()),
        family_name: Some("Example".into()),
        emails: vec!["alex@contoso.example".into()],
        ..User::default()
    }
}

/// `jsonwebtoken` panics if a build enables both of its backends and none was chosen.
fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that one was already chosen, which is fine.
        jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER
            .install_default()
            .ok();
    });
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// B2C's default: an hour.
const DEFAULT_LIFETIME: u64 = 3600;
/// The client for which tokens are made to order: an example GUID from Microsoft's documentation.
const CLIENT_ID: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
