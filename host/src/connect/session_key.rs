//! The key that signs requests between workers (KIP-507, Java's `SessionKey`).

use std::fmt;

/// Made by the leader, read from the config topic by everybody. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey {
    pub key: Vec<u8>,
    /// Java's name of what the key is for: `HmacSHA256`.
    pub algorithm: String,
    /// Milliseconds since the epoch.
    pub creation_timestamp: i64,
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey")
            .field("key", &"[hidden]")
            .field("algorithm", &self.algorithm)
            .field("creation_timestamp", &self.creation_timestamp)
            .finish()
    }
}
