//! `--usage-file`: keeps the usage of issuers, the evidence for a migration, across restarts.

use std::{
    error::Error,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::sync::watch;
use tower_b2c_auth::{Clock, migration::UsageSnapshot};

use crate::configuration::GatewayLayer;
use crate::file;

/// Reads the usage saved by an earlier process. `None` if there is no file yet.
///
/// # Errors
///
/// If the file cannot be read or is not a usage snapshot of this version.
pub(super) fn read(path: &Path) -> Result<Option<UsageSnapshot>, Box<dyn Error>> {
    let name = path.display();
    let exists = path.try_exists();
    if !exists.map_err(|error| file::unreadable(path, Some(OPTION), &error))? {
        return Ok(None);
    }
    let text = file::read_up_to(path, Some(OPTION), MAX_USAGE_BYTES)?;
    let usage = serde_json::from_str(&text).map_err(|error| {
        format!(
            "{name} is not a usage file of this version: {error}. If it belongs to another program, give --usage-file another path. \
             Otherwise move it away: the gateway then starts counting from zero, and the quiet period starts anew"
        )
    })?;
    Ok(Some(usage))
}

/// Saves the usage, and reports when saving begins to fail or works again. It never stops the gateway.
#[derive(Debug)]
pub(super) struct UsageFile {
    path: PathBuf,
    /// The kind of the last reported failure, until saving works again. The text would differ each time: it names a temporary file.
    reported: Option<io::ErrorKind>,
}

impl UsageFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            reported: None,
        }
    }

    /// Replaces the file with this snapshot.
    pub(super) async fn save(mut self, usage: UsageSnapshot) -> Self {
        let path = self.path.clone();
        // Writing blocks.
        let written = tokio::task::spawn_blocking(move || write(&path, &usage)).await;
        let result = written.unwrap_or_else(|error| Err(io::Error::other(error)));
        self.report(&result);
        self
    }

    /// Saves the usage of this layer once a minute until `stop` becomes true.
    pub(super) async fn save_every_minute(
        mut self,
        auth: GatewayLayer,
        clock: impl Clock,
        mut stop: watch::Receiver<bool>,
    ) -> Self {
        loop {
            tokio::select! {
                () = clock.sleep(SAVE_INTERVAL) => {}
                // An error means that the sender is gone.
                _ = stop.wait_for(|stop| *stop) => return self,
            }
            self = self.save(auth.usage_snapshot()).await;
        }
    }

    fn report(&mut self, result: &io::Result<()>) {
        let file = self.path.display();
        let failure = result.as_ref().err().map(io::Error::kind);
        match result {
            Err(error) if self.reported != failure => tracing::warn!(
                %file,
                %error,
                "the usage cannot be saved; a restart will lose what was counted since the last save and, if that was over two minutes ago, start the quiet period anew"
            ),
            Ok(()) if self.reported.is_some() => tracing::info!(%file, "the usage is saved again"),
            _ => {}
        }
        self.reported = failure;
    }
}

/// Replaces the file completely or not at all, even if the machine loses power. If the path is a symbolic link, replaces its target, which need not exist
/// yet.
fn write(path: &Path, usage: &UsageSnapshot) -> io::Result<()> {
    let path = target(path);
    let folder = folder(&path);
    // A rename is atomic only within a file system.
    let mut file = tempfile::Builder::new()
        .prefix(".b2c-auth-usage-")
        .tempfile_in(folder)?;
    file.write_all(&serde_json::to_vec(usage)?)?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    // Syncing the folder makes the rename durable. Windows cannot open a folder as a file.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The path at the end of a chain of symbolic links.
fn target(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(next) = fs::read_link(&path) else {
            break;
        };
        path = folder(&path).join(next);
    }
    path
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

const OPTION: &str = "--usage-file";
/// As many links as Linux follows.
const MAX_LINKS: usize = 40;
/// The largest usage file. A full one has a thousand rows. Each takes half a kilobyte, and its users take a kilobyte and a half for each of seven days.
const MAX_USAGE_BYTES: usize = 16 << 20;
/// A crash loses at most the uses counted in this time. If a process starts more than two minutes after the last save, the quiet period starts anew.
const SAVE_INTERVAL: Duration = Duration::from_secs(60);
