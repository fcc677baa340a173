//! A tenant's state, shared by the server and its handle.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::{Requests, no_policy};
use crate::{
    clock::Clock,
    faults::{ActiveFaults, Endpoint, Fault},
    grants::{Grants, Sessions},
    issuer::{ANY_TENANT, IssuerForm},
    keys::{KeyGenerationError, KeyRing, KeyRings, SigningKey, new_key},
    seed::{AccessTokenVersion, Application, Kind, Policy, TenantSeed, User},
};

pub(crate) struct Tenant {
    pub(crate) seed: TenantSeed,
    /// Its base URL for requests without a host.
    pub(crate) base: String,
    pub(crate) issuer_form: IssuerForm,
    pub(crate) strict_openid: bool,
    pub(crate) clock: Clock,
    pub(crate) state: Mutex<State>,
    /// The keys that a reset restores.
    pub(crate) first_keys: BTreeMap<String, SigningKey>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) rings: KeyRings,
    pub(crate) faults: ActiveFaults,
    pub(crate) requests: Requests,
    pub(crate) users: Vec<User>,
    pub(crate) sessions: Sessions,
    pub(crate) grants: Grants,
}

impl Tenant {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that a policy signs with.
    ///
    /// # Panics
    ///
    /// If the tenant has no such policy.
    #[track_caller]
    pub(crate) fn signing_key(&self, policy: &str) -> SigningKey {
        match self.with_ring(policy, |ring| ring.signing.clone()) {
            Some(key) => key,
            None => panic!("{}", no_policy(self, policy)),
        }
    }

    /// Calls `look` with the keys of a policy. `None` if there is no such policy; External ID and Entra ID tenants ignore the name.
    pub(crate) fn with_ring<T>(
        &self,
        policy: &str,
        look: impl FnOnce(&mut KeyRing) -> T,
    ) -> Option<T> {
        let name = match self.seed.kind {
            Kind::B2c => policy.to_ascii_lowercase(),
            Kind::ExternalId | Kind::EntraId => String::new(),
        };
        let ring = self.state().rings.get(&name).cloned()?;
        let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        Some(look(&mut ring))
    }

    /// Starts a fault, for one policy or for all. A tenant without policies ignores the policy.
    pub(crate) fn set_fault(
        &self,
        endpoint: Endpoint,
        policy: Option<&str>,
        fault: Fault,
        times: Option<usize>,
    ) {
        let policy = policy.filter(|_| self.seed.kind == Kind::B2c);
        self.state().faults.set(endpoint, policy, fault, times);
    }

    /// The key rings. One that several policies share is listed once.
    fn rings(&self) -> Vec<Arc<Mutex<KeyRing>>> {
        let mut rings: Vec<Arc<Mutex<KeyRing>>> = Vec::new();
        for ring in self.state().rings.values() {
            if !rings.iter().any(|known| Arc::ptr_eq(known, ring)) {
                rings.push(Arc::clone(ring));
            }
        }
        rings
    }

    pub(crate) fn for_each_ring(&self, change: impl Fn(&mut KeyRing)) {
        for ring in self.rings() {
            change(&mut ring.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The ids of the keys that it publishes for any policy, each once.
    pub(crate) fn published_kids(&self) -> BTreeSet<String> {
        let rings = self.rings();
        let kids = rings.iter().flat_map(|ring| {
            let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            let kids = ring.published.iter().map(|key| key.kid().to_owned());
            kids.collect::<Vec<_>>()
        });
        kids.collect()
    }

    /// A new key, with the kind of id that this kind of tenant uses.
    pub(crate) fn new_key(&self) -> Result<SigningKey, KeyGenerationError> {
        new_key(self.seed.kind)
    }

    /// Publishes a new key for every policy and signs with it from now on.
    pub(crate) fn rotate(&self) -> Result<SigningKey, KeyGenerationError> {
        let key = self.new_key()?;
        self.for_each_ring(|ring| {
            ring.published.push(key.clone());
            ring.signing = key.clone();
        });
        Ok(key)
    }

    /// Restores the initial users and keys, and clears sessions, grants, faults and counts.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        for (policy, key) in &self.first_keys {
            if let Some(ring) = state.rings.get(policy) {
                let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
                ring.published = vec![key.clone()];
                ring.signing = key.clone();
            }
        }
        *state = State {
            rings: std::mem::take(&mut state.rings),
            users: self.seed.users.clone(),
            ..State::default()
        };
    }

    /// The first application that exposes scopes.
    pub(crate) fn api(&self) -> Option<&Application> {
        let mut applications = self.seed.applications.iter();
        applications.find(|application| !application.scopes.is_empty())
    }

    /// The audience of access tokens for this API: its client id or, in version 1.0, its application ID URI.
    pub(crate) fn audience_of<'a>(&self, api: &'a Application) -> &'a str {
        let uri = api.app_id_uri.as_deref();
        let uri = uri.filter(|_| self.wants_version_1(api));
        uri.unwrap_or(&api.client_id)
    }

    /// Whether access tokens for this API have version 1.0.
    pub(crate) fn wants_version_1(&self, api: &Application) -> bool {
        self.seed.kind == Kind::EntraId && api.access_token_version == AccessTokenVersion::V1
    }

    /// The application with this client id, or whose access tokens have this audience.
    pub(crate) fn application_of(&self, audience: &str) -> Option<&Application> {
        let mut applications = self.seed.applications.iter();
        let of_uri = || applications.find(|application| self.audience_of(application) == audience);
        self.application(audience).or_else(of_uri)
    }

    /// The issuer in a policy's tokens and metadata, for requests to this base.
    pub(crate) fn issuer_at(&self, base: &str, policy: &str) -> String {
        match self.seed.kind {
            Kind::EntraId => self.entra_issuer(base, &self.seed.id),
            Kind::ExternalId if self.strict_openid => format!("{base}/{}/v2.0", self.seed.id),
            Kind::ExternalId => format!("https://{0}.ciamlogin.com/{0}/v2.0", self.seed.id),
            Kind::B2c if self.strict_openid => {
                let name = self
                    .policy(policy)
                    .map_or(policy, |policy| policy.name.as_str());
                format!("{base}/{}/{name}/v2.0", self.domain())
            }
            Kind::B2c => {
                let form = match &self.issuer_form {
                    IssuerForm::Tfp(_) => IssuerForm::Tfp(policy.to_owned()),
                    IssuerForm::LegacyTfp(_) => IssuerForm::LegacyTfp(policy.to_owned()),
                    form => form.clone(),
                };
                form.issuer(base, &self.seed.id)
            }
        }
    }

    /// The version 2.0 issuer of an Entra ID tenant.
    pub(crate) fn entra_issuer(&self, base: &str, id: &str) -> String {
        let host = self.seed.custom_domain.as_deref();
        match host.unwrap_or("login.microsoftonline.com") {
            _ if self.strict_openid => format!("{base}/{id}/v2.0"),
            host => format!("https://{host}/{id}/v2.0"),
        }
    }

    /// The id of the user's tenant.
    pub(crate) fn home_of<'a>(&'a self, user: &'a User) -> &'a str {
        user.tenant_id.as_deref().unwrap_or(&self.seed.id)
    }

    /// The issuer at the tenant's own base.
    pub(crate) fn issuer(&self, policy: &str) -> String {
        self.issuer_at(&self.base, policy)
    }

    /// `<name>.onmicrosoft.com`
    pub(crate) fn domain(&self) -> String {
        format!("{}.onmicrosoft.com", self.seed.name)
    }

    pub(crate) fn is_its_domain(&self, segment: &str) -> bool {
        let is = |name: &str| segment.eq_ignore_ascii_case(name);
        let any = self.seed.kind == Kind::EntraId && ANY_TENANT.into_iter().any(is);
        any || is(&self.seed.id) || is(&self.domain())
    }

    pub(crate) fn policy(&self, name: &str) -> Option<&Policy> {
        let mut policies = self.seed.policies.iter();
        policies.find(|policy| policy.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn application(&self, client_id: &str) -> Option<&Application> {
        let mut applications = self.seed.applications.iter();
        applications.find(|application| application.client_id.eq_ignore_ascii_case(client_id))
    }

    pub(crate) fn user(&self, object_id: &str) -> Option<User> {
        let state = self.state();
        let mut users = state.users.iter();
        users.find(|user| user.object_id == object_id).cloned()
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.clock)()
    }
}
