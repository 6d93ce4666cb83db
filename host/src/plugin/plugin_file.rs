//! A component's file in one state: what replaces it under the same name is another file.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where a component was found, and in which state. Whoever holds it keeps its compiled component in memory, so that what runs a
/// version can make further instances of it whatever becomes of the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PluginFile {
    pub path: PathBuf,
    pub stamp: Stamp,
}

/// Changes when a file is replaced or written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
}

impl PluginFile {
    /// The file as it is now.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        Ok(Self { path: path.to_owned(), stamp: Stamp::of(&std::fs::metadata(path)?) })
    }

    /// The place of a file that is not there.
    pub fn gone(path: PathBuf) -> Self {
        Self { path, stamp: Stamp::default() }
    }

    /// Its content, if it is still in this state before and after it was read; an error says what happened.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        let check = || {
            let metadata = std::fs::metadata(&self.path).map_err(|error| unreadable(&error))?;
            // A pipe would keep its reader waiting, and a device has no end.
            match metadata.is_file() {
                true if Stamp::of(&metadata) == self.stamp => Ok(()),
                true => Err("the file was replaced".to_owned()),
                false => Err("it is no regular file".to_owned()),
            }
        };
        check()?;
        let content = std::fs::read(&self.path).map_err(|error| unreadable(&error))?;
        check()?;
        Ok(content)
    }
}

/// Why a file that cannot be read is no plugin.
pub fn unreadable(error: &std::io::Error) -> String {
    format!("it cannot be read: {error}")
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }

    /// The file's size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
