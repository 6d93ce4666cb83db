//! Looks at granted files in place of the idle tasks that follow them: to look costs a microsecond, to poll a guest forty.
//!
//! All files are looked at together, once in [`FILE_LOOK_INTERVAL`] from the time on that a task first waits for one. Notifications
//! of the kernel would be no better than for the plugin path: they do not come from network file systems.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cap_std::fs::MetadataExt;
use tokio::sync::Notify;

use super::paths::{Looks, Target};
use crate::connect::caps::FILE_LOOK_INTERVAL;

/// Who watches files, of all instances.
#[derive(Default)]
pub struct FileWatch(Mutex<Watching>);

#[derive(Default)]
struct Watching {
    files: Vec<Weak<Seen>>,
    /// Somebody makes the rounds.
    rounds: bool,
}

/// The files of one instance.
pub struct WatchedFiles {
    /// From the first wait on.
    seen: Option<Arc<Seen>>,
    files: Vec<Target>,
    watch: Arc<FileWatch>,
}

struct Seen {
    files: Vec<Target>,
    /// What tells one state of the files from another; of the last round.
    state: AtomicU64,
    changed: Notify,
}

impl WatchedFiles {
    /// Nothing is looked at yet.
    pub fn new(files: Vec<Target>, watch: &Arc<FileWatch>) -> Self {
        Self { seen: None, files, watch: watch.clone() }
    }

    /// Waits until one has changed since this was last called, or was there when it was first called; for ever if there are none.
    /// What changed between two calls is told at once, also if the guest has seen it meanwhile.
    pub async fn changed(&mut self) {
        if self.seen.is_none() && !self.files.is_empty() {
            let files = std::mem::take(&mut self.files);
            // The first round sees a change, as nobody knows what was before: so none is missed between the guest's look and it.
            let seen = Arc::new(Seen { files, state: AtomicU64::default(), changed: Notify::new() });
            self.watch.add(&seen);
            self.seen = Some(seen);
        }
        match &self.seen {
            Some(seen) => seen.changed.notified().await,
            None => std::future::pending().await,
        }
    }
}

impl FileWatch {
    fn add(self: &Arc<Self>, seen: &Arc<Seen>) {
        let mut watching = self.watching();
        watching.files.push(Arc::downgrade(seen));
        if !std::mem::replace(&mut watching.rounds, true) {
            tokio::spawn(self.clone().make_rounds());
        }
    }

    async fn make_rounds(self: Arc<Self>) {
        loop {
            tokio::time::sleep(FILE_LOOK_INTERVAL).await;
            let Some(files) = self.watched() else { return };
            // A file system of the network may keep whoever looks at it. A panic there would be told, and the next round is another.
            let _ = tokio::task::spawn_blocking(move || look(&files)).await;
        }
    }

    /// None: nobody watches any more, and the rounds end.
    fn watched(&self) -> Option<Vec<Weak<Seen>>> {
        let mut watching = self.watching();
        watching.files.retain(|files| files.strong_count() > 0);
        watching.rounds = !watching.files.is_empty();
        watching.rounds.then(|| watching.files.clone())
    }

    fn watching(&self) -> MutexGuard<'_, Watching> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look(watched: &[Weak<Seen>]) {
    let mut looks = Looks::default();
    for seen in watched.iter().filter_map(Weak::upgrade) {
        let state = state(&seen.files, &mut looks);
        if seen.state.swap(state, Ordering::Relaxed) != state {
            seen.changed.notify_one();
        }
    }
}

fn state(files: &[Target], looks: &mut Looks) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in files {
        let metadata = looks.metadata(file).ok();
        let state = metadata.map(|file| (file.dev(), file.ino(), file.size(), file.mtime(), file.mtime_nsec()));
        state.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use super::*;
    use crate::plugin::component::host::paths::GrantedPaths;
    use crate::plugin::sandbox::PathGrant;

    const DEADLINE: Duration = Duration::from_secs(30);

    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("wasm-connect-watch-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(path.join("in")).unwrap();
            Self(path)
        }

        fn file(&self, relative: &str) -> PathBuf {
            self.0.join(relative)
        }

        fn granted(&self, relative: &[&str]) -> Vec<Target> {
            let grant = |relative: &&str| PathGrant {
                path: self.0.join(relative),
                literal: relative.into(),
                root: self.0.clone(),
                relative: relative.into(),
                directory: Path::new(relative).extension().is_none(),
                write: false,
            };
            GrantedPaths::new(&relative.iter().map(grant).collect::<Vec<_>>()).files()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// Looks in place of the rounds: whether the files were seen to change.
    fn has_changed(seen: &Arc<Seen>) -> bool {
        let before = seen.state.load(Ordering::Relaxed);
        look(&[Arc::downgrade(seen)]);
        seen.state.load(Ordering::Relaxed) != before
    }

    #[test]
    fn what_happens_to_a_file_is_seen() {
        let directory = Directory::new("seen");
        let files = directory.granted(&["in/a.txt", "in/b.txt", "in"]);
        assert_eq!(files.len(), 2, "a directory is not watched");
        let seen = Arc::new(Seen { files, state: AtomicU64::default(), changed: Notify::new() });
        let (a, b) = (directory.file("in/a.txt"), directory.file("in/b.txt"));
        let check = |what: &str, expected: bool| assert_eq!(has_changed(&seen), expected, "{what}");
        check("the first look", true);
        check("both are missing", false);
        fs::write(&b, "one").unwrap();
        check("one is there", true);
        check("it stays so", false);
        fs::write(&b, "one, two").unwrap();
        check("it has grown", true);
        fs::write(&a, "1").unwrap();
        check("so is the other one", true);
        fs::rename(&b, directory.file("in/c.txt")).unwrap();
        fs::write(&b, "one, two").unwrap();
        check("it was replaced", true);
        fs::remove_file(&a).unwrap();
        check("it is gone", true);
        fs::rename(directory.file("in"), directory.file("out")).unwrap();
        check("the directory is gone", true);
        check("all are missing", false);
    }

    #[test]
    fn a_link_is_not_followed() {
        let directory = Directory::new("link");
        fs::write(directory.file("secret"), "x").unwrap();
        std::os::unix::fs::symlink(directory.file("secret"), directory.file("in/a.txt")).unwrap();
        let seen =
            Seen { files: directory.granted(&["in/a.txt"]), state: AtomicU64::default(), changed: Notify::new() };
        let seen = Arc::new(seen);
        assert!(has_changed(&seen));
        fs::write(directory.file("secret"), "xyz").unwrap();
        assert!(!has_changed(&seen));
    }

    #[tokio::test]
    async fn who_waits_is_told() {
        let directory = Directory::new("told");
        let watch = Arc::<FileWatch>::default();
        let told = async |files: &mut WatchedFiles| {
            tokio::time::timeout(DEADLINE, files.changed()).await.expect("told in time");
        };
        let mut files = WatchedFiles::new(directory.granted(&["in/a.txt"]), &watch);
        let mut others = WatchedFiles::new(directory.granted(&["in/b.txt"]), &watch);
        told(&mut files).await;
        told(&mut others).await;
        fs::write(directory.file("in/a.txt"), "x").unwrap();
        told(&mut files).await;
        assert!(tokio::time::timeout(Duration::ZERO, others.changed()).await.is_err(), "its file is not there yet");
        drop((files, others));
        assert!(watch.watched().is_none());
        let mut none = WatchedFiles::new(Vec::new(), &watch);
        assert!(tokio::time::timeout(Duration::ZERO, none.changed()).await.is_err());
        assert!(!watch.watching().rounds, "nobody looks at nothing");
    }
}
