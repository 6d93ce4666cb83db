//! A directory for what the suite has plugins write, gone when it is dropped.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Distinguishes the directories of this process.
static NEXT: AtomicUsize = AtomicUsize::new(0);

pub struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    pub fn new() -> Result<Self, String> {
        let name = format!("wasm-connect-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        // Without links on the way: grants follow none.
        let made = std::fs::create_dir_all(&path).and_then(|()| path.canonicalize());
        made.map(Self).map_err(|error| format!("could not make {}: {error}", path.display()))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What is in all files under it, by path.
    pub fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut directories = vec![self.0.clone()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                let path = entry.path();
                match std::fs::read(&path) {
                    Ok(content) => files.push((path, content)),
                    Err(_) => directories.push(path),
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // A leftover of a test in the system's directory for such.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
