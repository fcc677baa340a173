//! `--watch`: reloads configuration files when they change, for where SIGHUP cannot be sent.

use std::{convert::Infallible, path::PathBuf, time::Duration};

use crate::file;

/// Files, and their content when last read.
pub(super) struct FileWatch {
    files: Vec<PathBuf>,
    known: Vec<Option<String>>,
}

impl FileWatch {
    /// Create it before reading the files for use, so that no change in between is missed.
    pub(super) fn new(files: Vec<PathBuf>) -> Self {
        let known = contents(&files);
        Self { files, known }
    }

    /// Polls forever and calls `reload` when a file's content changes: written in place, renamed over the old one, or behind a new symbolic link as
    /// in a ConfigMap.
    pub(super) async fn each(mut self, mut reload: impl FnMut()) -> Infallible {
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = contents(&self.files);
            // A missing file changes nothing.
            if now.iter().all(Option::is_some) && now != self.known {
                self.known = now;
                reload();
            }
        }
    }
}

fn contents(files: &[PathBuf]) -> Vec<Option<String>> {
    files.iter().map(|path| file::read(path).ok()).collect()
}

const PAUSE: Duration = Duration::from_secs(2);
