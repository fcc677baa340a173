//! A running emulator.

use std::{fmt, io, net::SocketAddr, ops::Deref, sync::Arc};

use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};

use super::{EmulatorBuilder, EmulatorService, connections, router::router};
use crate::{
    keys::KeyGenerationError,
    request::Site,
    seed::SeedError,
    tenants::TenantHandle,
    tls::{CertificateAuthority, CertificateError, Identity},
};

/// A running emulator. Dropping it closes its port and all connections. It dereferences to the [`TenantHandle`] of its first tenant.
///
/// ```
/// use b2c_emulator::{Emulator, Seed};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), b2c_emulator::EmulatorError> {
/// let mut emulator = Emulator::builder().seed(Seed::default()).start().await?;
/// let names: Vec<_> = emulator.tenants().map(|tenant| tenant.tenant().to_owned()).collect();
/// assert_eq!(names, ["contoso", "contosocustomers"]);
/// assert_eq!(emulator.tenant(), "contoso");
///
/// let address = emulator.base_url().replace("http://", "");
/// assert!(tokio::net::TcpStream::connect(&address).await.is_ok());
///
/// // An outage: connections are refused.
/// emulator.suspend().await;
/// assert!(tokio::net::TcpStream::connect(&address).await.is_err());
/// emulator.resume().await?;
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    site: Arc<Site>,
    first: TenantHandle,
    identity: Option<Identity>,
    address: SocketAddr,
    server: Option<JoinHandle<()>>,
    /// The port while it is suspended.
    kept_port: Option<TcpSocket>,
}

/// Why the emulator could not start.
///
/// ```
/// use b2c_emulator::{Emulator, EmulatorError};
///
/// assert!(Emulator::builder().listen(([127, 0, 0, 1], 0).into()).without_socket().is_ok());
///
/// let refused = Emulator::builder().listen(([192, 0, 2, 1], 0).into()).without_socket();
/// assert!(matches!(refused, Err(EmulatorError::NotLoopback)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The address could not be bound.
    #[error("cannot listen")]
    Listen(#[source] io::Error),
    /// The address is not a loopback address. Anyone who can reach the emulator can sign in as anyone, so it must not be reachable from
    /// other machines.
    #[error("the emulator listens on loopback addresses only")]
    NotLoopback,
    /// Generating a key failed.
    #[error(transparent)]
    Key(#[from] KeyGenerationError),
    /// The seed is unusable.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The certificate could not be generated, stored or used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Emulator {
    /// A builder for a customised emulator.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Starts the tenant `contoso` of [`Seed::default`](crate::Seed::default) on a free port.
    ///
    /// # Errors
    ///
    /// If no port is free or generating a key fails.
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
            kept_port: None,
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

    /// By default `http://127.0.0.1:<port>` or, with https, `https://localhost:<port>`.
    pub fn base_url(&self) -> String {
        self.site.base.clone()
    }

    /// All tenants, in the order of the seed.
    pub fn tenants(&self) -> impl Iterator<Item = TenantHandle> {
        self.site.tenants.iter().map(TenantHandle::new)
    }

    /// The certificate authority that issued the server's certificate. `None` with http or [`Https::with_certificate`](crate::Https::with_certificate).
    pub fn authority(&self) -> Option<&CertificateAuthority> {
        self.site.authority.as_deref()
    }

    /// All endpoints as a tower service, without a socket.
    pub fn service(&self) -> EmulatorService {
        EmulatorService::new(router(&self.site))
    }

    /// [Resets](TenantHandle::reset) all tenants and clears the request log.
    pub fn reset_all(&self) {
        self.site.reset();
    }

    /// Closes the port: new connections are refused, open ones are closed. The emulator keeps the port number.
    pub async fn suspend(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            // The error says that it was aborted.
            server.await.ok();
            // Bound but not listening: connections are refused, and no other process gets the port meanwhile.
            self.kept_port = bound(self.address).ok();
        }
    }

    /// Listens on the same port again.
    ///
    /// # Errors
    ///
    /// If another process has taken the port.
    pub async fn resume(&mut self) -> Result<(), EmulatorError> {
        if self.server.is_none() {
            let socket = self.kept_port.take();
            let socket = socket.map_or_else(|| bound(self.address), Ok);
            let listener = socket.and_then(|socket| socket.listen(BACKLOG));
            self.listen(listener.map_err(EmulatorError::Listen)?);
        }
        Ok(())
    }

    fn listen(&mut self, listener: TcpListener) {
        let router = router(&self.site);
        let acceptor = self.identity.as_ref();
        let acceptor = acceptor.map(|identity| identity.acceptor.clone());
        let site = Arc::clone(&self.site);
        let serving = connections::serve(listener, acceptor, router, site);
        self.server = Some(tokio::spawn(serving));
    }
}

/// A socket bound to this address, even while earlier connections there are still closing.
fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// As in tokio's `TcpListener::bind`.
const BACKLOG: u32 = 1024;

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
