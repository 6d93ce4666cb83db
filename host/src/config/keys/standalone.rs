//! The keys of a standalone worker (Java's `StandaloneConfig`).

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator};
use super::{REQUIRED, key, rest, sandbox, worker};

pub const OFFSET_STORAGE_FILE: &str = "offset.storage.file.filename";

/// All keys that a standalone worker's properties may have, without those that are passed on to clients.
pub fn keys() -> Vec<ConfigKey> {
    let mut keys = worker::keys();
    keys.extend(rest::keys());
    keys.push(
        key(
            OFFSET_STORAGE_FILE,
            T::String,
            REQUIRED,
            I::High,
            "The file that source connectors' offsets are kept in. A relative one starts at the working directory.",
        )
        .check(Validator::NonEmpty),
    );
    keys.extend(sandbox::keys());
    keys
}
