//! `--watch`: reloads the configuration and the certificate when their files change.

use std::{convert::Infallible, path::PathBuf, time::Duration};

use crate::file;

/// The watched files and their last known content.
pub(super) struct FileWatch {
    files: Vec<PathBuf>,
    known: Vec<Option<String>>,
}

impl FileWatch {
    /// Call this before reading the files for use. Otherwise, a change in between would be missed.
    pub(super) fn new(files: Vec<PathBuf>) -> Self {
        let known = contents(&files);
        Self { files, known }
    }

    /// Polls forever and calls `reload` when the content of a file changes. Detects files written in place, renamed over the old one, or behind a new
    /// symbolic link, as in a Kubernetes ConfigMap.
    pub(super) async fn each(mut self, mut reload: impl FnMut()) -> Infallible {
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = contents(&self.files);
            // A missing file is probably being replaced.
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
