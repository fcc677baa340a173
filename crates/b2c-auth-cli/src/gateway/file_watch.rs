//! `--watch`: reloads the configuration and the certificate when their files change.

use std::{
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::file;

/// The watched files, and what was last seen of them.
pub(super) struct FileWatch {
    files: Vec<PathBuf>,
    known: Vec<Option<Seen>>,
}

/// What tells whether a file has changed.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Content(String),
    /// Of a file that is too large to be read every few seconds: its time and size.
    Stamp(SystemTime, u64),
}

impl FileWatch {
    /// Call this before reading the files for use. Otherwise, a change in between would be missed.
    pub(super) fn new(files: Vec<PathBuf>) -> Self {
        let known = look_at(&files);
        Self { files, known }
    }

    /// Polls forever and calls `reload` when the content of a file changes. Detects files written in place, renamed over the old one, or behind a new
    /// symbolic link, as in a Kubernetes ConfigMap.
    pub(super) async fn each(mut self, mut reload: impl FnMut()) -> Infallible {
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = look_at(&self.files);
            // A missing file is probably being replaced.
            if now.iter().all(Option::is_some) && now != self.known {
                self.known = now;
                reload();
            }
        }
    }
}

fn look_at(files: &[PathBuf]) -> Vec<Option<Seen>> {
    files.iter().map(|path| Seen::of(path)).collect()
}

impl Seen {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        if usize::try_from(metadata.len()).is_ok_and(|length| length <= file::MAX_FILE_BYTES) {
            file::read(path).ok().map(Self::Content)
        } else {
            Some(Self::Stamp(metadata.modified().ok()?, metadata.len()))
        }
    }
}

const PAUSE: Duration = Duration::from_secs(2);
