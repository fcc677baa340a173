//! How an emulator is configured and started.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use tokio::net::TcpListener;

use super::{Emulator, EmulatorError};
use crate::{
    clock::{Clock, system_time},
    issuer::IssuerForm,
    keys::{SigningKey, new_rings, signing_keys},
    request::{Site, certificate_names},
    seed::{KeySharing, Policy, Seed, TenantSeed},
    tenants::{State, Tenant},
    tls::{Https, Identity},
};

/// Configures and starts an emulator.
///
/// ```
/// use b2c_emulator::{Emulator, EmulatorError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), EmulatorError> {
/// let builder = || Emulator::builder().tenant("fabrikam").policy("B2C_1_susi");
///
/// let tenant = builder().start().await?;
/// let metadata = tenant.metadata_url("B2C_1_susi");
/// assert!(metadata.ends_with("/fabrikam.onmicrosoft.com/B2C_1_susi/v2.0/.well-known/openid-configuration"));
///
/// // Loopback addresses only.
/// let refused = builder().listen(([0, 0, 0, 0], 8080).into()).start().await;
/// assert!(matches!(refused, Err(EmulatorError::NotLoopback)));
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until `start` or `without_socket` is called"]
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

impl EmulatorBuilder {
    /// Sets the tenants. The default is the B2C tenant of [`Seed::default`]. [`tenant`](Self::tenant), [`tenant_id`](Self::tenant_id),
    /// [`policy`](Self::policy), [`key_sharing`](Self::key_sharing), [`signing_key`](Self::signing_key) and [`issuer_form`](Self::issuer_form) change the
    /// first one.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the first part of the tenant's domain. The default is `contoso`.
    pub fn tenant(mut self, name: impl Into<String>) -> Self {
        self.tenant = Some(name.into());
        self
    }

    /// Sets the tenant's GUID.
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.tenant_id = Some(id.into());
        self
    }

    /// Adds a user flow or custom policy that signs users up and in. The added policies replace those of the seed.
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// Sets whether the policies share a key.
    pub fn key_sharing(mut self, sharing: KeySharing) -> Self {
        self.sharing = Some(sharing);
        self
    }

    /// Sets the first signing key: a stored one, a new one, or another tenant's. Ignored with [`KeySharing::PerPolicy`].
    ///
    /// With neither this setting nor [`KeySharing::PerPolicy`](crate::KeySharing::PerPolicy), all B2C tenants in one process share their first key, as
    /// unrelated tenants do at Microsoft: only `iss` and `aud` tell their tokens apart. Other tenants have keys of their own.
    pub fn signing_key(mut self, key: SigningKey) -> Self {
        self.signing_key = Some(key);
        self
    }

    /// Sets the form of the issuer in metadata and tokens. If the form contains a policy, that policy is ignored: each document and token names its own
    /// policy.
    pub fn issuer_form(mut self, form: IssuerForm) -> Self {
        self.issuer_form = Some(form);
        self
    }

    /// Sets the address to listen on. The default is a free port on 127.0.0.1.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Serves https instead of http.
    pub fn https(mut self, https: Https) -> Self {
        self.https = Some(https);
        self
    }

    /// Serves the [control endpoints](crate#over-http) under `/emulator/`, and a page at `/emulator`. Off by default.
    pub fn control(mut self, on: bool) -> Self {
        self.control = on;
        self
    }

    /// Follows OpenID Connect Discovery where B2C does not, for strict clients. Off by default.
    ///
    /// 1. The issuer is the metadata's URL in the form [`UrlForm::Path`](crate::UrlForm::Path), up to `/.well-known/openid-configuration`. At
    ///    `organizations` and `common`, it is a template.
    /// 2. The metadata lists `S256` in `code_challenge_methods_supported`, and the grant types.
    /// 3. Keys have `alg`.
    /// 4. The scope `openid` alone also returns an access token, for the client itself.
    pub fn strict_openid(mut self, on: bool) -> Self {
        self.strict_openid = on;
        self
    }

    /// Sets the clock for the times in tokens. The default is the system's.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the port and serves until the [`Emulator`] is dropped.
    ///
    /// # Errors
    ///
    /// If the address is not a loopback address or cannot be bound, the seed is unusable, generating a key fails, or the certificate cannot be generated,
    /// stored or used.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        self.check_address()?;
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(EmulatorError::Listen)?;
        let address = listener.local_addr().map_err(EmulatorError::Listen)?;
        let (site, identity) = self.site(address)?;
        Ok(Emulator::serve(site, identity, address, listener))
    }

    /// Starts without a port. Send requests to [`Emulator::service`], or open the port later with [`Emulator::resume`], if [`listen`](Self::listen) has
    /// set one.
    ///
    /// # Errors
    ///
    /// If the address is not a loopback address, the seed is unusable, generating a key fails, or the certificate cannot be generated, stored or used.
    pub fn without_socket(self) -> Result<Emulator, EmulatorError> {
        self.check_address()?;
        let address = self.listen;
        let (site, identity) = self.site(address)?;
        Ok(Emulator::detached(site, identity, address))
    }

    fn check_address(&self) -> Result<(), EmulatorError> {
        if self.listen.ip().is_loopback() {
            Ok(())
        } else {
            Err(EmulatorError::NotLoopback)
        }
    }

    fn site(mut self, address: SocketAddr) -> Result<(Arc<Site>, Option<Identity>), EmulatorError> {
        let seeds = self.seeds()?;
        let https = self.https.take();
        let identity = https
            .map(|https| https.identity(&certificate_names(&seeds)))
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
            let rings = new_rings(&seed, key.as_ref())?;
            let first_keys = signing_keys(&rings);
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

/// The B2C tenant of the default seed, parsed once.
fn default_seed() -> Seed {
    static DEFAULT: OnceLock<Seed> = OnceLock::new();
    let mut seed = DEFAULT.get_or_init(Seed::default).clone();
    seed.tenants.truncate(1);
    seed
}
