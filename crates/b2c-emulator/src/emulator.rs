//! The handle of a running tenant.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, PoisonError},
};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    builder::EmulatorBuilder,
    fault::{Endpoint, Fault},
    issuer::{IssuerForm, UrlForm},
    requests::Requests,
    server,
    signing_key::{KeyGenerationError, SigningKey},
    tenant::Tenant,
    token::TokenBuilder,
};

/// A running tenant. Dropping it stops it and closes its port.
pub struct Emulator {
    tenant: Arc<Tenant>,
    address: SocketAddr,
    server: Option<JoinHandle<()>>,
}

/// The tenant could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The address could not be listened at.
    #[error("cannot listen")]
    Listen(#[source] io::Error),
    /// Whoever reaches the emulator can sign in as anybody, so it stays on this machine.
    #[error("the emulator listens on loopback addresses only")]
    NotLoopback,
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] KeyGenerationError),
}

impl Emulator {
    /// A tenant of another look.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// The tenant `contoso` with the policy `B2C_1_signupsignin1` on a free port.
    ///
    /// # Errors
    ///
    /// When no port or no key can be had.
    pub async fn start() -> Result<Self, EmulatorError> {
        Self::builder().start().await
    }

    pub(crate) fn serve(tenant: Arc<Tenant>, address: SocketAddr, listener: TcpListener) -> Self {
        let server = Some(tokio::spawn(server::run(listener, Arc::clone(&tenant))));
        Self {
            tenant,
            address,
            server,
        }
    }

    /// `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> String {
        self.tenant.base.clone()
    }

    /// The first part of the tenant's domain.
    pub fn tenant(&self) -> &str {
        &self.tenant.name
    }

    /// The tenant's GUID.
    pub fn tenant_id(&self) -> &str {
        &self.tenant.id
    }

    /// The policies by the names they were given.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        self.tenant.policies.iter().map(String::as_str)
    }

    /// The URL of a policy's metadata, in path form.
    pub fn metadata_url(&self, policy: &str) -> String {
        self.metadata_url_in(policy, UrlForm::Path)
    }

    /// The URL of a policy's metadata.
    pub fn metadata_url_in(&self, policy: &str, form: UrlForm) -> String {
        let domain = format!("{}.onmicrosoft.com", self.tenant.name);
        format!(
            "{}{}",
            self.tenant.base,
            form.path(&domain, policy, METADATA_PATH)
        )
    }

    /// The tenant's issuer in this form.
    pub fn issuer(&self, form: &IssuerForm) -> String {
        form.issuer(&self.tenant.base, &self.tenant.id)
    }

    /// An access token of this policy, as B2C's user flows issue them.
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

    /// How often the tenant was asked.
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
        let kids = |ring: &mut crate::tenant::KeyRing| {
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
        let key = SigningKey::generate()?;
        self.publish_key(&key);
        self.sign_with(&key);
        Ok(key)
    }

    /// Publishes a key for every policy without signing with it.
    pub fn publish_key(&self, key: &SigningKey) {
        self.for_each_ring(|ring| ring.published.push(key.clone()));
    }

    /// Signs with this key from now on, published or not.
    pub fn sign_with(&self, key: &SigningKey) {
        self.for_each_ring(|ring| ring.signing = key.clone());
    }

    /// Takes a key out of the published ones. What signs keeps signing.
    pub fn withdraw_key(&self, kid: &str) {
        self.for_each_ring(|ring| ring.published.retain(|key| key.kid() != kid));
    }

    /// Misbehaves at this endpoint until [`heal`](Self::heal). Where several faults meet, the latest counts.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) {
        self.set_fault(endpoint, None, fault, None);
    }

    /// Misbehaves for one policy only. A policy that the tenant does not have changes nothing.
    pub fn fault_of(&self, policy: &str, endpoint: Endpoint, fault: Fault) {
        self.set_fault(endpoint, Some(policy), fault, None);
    }

    /// Misbehaves for the next requests only; then a fault that was there before comes back.
    pub fn fault_times(&self, endpoint: Endpoint, fault: Fault, times: usize) {
        self.set_fault(endpoint, None, fault, Some(times));
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.tenant.state().faults.clear();
    }

    /// Ends the faults of this endpoint. One of [`Endpoint::Both`] goes on at the other.
    pub fn heal_endpoint(&self, endpoint: Endpoint) {
        self.tenant.state().faults.clear_endpoint(endpoint);
    }

    /// Closes the port: connections are refused, and those that are open break off.
    pub async fn suspend(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            // It ends with an error because it was aborted.
            server.await.ok();
        }
    }

    /// Listens again at the same port.
    ///
    /// # Errors
    ///
    /// When somebody else has taken the port.
    pub async fn resume(&mut self) -> Result<(), EmulatorError> {
        if self.server.is_none() {
            let listener = TcpListener::bind(self.address)
                .await
                .map_err(EmulatorError::Listen)?;
            self.server = Some(tokio::spawn(server::run(
                listener,
                Arc::clone(&self.tenant),
            )));
        }
        Ok(())
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

    fn for_each_ring(&self, change: impl Fn(&mut crate::tenant::KeyRing)) {
        for ring in self.tenant.rings() {
            change(&mut ring.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("base_url", &self.tenant.base)
            .finish_non_exhaustive()
    }
}

const METADATA_PATH: &str = "v2.0/.well-known/openid-configuration";
