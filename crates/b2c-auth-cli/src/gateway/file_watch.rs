//! `--watch`: configuration files that are read again when they have changed, where nobody can send SIGHUP.

use std::{convert::Infallible, path::PathBuf, time::Duration};

use crate::file;

/// Files, and what stood in them when they were last looked at.
pub(super) struct FileWatch {
    files: Vec<PathBuf>,
    known: Vec<Option<String>>,
}

impl FileWatch {
    /// To be made before the files are read for use, so that no change in between is missed.
    pub(super) fn new(files: Vec<PathBuf>) -> Self {
        let known = contents(&files);
        Self { files, known }
    }

    /// Looks from time to time, for ever, and calls `reload` when a file has other content. Whether it was written, renamed over the old one
    /// or is behind another symbolic link, as in a ConfigMap, makes no difference.
    pub(super) async fn each(mut self, mut reload: impl FnMut()) -> Infallible {
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = contents(&self.files);
            // A file that is not there, or not yet, changes nothing.
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
