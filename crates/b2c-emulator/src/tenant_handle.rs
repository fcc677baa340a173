//! One tenant of an emulator.

use std::{fmt, sync::Arc};

use crate::{
    asked::METADATA_PATH,
    fault::{Endpoint, Fault},
    issuer::{IssuerForm, UrlForm},
    requests::Requests,
    seed::{Application, Kind, User},
    signing_key::{KeyGenerationError, SigningKey},
    tenant::{KeyRing, Tenant},
    token::TokenBuilder,
};

/// A tenant: what it publishes, what it issues, what it does wrong. An External ID tenant has no policies and accepts any policy name.
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

    /// The product it belongs to.
    pub fn kind(&self) -> Kind {
        self.tenant.seed.kind
    }

    /// The tenant's GUID.
    pub fn tenant_id(&self) -> &str {
        &self.tenant.seed.id
    }

    /// The policies, by name as written.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        let policies = self.tenant.seed.policies.iter();
        policies.map(|policy| policy.name.as_str())
    }

    /// The registered applications.
    pub fn applications(&self) -> &[Application] {
        &self.tenant.seed.applications
    }

    /// The URL of a policy's metadata, in path form.
    pub fn metadata_url(&self, policy: &str) -> String {
        self.metadata_url_in(policy, UrlForm::Path)
    }

    /// The URL of a policy's metadata.
    pub fn metadata_url_in(&self, policy: &str, form: UrlForm) -> String {
        let domain = self.tenant.domain();
        let path = match self.tenant.seed.kind {
            Kind::B2c => form.path(&domain, policy, METADATA_PATH),
            Kind::ExternalId => format!("/{}/{METADATA_PATH}", self.tenant.seed.id),
        };
        format!("{}{path}", self.tenant.base)
    }

    /// The issuer of an External ID tenant, or of a B2C tenant in this form.
    pub fn issuer(&self, form: &IssuerForm) -> String {
        match self.tenant.seed.kind {
            Kind::B2c => form.issuer(&self.tenant.base, &self.tenant.seed.id),
            Kind::ExternalId => self.tenant.issuer(""),
        }
    }

    /// An access token of this policy, as B2C's user flows issue them, with all scopes of the tenant's first API.
    ///
    /// # Panics
    ///
    /// When the tenant has no such policy.
    pub fn token(&self, policy: &str) -> TokenBuilder {
        TokenBuilder::access(&self.tenant, policy)
    }

    /// An ID token of this policy.
    ///
    /// # Panics
    ///
    /// When the tenant has no such policy.
    pub fn id_token(&self, policy: &str) -> TokenBuilder {
        TokenBuilder::id(&self.tenant, policy)
    }

    /// The tenant's request counts.
    pub fn requests(&self) -> Requests {
        self.tenant.state().requests.clone()
    }

    /// The key that a policy signs with.
    ///
    /// # Panics
    ///
    /// When the tenant has no such policy.
    pub fn signing_key(&self, policy: &str) -> SigningKey {
        self.tenant
            .with_ring(policy, |ring| ring.signing.clone())
            .expect("the tenant has this policy")
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

    /// Publishes a new key for every policy and signs with it from now on. The old keys stay published until they are
    /// [withdrawn](Self::withdraw_key). Returns the new key.
    ///
    /// # Errors
    ///
    /// When no key can be made.
    pub fn rotate(&self) -> Result<SigningKey, KeyGenerationError> {
        self.tenant.rotate()
    }

    /// Publishes a key for every policy without signing with it.
    pub fn publish_key(&self, key: &SigningKey) {
        self.tenant
            .for_each_ring(|ring| ring.published.push(key.clone()));
    }

    /// Signs with this key from now on, published or not.
    pub fn sign_with(&self, key: &SigningKey) {
        self.tenant.for_each_ring(|ring| ring.signing = key.clone());
    }

    /// Stops publishing a key. If it is the signing key, it keeps signing.
    pub fn withdraw_key(&self, kid: &str) {
        self.tenant
            .for_each_ring(|ring| ring.published.retain(|key| key.kid() != kid));
    }

    /// Misbehaves at this endpoint until [`heal`](Self::heal). If several faults apply, the latest counts.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) {
        self.set_fault(endpoint, None, fault, None);
    }

    /// Misbehaves for one policy only. An unknown policy changes nothing.
    pub fn fault_of(&self, policy: &str, endpoint: Endpoint, fault: Fault) {
        self.set_fault(endpoint, Some(policy), fault, None);
    }

    /// Misbehaves for the next requests only; then an earlier fault applies again.
    pub fn fault_times(&self, endpoint: Endpoint, fault: Fault, times: usize) {
        self.set_fault(endpoint, None, fault, Some(times));
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.tenant.state().faults.clear();
    }

    /// Ends the faults of this endpoint. A fault of [`Endpoint::Both`] continues at the other.
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

    /// Removes a user and refuses their refresh tokens from now on.
    pub fn remove_user(&self, object_id: &str) {
        self.tenant
            .state()
            .users
            .retain(|user| user.object_id != object_id);
    }

    /// Resets users and keys to the seed and clears sessions, grants, faults and counts.
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
        let mut state = self.tenant.state();
        state.faults.set(endpoint, policy, fault, times);
    }
}

impl fmt::Debug for TenantHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantHandle")
            .field("tenant", &self.tenant.seed.name)
            .finish_non_exhaustive()
    }
}
