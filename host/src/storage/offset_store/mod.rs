//! Committed source offsets (Java's `OffsetBackingStore`), whatever keeps them.

mod file;
mod kafka;
mod offsets;
/// One record of the offsets topic, to bytes and back.
pub mod record;
mod source_partition;

use async_trait::async_trait;

use super::kafka_based_log::LogError;

pub use file::FileOffsetStore;
pub use kafka::KafkaOffsetStore;
pub use offsets::{OffsetBytes, Offsets};
pub use record::{OffsetRecord, UnreadableOffset};
pub use source_partition::{NotAFlatObject, SourcePartition};

/// Offsets could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum OffsetStoreError {
    #[error("cannot {action} the offsets file '{path}': {source}")]
    Io { action: &'static str, path: String, source: std::io::Error },
    /// The file is left as it is.
    #[error(
        "the offsets file '{path}' is not one of Wasm Connect's ({found}); name another 'offset.storage.file.filename', \
         or move that file away to start without offsets"
    )]
    Foreign { path: String, found: String },
    /// The offsets topic could not be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Partition(#[from] NotAFlatObject),
}

/// An offset in a partition of a source; both are flat JSON objects. No offset: forgotten.
pub type SourceOffset = (SourcePartition, Option<String>);

/// Keeps the offsets of all source connectors of a worker.
#[async_trait]
pub trait OffsetStore: Send + Sync {
    /// The committed offsets in the order asked; none: nothing committed.
    async fn get(
        &self,
        connector: &str,
        partitions: &[SourcePartition],
    ) -> Result<Vec<Option<String>>, OffsetStoreError>;
    /// Commits all of them; when it returns they survive a crash. After an error some may be committed, never half of one.
    async fn set(&self, connector: &str, offsets: Vec<SourceOffset>) -> Result<(), OffsetStoreError>;
    /// Every partition that the connector has an offset for.
    async fn list(&self, connector: &str) -> Result<Vec<(String, String)>, OffsetStoreError>;
}
