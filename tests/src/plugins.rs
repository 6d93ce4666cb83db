//! Plugins to drop into the path of a running worker: copies in other versions, and slow or bad ones.

use std::fs;
use std::path::Path;

use crate::paths;

/// The version that the guests of `tests/guests` say they have.
pub const GUESTS_VERSION: &str = "1.0.0";
/// The version that the file plugins say they have: Kafka's, whose configurations they take.
pub const FILE_VERSION: &str = "4.3.1";

/// The component of the guests of `tests/guests`, in another version.
pub fn guests(version: &str) -> Vec<u8> {
    in_version(&fs::read(paths::test_plugins().join("test-guests.wasm")).expect("the guests"), GUESTS_VERSION, version)
}

/// The component of the file source, in another version.
pub fn file_source(version: &str) -> Vec<u8> {
    in_version(&fs::read(paths::plugins().join("file-source.wasm")).expect("the file source"), FILE_VERSION, version)
}

/// A component that says it has another version, of the same length, both in its code and in its description.
fn in_version(component: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = component.to_vec();
    let at: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert!(!at.is_empty(), "the component does not say its version {from}");
    at.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to.as_bytes()));
    bytes
}

/// Puts a component at `path` as a whole: written under another name and moved.
pub fn install(path: &Path, component: &[u8]) {
    let name = path.file_name().expect("a file name").to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}"));
    fs::write(&temporary, component).expect("the plugin can be written");
    fs::rename(&temporary, path).expect("the plugin can be moved");
}
