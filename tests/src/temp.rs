//! A directory for one test, in cargo's target directory or the system's; it stays only when the test failed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::paths;

static SOME_TEST_FAILED: AtomicBool = AtomicBool::new(false);

/// Removed on drop, unless a panic is on its way.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new(name: &str) -> Self {
        Self::within(&paths::target().join("test-runs"), name)
    }

    /// One that is in no case inside of the repository.
    pub fn outside(name: &str) -> Self {
        Self::within(&std::env::temp_dir().join("wasm-connect-tests"), name)
    }

    fn within(parent: &Path, name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap_or_else(|error| panic!("could not create {}: {error}", path.display()));
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of `name` in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes `content` to `name` in it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, content).unwrap_or_else(|error| panic!("could not write {}: {error}", path.display()));
        path
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if std::thread::panicking() {
            SOME_TEST_FAILED.store(true, Ordering::Relaxed);
            eprintln!("the test's files are kept in {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// Whether a directory was kept in this process, so that shared logs are worth keeping too.
pub fn some_test_failed() -> bool {
    SOME_TEST_FAILED.load(Ordering::Relaxed)
}
