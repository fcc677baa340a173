//! One tenant of an emulator.

use std::{fmt, iter, sync::Arc};

use super::{Requests, Tenant, TokenBuilder};
use crate::{
    faults::{Endpoint, Fault},
    issuer::{ANY_TENANT, IssuerForm, METADATA_PATH, UrlForm},
    keys::{KeyGenerationError, KeyRing, SigningKey},
    seed::{Application, Kind, User},
};

/// One tenant of an [`Emulator`](crate::Emulator): its tokens, keys, users, faults and request counts.
///
/// Only a B2C tenant has policies; the others ignore the policy argument of these methods.
///
/// ```
/// use b2c_emulator::Emulator;
///
/// let tenant = Emulator::builder().without_socket()?;
/// let policy = "B2C_1_signupsignin1";
/// let old = tenant.signing_key(policy);
///
/// // After a rotation, both keys are published and the new one signs.
/// let new = tenant.rotate()?;
/// assert_eq!(tenant.published_kids(policy), [old.kid(), new.kid()]);
/// assert_eq!(tenant.signing_key(policy).kid(), new.kid());
///
/// // An API may accept tokens of the old key until it is withdrawn.
/// tenant.withdraw_key(old.kid());
/// assert_eq!(tenant.published_kids(policy), [new.kid()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TenantHandle {
    tenant: Arc<Tenant>,
}

impl TenantHandle {
    pub(crate) fn new(tenant: &Arc<Tenant>) -> Self {
        Self {
            tenant: Arc::clone(tenant),
        }
    }

    /// The first part of the tenant's domain.
    pub fn tenant(&self) -> &str {
        &self.tenant.seed.name
    }

    /// The product that the tenant belongs to.
    pub fn kind(&self) -> Kind {
        self.tenant.seed.kind
    }

    /// The tenant's GUID.
    pub fn tenant_id(&self) -> &str {
        &self.tenant.seed.id
    }

    /// The names of the policies, in the letter case of the seed.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        let policies = self.tenant.seed.policies.iter();
        policies.map(|policy| policy.name.as_str())
    }

    /// The registered applications.
    pub fn applications(&self) -> &[Application] {
        &self.tenant.seed.applications
    }

    /// The audience of the access tokens that it issues for this API: the client id or, in version 1.0 of Entra ID's tokens, the application ID URI if there
    /// is one.
    ///
    /// ```
    /// use b2c_emulator::Emulator;
    ///
    /// let tenant = Emulator::builder().without_socket()?;
    /// let api = &tenant.applications()[0];
    /// assert_eq!(tenant.audience_of(api), "00001111-aaaa-2222-bbbb-3333cccc4444");
    /// # Ok::<(), b2c_emulator::EmulatorError>(())
    /// ```
    pub fn audience_of<'a>(&self, api: &'a Application) -> &'a str {
        self.tenant.audience_of(api)
    }

    /// The URL of a policy's metadata, in the form [`UrlForm::Path`].
    pub fn metadata_url(&self, policy: &str) -> String {
        self.metadata_url_in(policy, UrlForm::Path)
    }

    /// All its metadata URLs. A B2C tenant has one for each policy. An Entra ID tenant has its own and those of `organizations` and `common`.
    pub fn metadata_urls(&self) -> Vec<String> {
        let own = || self.metadata_url("");
        let any = |name: &str| format!("{}/{name}/{METADATA_PATH}", self.tenant.base);
        match self.tenant.seed.kind {
            Kind::B2c => self
                .policies()
                .map(|policy| self.metadata_url(policy))
                .collect(),
            Kind::ExternalId => vec![own()],
            Kind::EntraId => iter::once(own()).chain(ANY_TENANT.map(any)).collect(),
        }
    }

    /// The URL of a policy's metadata, in this form. Only a B2C tenant has several forms.
    pub fn metadata_url_in(&self, policy: &str, form: UrlForm) -> String {
        let domain = self.tenant.domain();
        let path = match self.tenant.seed.kind {
            Kind::B2c => form.path(&domain, policy, METADATA_PATH),
            Kind::ExternalId | Kind::EntraId => format!("/{}/{METADATA_PATH}", self.tenant.seed.id),
        };
        format!("{}{path}", self.tenant.base)
    }

    /// The issuer of a B2C tenant in this form. Other tenants have only one form.
    pub fn issuer(&self, form: &IssuerForm) -> String {
        match self.tenant.seed.kind {
            Kind::B2c => form.issuer(&self.tenant.base, &self.tenant.seed.id),
            Kind::ExternalId | Kind::EntraId => self.tenant.issuer(""),
        }
    }

    /// The issuers that its metadata names, without the template of `organizations` and `common`. A B2C tenant has one for each policy if its
    /// [form](IssuerForm) contains the policy, or if the emulator is [strict](crate::EmulatorBuilder::strict_openid); otherwise, there is one. Tokens of
    /// version 1.0 from an Entra ID tenant have another.
    ///
    /// ```
    /// use b2c_emulator::Emulator;
    ///
    /// let builder = || Emulator::builder().policy("B2C_1_a").policy("B2C_1_b");
    /// assert_eq!(builder().without_socket()?.issuers().len(), 1);
    /// assert_eq!(builder().strict_openid(true).without_socket()?.issuers().len(), 2);
    /// # Ok::<(), b2c_emulator::EmulatorError>(())
    /// ```
    pub fn issuers(&self) -> Vec<String> {
        let mut issuers: Vec<_> = match self.tenant.seed.kind {
            Kind::B2c => self.policies().map(|it| self.tenant.issuer(it)).collect(),
            Kind::ExternalId | Kind::EntraId => vec![self.tenant.issuer("")],
        };
        issuers.dedup();
        issuers
    }

    /// Builds an access token with all scopes of the tenant's first API, much as this policy would issue it; see [`TokenBuilder`].
    ///
    /// # Panics
    ///
    /// If the tenant has no such policy.
    #[track_caller]
    pub fn token(&self, policy: &str) -> TokenBuilder {
        TokenBuilder::access(&self.tenant, &self.tenant.base, policy, None, None)
    }

    /// Builds an access token for this audience. If it is the client id or the audience of one of the [`applications`](Self::applications), the token has
    /// that application's scopes and version; otherwise, those of the tenant's first API, like [`token`](Self::token). If the application exposes no scopes,
    /// the token has the first API's.
    ///
    /// # Panics
    ///
    /// If the tenant has no such policy.
    #[track_caller]
    pub fn token_for(&self, policy: &str, audience: &str) -> TokenBuilder {
        TokenBuilder::access(
            &self.tenant,
            &self.tenant.base,
            policy,
            Some(audience),
            None,
        )
    }

    /// Builds an ID token, much as this policy would issue it; see [`TokenBuilder`].
    ///
    /// # Panics
    ///
    /// If the tenant has no such policy.
    #[track_caller]
    pub fn id_token(&self, policy: &str) -> TokenBuilder {
        TokenBuilder::id(&self.tenant, &self.tenant.base, policy, None)
    }

    /// The number of requests so far.
    pub fn requests(&self) -> Requests {
        self.tenant.state().requests.clone()
    }

    /// The signing key of a policy.
    ///
    /// # Panics
    ///
    /// If the tenant has no such policy.
    #[track_caller]
    pub fn signing_key(&self, policy: &str) -> SigningKey {
        self.tenant.signing_key(policy)
    }

    /// The ids of the keys that a policy publishes.
    pub fn published_kids(&self, policy: &str) -> Vec<String> {
        let kids = |ring: &mut KeyRing| {
            ring.published
                .iter()
                .map(|key| key.kid().to_owned())
                .collect()
        };
        self.tenant.with_ring(policy, kids).unwrap_or_default()
    }

    /// Generates a key, publishes it for every policy and signs with it from now on. The old keys stay published until they are
    /// [withdrawn](Self::withdraw_key). Returns the new key.
    ///
    /// # Errors
    ///
    /// If generating the key fails.
    pub fn rotate(&self) -> Result<SigningKey, KeyGenerationError> {
        self.tenant.rotate()
    }

    /// Publishes a key for every policy without signing with it.
    pub fn publish_key(&self, key: &SigningKey) {
        self.tenant
            .for_each_ring(|ring| ring.published.push(key.clone()));
    }

    /// Signs with this key from now on, even if it is not published.
    pub fn sign_with(&self, key: &SigningKey) {
        self.tenant.for_each_ring(|ring| ring.signing = key.clone());
    }

    /// Stops publishing a key. The signing key keeps signing.
    pub fn withdraw_key(&self, kid: &str) {
        self.tenant
            .for_each_ring(|ring| ring.published.retain(|key| key.kid() != kid));
    }

    /// Starts a fault, which lasts until [`heal`](Self::heal). If several faults apply to a request, the latest one wins.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) {
        self.set_fault(endpoint, None, fault, None);
    }

    /// Starts a fault for one policy. An unknown policy has no effect; in a tenant without policies, the fault is the whole tenant's.
    pub fn fault_of(&self, policy: &str, endpoint: Endpoint, fault: Fault) {
        self.set_fault(endpoint, Some(policy), fault, None);
    }

    /// Starts a fault for the next `times` requests. It replaces an earlier fault for exactly this `endpoint`. Once it is used up, an earlier fault that
    /// also covers this endpoint applies again: one for a group, such as [`Endpoint::All`], or one for a policy.
    pub fn fault_times(&self, endpoint: Endpoint, fault: Fault, times: usize) {
        self.set_fault(endpoint, None, fault, Some(times));
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.tenant.state().faults.clear();
    }

    /// Ends all faults at this endpoint. A fault at [`Endpoint::Both`] continues at the other endpoint.
    pub fn heal_endpoint(&self, endpoint: Endpoint) {
        self.tenant.state().faults.clear_endpoint(endpoint);
    }

    /// The current users, including those who signed up.
    pub fn users(&self) -> Vec<User> {
        self.tenant.state().users.clone()
    }

    /// Adds a user, or replaces the one with the same object id.
    pub fn put_user(&self, user: User) {
        let mut state = self.tenant.state();
        state
            .users
            .retain(|known| known.object_id != user.object_id);
        state.users.push(user);
    }

    /// Removes a user. Their sessions, codes and refresh tokens are refused unless the user is added again.
    pub fn remove_user(&self, object_id: &str) {
        self.tenant
            .state()
            .users
            .retain(|user| user.object_id != object_id);
    }

    /// Restores the initial users and keys, and clears sessions, grants, faults and counts.
    pub fn reset(&self) {
        self.tenant.reset();
    }

    fn set_fault(
        &self,
        endpoint: Endpoint,
        policy: Option<&str>,
        fault: Fault,
        times: Option<usize>,
    ) {
        self.tenant.set_fault(endpoint, policy, fault, times);
    }
}

impl fmt::Debug for TenantHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantHandle")
            .field("tenant", &self.tenant.seed.name)
            .finish_non_exhaustive()
    }
}
