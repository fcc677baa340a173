//! Configures and starts an emulator.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use serde::Deserialize;
use tokio::net::TcpListener;

use crate::{
    emulator::{Emulator, EmulatorError},
    issuer::IssuerForm,
    key_rings,
    seed::{Policy, Seed, TenantSeed},
    signing_key::SigningKey,
    site::{self, Site},
    tenant::{Clock, State, Tenant, system_time},
    tls::{Https, Identity},
};

/// Configures and starts an emulator.
#[must_use = "a builder does nothing until `start` is called"]
pub struct EmulatorBuilder {
    seed: Option<Seed>,
    tenant: Option<String>,
    tenant_id: Option<String>,
    policies: Vec<String>,
    sharing: Option<KeySharing>,
    signing_key: Option<SigningKey>,
    issuer_form: Option<IssuerForm>,
    listen: SocketAddr,
    https: Option<Https>,
    control: bool,
    strict_openid: bool,
    clock: Clock,
}

/// Whether policies share a signing key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeySharing {
    /// One key for all, as for B2C's user flows, even across tenants.
    #[default]
    Shared,
    /// One key each, as custom policies may have.
    PerPolicy,
}

impl EmulatorBuilder {
    /// The tenants; by default only the B2C tenant of [`Seed::default`]. The other setters change the first tenant.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The first part of the tenant's domain; `contoso` by default.
    pub fn tenant(mut self, name: impl Into<String>) -> Self {
        self.tenant = Some(name.into());
        self
    }

    /// The tenant's GUID.
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.tenant_id = Some(id.into());
        self
    }

    /// A sign-up or sign-in user flow or custom policy, instead of the seed's; call it once for each.
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// Whether the policies share a key.
    pub fn key_sharing(mut self, sharing: KeySharing) -> Self {
        self.sharing = Some(sharing);
        self
    }

    /// The first signing key: a stored one, for a start many times faster, or another tenant's. Only with [`KeySharing::Shared`].
    pub fn signing_key(mut self, key: SigningKey) -> Self {
        self.signing_key = Some(key);
        self
    }

    /// The form of the issuer in metadata and tokens; the policy in it is each document's own.
    pub fn issuer_form(mut self, form: IssuerForm) -> Self {
        self.issuer_form = Some(form);
        self
    }

    /// The address to listen at; by default a free port on 127.0.0.1.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Serves https instead of http.
    pub fn https(mut self, https: Https) -> Self {
        self.https = Some(https);
        self
    }

    /// Whether to offer everything the handle can do over HTTP too, under `/emulator/`, and a page there. Anyone who can reach the port can then sign
    /// in as anyone.
    pub fn control(mut self, on: bool) -> Self {
        self.control = on;
        self
    }

    /// Whether to depart from B2C for the sake of clients that insist on OpenID Connect Discovery: the issuer is the URL before
    /// `/.well-known/openid-configuration`, PKCE's methods are listed, keys have an `alg`, and `openid` alone also returns an access token for the
    /// client itself.
    pub fn strict_openid(mut self, on: bool) -> Self {
        self.strict_openid = on;
        self
    }

    /// The clock for the times in tokens; by default the system's.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the port and serves until the handle is dropped.
    ///
    /// # Errors
    ///
    /// If the address is not a loopback address or cannot be bound, the seed is unusable, or no key or certificate can be made.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        if !self.listen.ip().is_loopback() {
            return Err(EmulatorError::NotLoopback);
        }
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(EmulatorError::Listen)?;
        let address = listener.local_addr().map_err(EmulatorError::Listen)?;
        let (site, identity) = self.site(address)?;
        Ok(Emulator::serve(site, identity, address, listener))
    }

    /// Starts without a port: requests go to [`Emulator::service`]. [`Emulator::resume`] opens the port later.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub fn without_socket(self) -> Result<Emulator, EmulatorError> {
        let address = self.listen;
        let (site, identity) = self.site(address)?;
        Ok(Emulator::detached(site, identity, address))
    }

    fn site(mut self, address: SocketAddr) -> Result<(Arc<Site>, Option<Identity>), EmulatorError> {
        let seeds = self.seeds()?;
        let https = self.https.take();
        let identity = https
            .map(|https| https.identity(&site::names(&seeds)))
            .transpose()?;
        let scheme = if identity.is_some() { "https" } else { "http" };
        let base = match (&identity, address) {
            (Some(_), SocketAddr::V4(v4)) => format!("https://localhost:{}", v4.port()),
            _ => format!("{scheme}://{address}"),
        };
        let mut tenants = Vec::new();
        for (at, seed) in seeds.into_iter().enumerate() {
            let first = at == 0;
            let form = self.issuer_form.clone().filter(|_| first);
            let key = self.signing_key.clone().filter(|_| first);
            let rings = key_rings::new(&seed, key.as_ref())?;
            let first_keys = key_rings::signing(&rings);
            let state = State {
                rings,
                users: seed.users.clone(),
                ..State::default()
            };
            tenants.push(Arc::new(Tenant {
                base: base.clone(),
                issuer_form: form.unwrap_or_else(|| seed.issuer.form()),
                strict_openid: self.strict_openid,
                clock: Arc::clone(&self.clock),
                state: state.into(),
                first_keys,
                seed,
            }));
        }
        let authority = identity
            .as_ref()
            .and_then(|identity| identity.authority.clone());
        let site = Site::new(tenants, scheme, base, self.control, authority);
        Ok((Arc::new(site), identity))
    }

    /// The seed with the other settings applied.
    fn seeds(&mut self) -> Result<Vec<TenantSeed>, EmulatorError> {
        let mut seed = self.seed.take().unwrap_or_else(default_seed);
        if let Some(first) = seed.tenants.first_mut() {
            if let Some(name) = self.tenant.take() {
                first.rename(name.to_ascii_lowercase());
            }
            if let Some(id) = self.tenant_id.take() {
                first.id = id.to_ascii_lowercase();
            }
            if !self.policies.is_empty() {
                first.policies = self.policies.drain(..).map(Policy::new).collect();
            }
            if let Some(sharing) = self.sharing {
                first.key_sharing = sharing;
            }
        }
        seed.check()?;
        Ok(seed.tenants)
    }
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            seed: None,
            tenant: None,
            tenant_id: None,
            policies: Vec::new(),
            sharing: None,
            signing_key: None,
            issuer_form: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            https: None,
            control: false,
            strict_openid: false,
            clock: Arc::new(system_time),
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

/// The B2C tenant of the default seed, read once.
fn default_seed() -> Seed {
    static DEFAULT: OnceLock<Seed> = OnceLock::new();
    let mut seed = DEFAULT.get_or_init(Seed::default).clone();
    seed.tenants.truncate(1);
    seed
}
