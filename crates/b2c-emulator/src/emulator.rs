//! A running emulator.

use std::{fmt, io, net::SocketAddr, ops::Deref, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    builder::EmulatorBuilder,
    connections,
    seed::SeedError,
    server,
    service::EmulatorService,
    signing_key::KeyGenerationError,
    site::Site,
    tenant_handle::TenantHandle,
    tls::{CertificateAuthority, CertificateError, Identity},
};

/// A running emulator. Dropping it stops it and closes its port. It stands for its first tenant: the methods of [`TenantHandle`] are that tenant's.
pub struct Emulator {
    site: Arc<Site>,
    first: TenantHandle,
    identity: Option<Identity>,
    address: SocketAddr,
    server: Option<JoinHandle<()>>,
}

/// The emulator could not be started.
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
    /// The tenants cannot be such.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// No certificate could be made.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Emulator {
    /// An emulator of another look.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// The tenant `contoso` on a free port: that of [`Seed::default`](crate::Seed::default).
    ///
    /// # Errors
    ///
    /// When no port or no key can be had.
    pub async fn start() -> Result<Self, EmulatorError> {
        Self::builder().start().await
    }

    pub(crate) fn detached(
        site: Arc<Site>,
        identity: Option<Identity>,
        address: SocketAddr,
    ) -> Self {
        let first = site.tenants.first().expect("a seed has a tenant");
        Self {
            first: TenantHandle::new(first),
            site,
            identity,
            address,
            server: None,
        }
    }

    pub(crate) fn serve(
        site: Arc<Site>,
        identity: Option<Identity>,
        address: SocketAddr,
        listener: TcpListener,
    ) -> Self {
        let mut emulator = Self::detached(site, identity, address);
        emulator.listen(listener);
        emulator
    }

    /// `http://127.0.0.1:<port>`, or `https://localhost:<port>`.
    pub fn base_url(&self) -> String {
        self.site.base.clone()
    }

    /// All tenants, in the order of the seed.
    pub fn tenants(&self) -> impl Iterator<Item = TenantHandle> {
        self.site.tenants.iter().map(TenantHandle::new)
    }

    /// Who vouches for the server's certificate; none with http, or with a certificate from outside.
    pub fn authority(&self) -> Option<&CertificateAuthority> {
        self.site.authority.as_deref()
    }

    /// Every endpoint as a tower service, without a socket.
    pub fn service(&self) -> EmulatorService {
        EmulatorService::new(server::router(&self.site))
    }

    /// Resets all tenants and the log of requests.
    pub fn reset_all(&self) {
        self.site.reset();
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
            self.listen(listener);
        }
        Ok(())
    }

    fn listen(&mut self, listener: TcpListener) {
        let router = server::router(&self.site);
        let acceptor = self.identity.as_ref();
        let acceptor = acceptor.map(|identity| identity.acceptor.clone());
        let site = Arc::clone(&self.site);
        let serving = connections::serve(listener, acceptor, router, site);
        self.server = Some(tokio::spawn(serving));
    }
}

impl Deref for Emulator {
    type Target = TenantHandle;

    fn deref(&self) -> &TenantHandle {
        &self.first
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
            .field("base_url", &self.site.base)
            .finish_non_exhaustive()
    }
}
