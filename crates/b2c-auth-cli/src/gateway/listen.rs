//! Addresses → open ports.

use std::{error::Error, io, io::Write as _, net::SocketAddr};

use tokio::net::{TcpListener, lookup_host};

use crate::cli::Address;

/// Opens the port at every address of the host, and prints where.
///
/// # Errors
///
/// When there is no such host, or the port is in use at one of its addresses.
pub(super) async fn open(
    what: &str,
    flag: &str,
    address: &Address,
) -> Result<Vec<TcpListener>, Box<dyn Error>> {
    let cannot = |at: &dyn std::fmt::Display, error: io::Error| {
        format!("cannot listen on {at} ({flag}): {error}")
    };
    let addresses = lookup_host(address.as_str()).await;
    let addresses = addresses.map_err(|error| cannot(address, error))?;
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut unknown = None;
    for mut socket in addresses {
        if let Some(first) = listeners.first() {
            // Port 0 has become a free one, and is to be the same everywhere.
            socket.set_port(first.local_addr()?.port());
        }
        match TcpListener::bind(socket).await {
            Ok(listener) => listeners.push(listener),
            // `localhost` may name an IPv6 address where there is no IPv6.
            Err(error) if is_not_here(&error) => unknown = Some(cannot(&socket, error)),
            Err(error) => return Err(cannot(&socket, error).into()),
        }
    }
    match unknown {
        Some(error) if listeners.is_empty() => return Err(error.into()),
        _ => {}
    }
    for listener in &listeners {
        announce(what, listener.local_addr()?)?;
    }
    Ok(listeners)
}

fn announce(what: &str, address: SocketAddr) -> io::Result<()> {
    writeln!(io::stdout(), "{what} listening on http://{address}")
}

/// Whether this machine has no such address.
fn is_not_here(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    )
}
