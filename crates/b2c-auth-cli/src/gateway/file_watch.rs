//! `--watch`: reloads when a file named by an option or by the settings has changed.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs,
    hash::{BuildHasher as _, RandomState},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::task::spawn_blocking;

use crate::file;

/// The watched files, and what was last seen of them. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct FileWatch {
    of_options: Arc<[PathBuf]>,
    known: Arc<Mutex<BTreeMap<PathBuf, Seen>>>,
    hasher: RandomState,
}

/// What a file looked like, to detect changes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    /// A hash instead of the content, because the content may be a secret key.
    Content(u64),
    /// The modification time and size of a file that is too large to read at each look.
    Stamp(SystemTime, u64),
    /// A folder; or a pipe, which reading would empty; or a device, which may have no end.
    NotAFile,
    /// The file cannot be read. Reading it for use reports why.
    Unreadable(io::ErrorKind),
}

impl FileWatch {
    /// Watches the files that options name. Call this before reading them for use. Otherwise, a change in between would be missed.
    pub(super) fn new<'a>(of_options: impl Iterator<Item = &'a Path>) -> Self {
        let watch = Self {
            of_options: of_options.map(Path::to_owned).collect(),
            known: Arc::default(),
            hasher: RandomState::new(),
        };
        watch.follow([].into_iter());
        watch
    }

    /// Watches the files that the settings name, instead of those that earlier settings named. Call this before reading them for use.
    pub(super) fn follow<'a>(&self, of_settings: impl Iterator<Item = &'a Path>) {
        let of_options = self.of_options.iter().cloned();
        let files = of_options.chain(of_settings.map(Path::to_owned));
        let before = self.known().clone();
        let files = files.map(|file| {
            let seen = before.get(&file).cloned();
            // Reading may take long, so the lock must not be held.
            let seen = seen.unwrap_or_else(|| Seen::of(&file, &self.hasher));
            (file, seen)
        });
        let files = files.collect();
        *self.known() = files;
    }

    /// Polls forever and calls `reload` when a file has changed, is missing or can no longer be read. Detects files written in place, renamed over the old one, or
    /// behind a new symbolic link, as in a Kubernetes ConfigMap.
    pub(super) async fn each(&self, mut reload: impl AsyncFnMut()) -> Infallible {
        let mut before = None;
        loop {
            tokio::time::sleep(PAUSE).await;
            let watch = self.clone();
            // Reading blocks.
            let Ok(now) = spawn_blocking(move || watch.look()).await else {
                continue;
            };
            // A file that has changed since the last look is probably being written, and one that is missing for the first time is probably being replaced.
            let is_settled = before.as_ref() == Some(&now);
            if is_settled && self.is_news(&now) {
                reload().await;
            }
            before = Some(now);
        }
    }

    /// Whether the watched files have changed. If so, remembers what they look like now. After a reload that began in between, the files may be others.
    fn is_news(&self, now: &BTreeMap<PathBuf, Seen>) -> bool {
        let mut known = self.known();
        let is_news = known.keys().eq(now.keys()) && *known != *now;
        if is_news {
            known.clone_from(now);
        }
        is_news
    }

    fn look(&self) -> BTreeMap<PathBuf, Seen> {
        let files: Vec<_> = self.known().keys().cloned().collect();
        let seen = files.into_iter().map(|file| {
            let seen = Seen::of(&file, &self.hasher);
            (file, seen)
        });
        seen.collect()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Seen>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn of(path: &Path, hasher: &RandomState) -> Self {
        Self::try_of(path, hasher).unwrap_or_else(|error| Self::Unreadable(error.kind()))
    }

    fn try_of(path: &Path, hasher: &RandomState) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Ok(Self::NotAFile);
        }
        if usize::try_from(metadata.len()).is_ok_and(|length| length <= file::MAX_FILE_BYTES) {
            let content = file::bytes(path, file::MAX_FILE_BYTES)?;
            Ok(Self::Content(hasher.hash_one(content)))
        } else {
            Ok(Self::Stamp(metadata.modified()?, metadata.len()))
        }
    }
}

const PAUSE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_file_change_is_noticed() {
        let hasher = RandomState::new();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b2c.toml");
        let see = || Seen::of(&file, &hasher);
        let missing = see();
        assert_eq!(missing, Seen::Unreadable(io::ErrorKind::NotFound));
        fs::write(&file, b"# \xfc").unwrap();
        let latin1 = see();
        assert_eq!(latin1, see());
        fs::write(&file, b"# \xfd").unwrap();
        assert_ne!(latin1, see());
        fs::write(&file, vec![b'#'; file::MAX_FILE_BYTES + 1]).unwrap();
        assert!(matches!(see(), Seen::Stamp(..)));
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(see(), Seen::NotAFile);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        assert_eq!(Seen::of(&pipe, &RandomState::new()), Seen::NotAFile);
    }

    #[test]
    fn a_file_is_followed_for_as_long_as_the_settings_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let [option, one, other] = ["b2c.toml", "one.pem", "other.pem"].map(|name| {
            let file = folder.path().join(name);
            fs::write(&file, name).unwrap();
            file
        });
        let watch = FileWatch::new([&*option].into_iter());
        watch.follow([&*one].into_iter());
        let seen = watch.look();
        assert_eq!(*watch.known(), seen);
        assert!(seen.keys().eq([&option, &one]));

        // It was changed after it was last seen. Naming it again must not hide that.
        fs::write(&one, "changed").unwrap();
        watch.follow([&*one, &*other].into_iter());
        let seen = watch.look();
        assert_ne!(*watch.known(), seen);
        assert!(seen.keys().eq([&option, &one, &other]));

        watch.follow([&*other].into_iter());
        let seen = watch.look();
        assert_eq!(*watch.known(), seen);
        assert!(seen.keys().eq([&option, &other]));
    }
}
