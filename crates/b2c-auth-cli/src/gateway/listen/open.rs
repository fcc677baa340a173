//! Addresses ─▶ open sockets.

use std::{error::Error, fmt::Display, io};

use listenfd::ListenFd;
use tokio::net::{TcpListener, lookup_host};

use super::{Certificate, Listener, Protocol, socket::Socket};
use crate::cli::Address;

/// Opens sockets, or takes those passed by systemd, in order.
pub(in crate::gateway) struct Opener {
    from_systemd: ListenFd,
    next: usize,
    certificate: Option<Certificate>,
}

impl Opener {
    /// With a certificate, every TCP port except the operators' uses TLS.
    pub(in crate::gateway) fn new(certificate: Option<Certificate>) -> Self {
        Self {
            from_systemd: ListenFd::from_env(),
            next: 0,
            certificate,
        }
    }

    /// Opens an address. For a host name, opens the port at all addresses of the host.
    ///
    /// # Errors
    ///
    /// If the host or socket does not exist, or the port is in use at one of the addresses.
    pub(in crate::gateway) async fn open(
        &mut self,
        flag: &str,
        address: &Address,
        protocol: Option<Protocol>,
    ) -> Result<Vec<Listener>, Box<dyn Error>> {
        let cannot = |at: &dyn Display, error: &dyn Display| -> Box<dyn Error> {
            format!("cannot listen on {at} ({flag}): {error}").into()
        };
        let sockets = match address {
            Address::Tcp(host) => tcp(host, &cannot).await?,
            #[cfg(unix)]
            Address::Unix(path) => {
                let socket = Socket::unix(path.clone());
                vec![socket.map_err(|error| cannot(address, &error))?]
            }
            #[cfg(not(unix))]
            Address::Unix(_) => return Err(cannot(address, &"this system has no Unix sockets")),
            Address::Systemd => {
                let socket = self.passed().map_err(|error| cannot(address, &error))?;
                vec![
                    socket
                        .ok_or_else(|| cannot(address, &"systemd passed no socket, or too few"))?,
                ]
            }
        };
        let mut listeners = Vec::new();
        for socket in sockets {
            let tls = match (&self.certificate, protocol, &socket) {
                (Some(certificate), Some(protocol), Socket::Tcp(_)) => {
                    Some(certificate.acceptor(protocol)?)
                }
                _ => None,
            };
            listeners.push(Listener::new(socket, tls));
        }
        Ok(listeners)
    }

    fn passed(&mut self) -> io::Result<Option<Socket>> {
        let at = self.next;
        self.next = self.next.saturating_add(1);
        #[cfg(unix)]
        if let Ok(Some(listener)) = self.from_systemd.take_unix_listener(at) {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::UnixListener::from_std(listener)?;
            return Ok(Some(Socket::Unix(listener, None)));
        }
        let Some(listener) = self.from_systemd.take_tcp_listener(at)? else {
            return Ok(None);
        };
        listener.set_nonblocking(true)?;
        Ok(Some(Socket::Tcp(TcpListener::from_std(listener)?)))
    }
}

async fn tcp(
    host: &str,
    cannot: &impl Fn(&dyn Display, &dyn Display) -> Box<dyn Error>,
) -> Result<Vec<Socket>, Box<dyn Error>> {
    let addresses = lookup_host(host).await;
    let addresses = addresses.map_err(|error| cannot(&host, &error))?;
    let mut sockets = Vec::new();
    let mut port = None;
    let mut unknown = None;
    for mut address in addresses {
        if let Some(port) = port {
            // Port 0 became a free port; use the same one at every address.
            address.set_port(port);
        }
        match TcpListener::bind(address).await {
            Ok(listener) => {
                port = Some(listener.local_addr()?.port());
                sockets.push(Socket::Tcp(listener));
            }
            // `localhost` may resolve to an IPv6 address on a machine without IPv6.
            Err(error) if is_not_here(&error) => unknown = Some(cannot(&address, &error)),
            Err(error) => return Err(cannot(&address, &error)),
        }
    }
    match unknown {
        Some(error) if sockets.is_empty() => Err(error),
        _ => Ok(sockets),
    }
}

/// Whether this machine has no such address.
fn is_not_here(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    )
}
