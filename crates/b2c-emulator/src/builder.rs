//! What a tenant looks like.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use tokio::net::TcpListener;

use crate::{
    emulator::{Emulator, EmulatorError},
    issuer::IssuerForm,
    signing_key::SigningKey,
    tenant::{KeyRing, State, Tenant, system_time},
};

/// Describes a tenant and starts it.
#[must_use = "a builder does nothing until `start` is called"]
pub struct EmulatorBuilder {
    tenant: String,
    tenant_id: String,
    policies: Vec<String>,
    sharing: KeySharing,
    signing_key: Option<SigningKey>,
    issuer_form: IssuerForm,
    listen: SocketAddr,
    control: bool,
    clock: Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>,
}

/// Whose keys the policies sign with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeySharing {
    /// One key for all, as B2C's user flows have it, even across tenants.
    #[default]
    Shared,
    /// A key for each, as custom policies may have it.
    PerPolicy,
}

impl EmulatorBuilder {
    /// The first part of the tenant's domain; `contoso` unless set.
    pub fn tenant(mut self, name: impl Into<String>) -> Self {
        self.tenant = name.into();
        self
    }

    /// The tenant's GUID.
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.tenant_id = id.into();
        self
    }

    /// A user flow or custom policy; call it once for each. `B2C_1_signupsignin1` if it is never called.
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// Whether the policies share a key.
    pub fn key_sharing(mut self, sharing: KeySharing) -> Self {
        self.sharing = sharing;
        self
    }

    /// The first signing key, to share it with another tenant. Only with [`KeySharing::Shared`].
    pub fn signing_key(mut self, key: SigningKey) -> Self {
        self.signing_key = Some(key);
        self
    }

    /// The form of the issuer in metadata and tokens; the policy in it is that of each document.
    pub fn issuer_form(mut self, form: IssuerForm) -> Self {
        self.issuer_form = form;
        self
    }

    /// The address to listen at; a free port on 127.0.0.1 unless set.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Whether faults, rotation and tokens can be had over HTTP, below `/emulator/`. Anybody who reaches the port can then sign in as anybody.
    pub fn control(mut self, on: bool) -> Self {
        self.control = on;
        self
    }

    /// The clock for the times in tokens; the system's unless set.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Starts the tenant.
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address or cannot be listened at, or when no key can be made.
    pub async fn start(mut self) -> Result<Emulator, EmulatorError> {
        if !self.listen.ip().is_loopback() {
            return Err(EmulatorError::NotLoopback);
        }
        if self.policies.is_empty() {
            self.policies.push(DEFAULT_POLICY.into());
        }
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(EmulatorError::Listen)?;
        let address = listener.local_addr().map_err(EmulatorError::Listen)?;
        let tenant = Tenant {
            base: format!("http://{address}"),
            state: Mutex::new(State {
                rings: self.rings()?,
                ..State::default()
            }),
            name: self.tenant.to_ascii_lowercase(),
            id: self.tenant_id.to_ascii_lowercase(),
            policies: self.policies,
            issuer_form: self.issuer_form,
            clock: self.clock.unwrap_or_else(|| Arc::new(system_time)),
            control: self.control,
        };
        Ok(Emulator::serve(Arc::new(tenant), address, listener))
    }

    fn rings(&self) -> Result<BTreeMap<String, Arc<Mutex<KeyRing>>>, EmulatorError> {
        let new_ring = |key: Option<&SigningKey>| {
            let signing = key.cloned().map_or_else(SigningKey::generate, Ok)?;
            Ok::<_, EmulatorError>(Arc::new(Mutex::new(KeyRing {
                published: vec![signing.clone()],
                signing,
            })))
        };
        let shared = match self.sharing {
            KeySharing::Shared => Some(new_ring(self.signing_key.as_ref())?),
            KeySharing::PerPolicy => None,
        };
        let ring_of = |policy: &String| {
            let ring = shared.clone().map_or_else(|| new_ring(None), Ok)?;
            Ok((policy.to_ascii_lowercase(), ring))
        };
        self.policies.iter().map(ring_of).collect()
    }
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            tenant: "contoso".into(),
            tenant_id: DEFAULT_TENANT_ID.into(),
            policies: Vec::new(),
            sharing: KeySharing::default(),
            signing_key: None,
            issuer_form: IssuerForm::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            control: false,
            clock: None,
        }
    }
}

impl std::fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("tenant", &self.tenant)
            .field("policies", &self.policies)
            .finish_non_exhaustive()
    }
}

/// An example GUID of Microsoft's documentation.
const DEFAULT_TENANT_ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const DEFAULT_POLICY: &str = "B2C_1_signupsignin1";
