//! An open socket.

use std::io;
#[cfg(unix)]
use std::path::PathBuf;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::Connection;

#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(
        UnixListener,
        #[expect(dead_code, reason = "dropped with the listener")] Option<RemoveOnDrop>,
    ),
}

impl Socket {
    pub(super) async fn accept(&self) -> io::Result<Connection> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Responses are small, and clients wait for them.
                stream.set_nodelay(true).ok();
                Ok(Connection::new(stream))
            }
            #[cfg(unix)]
            Self::Unix(listener, _) => Ok(Connection::new(listener.accept().await?.0)),
        }
    }

    /// Its URL, with the actual port in place of 0.
    pub(super) fn url(&self, scheme: &str) -> io::Result<String> {
        match self {
            Self::Tcp(listener) => Ok(format!("{scheme}://{}", listener.local_addr()?)),
            #[cfg(unix)]
            Self::Unix(listener, _) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().unwrap_or("".as_ref());
                Ok(format!("unix:{}", path.display()))
            }
        }
    }
}

#[cfg(unix)]
impl Socket {
    /// Replaces the file of a socket on which no process listens any more.
    pub(super) fn unix(path: PathBuf) -> io::Result<Self> {
        use std::{fs, os::unix::fs::FileTypeExt as _};

        if let Ok(there) = fs::symlink_metadata(&path) {
            let kind = there.file_type();
            if !kind.is_socket() {
                let kind = match (kind.is_dir(), kind.is_symlink()) {
                    (true, _) => "a folder",
                    (_, true) => "a symbolic link",
                    _ => "a file",
                };
                return Err(io::Error::other(format!(
                    "this is {kind}, not a socket; choose a path at which there is nothing yet"
                )));
            }
            if std::os::unix::net::UnixStream::connect(&path).is_err() {
                fs::remove_file(&path)?;
            }
        }
        let listener = UnixListener::bind(&path)?;
        Ok(Self::Unix(listener, Some(RemoveOnDrop(path))))
    }
}

/// The file of a socket, deleted on drop.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct RemoveOnDrop(PathBuf);

#[cfg(unix)]
impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}
