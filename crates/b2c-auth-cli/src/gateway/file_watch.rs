//! `--watch`: reloads the configuration and the certificate when their files change.

use std::{
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::file;

/// The watched files, and what was last seen of them.
pub(super) struct FileWatch {
    files: Vec<PathBuf>,
    known: Vec<Option<Seen>>,
}

/// What a file looked like, to detect changes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Content(Vec<u8>),
    /// The modification time and size of a file that is too large to read every second.
    Stamp(SystemTime, u64),
    /// The file cannot be read. Reading it for use reports why.
    Unreadable(io::ErrorKind),
}

impl FileWatch {
    /// Call this before reading the files for use. Otherwise, a change in between would be missed.
    pub(super) fn new(files: Vec<PathBuf>) -> Self {
        let known = look_at(&files);
        Self { files, known }
    }

    /// Polls forever and calls `reload` when a file has changed, or can no longer be read. Detects files written in place, renamed over the old one, or behind
    /// a new symbolic link, as in a Kubernetes ConfigMap.
    pub(super) async fn each(mut self, mut reload: impl FnMut()) -> Infallible {
        let mut before = None;
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = look_at(&self.files);
            // A missing file is probably being replaced, and one that has changed since the last look is probably being written.
            let is_settled = now.iter().all(Option::is_some) && before.as_ref() == Some(&now);
            if is_settled && now != self.known {
                self.known.clone_from(&now);
                reload();
            }
            before = Some(now);
        }
    }
}

fn look_at(files: &[PathBuf]) -> Vec<Option<Seen>> {
    files.iter().map(|path| Seen::of(path)).collect()
}

impl Seen {
    /// `None` if the file is missing.
    fn of(path: &Path) -> Option<Self> {
        match Self::try_of(path) {
            Ok(seen) => Some(seen),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(Self::Unreadable(error.kind())),
        }
    }

    fn try_of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        if usize::try_from(metadata.len()).is_ok_and(|length| length <= file::MAX_FILE_BYTES) {
            file::bytes(path, file::MAX_FILE_BYTES).map(Self::Content)
        } else {
            Ok(Self::Stamp(metadata.modified()?, metadata.len()))
        }
    }
}

const PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_file_is_not_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b2c.toml");
        assert_eq!(Seen::of(&file), None);
        fs::write(&file, b"# \xfc").unwrap();
        assert_eq!(Seen::of(&file), Some(Seen::Content(b"# \xfc".to_vec())));
        fs::write(&file, vec![b'#'; file::MAX_FILE_BYTES + 1]).unwrap();
        assert!(matches!(Seen::of(&file), Some(Seen::Stamp(..))));
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(matches!(Seen::of(&file), Some(Seen::Unreadable(_))));
    }
}
