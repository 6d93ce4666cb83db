//! Source offsets in a compacted topic that all workers of a cluster share (Java's `KafkaOffsetBackingStore`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{OffsetStore, OffsetStoreError, Offsets, SourceOffset, SourcePartition};
use crate::kafka::ports::{Admin, Clients, Message};
use crate::storage::kafka_based_log::{KafkaBasedLog, LogError, LogListener, LogOptions, LogRecord};

/// See the module's description. Whoever reads an offset waits until everything was read that is in the topic by then, as
/// another worker may have written it last; that takes as long as brokers are away.
pub struct KafkaOffsetStore {
    log: KafkaBasedLog,
    offsets: Replayed,
}

/// What the log adds up to.
#[derive(Clone, Default)]
struct Replayed(Arc<Mutex<Offsets>>);

impl Replayed {
    fn lock(&self) -> MutexGuard<'_, Offsets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogListener for Replayed {
    fn consumed(&mut self, record: &Message<'_>) {
        if let Err(error) = self.lock().read(record.key, record.value) {
            let Message { topic, partition, offset, .. } = record;
            tracing::warn!("Ignoring the record at offset {offset} of {topic}-{partition}: {error}");
        }
    }
}

impl KafkaOffsetStore {
    /// Reads the topic, which is created if it is missing.
    pub async fn start(
        options: LogOptions,
        clients: &Arc<dyn Clients>,
        admin: &Arc<dyn Admin>,
    ) -> Result<Self, LogError> {
        let offsets = Replayed::default();
        Ok(Self { log: KafkaBasedLog::start(options, clients, admin, offsets.clone()).await?, offsets })
    }
}

#[async_trait]
impl OffsetStore for KafkaOffsetStore {
    async fn get(
        &self,
        connector: &str,
        partitions: &[SourcePartition],
    ) -> Result<Vec<Option<String>>, OffsetStoreError> {
        self.log.read_to_end().await?;
        let offsets = self.offsets.lock();
        Ok(partitions.iter().map(|partition| offsets.get(connector, partition).map(str::to_owned)).collect())
    }

    async fn set(&self, connector: &str, offsets: Vec<SourceOffset>) -> Result<(), OffsetStoreError> {
        let records = self.offsets.lock().records(connector, &offsets)?;
        let records: Vec<LogRecord<'_>> =
            records.iter().map(|(key, value)| LogRecord { key, value: value.as_deref() }).collect();
        Ok(self.log.write(&records).await.map_err(LogError::from)?)
    }

    async fn list(&self, connector: &str) -> Result<Vec<(String, String)>, OffsetStoreError> {
        self.log.read_to_end().await?;
        let offsets = self.offsets.lock();
        Ok(offsets
            .list(connector)
            .map(|(partition, offset)| (partition.as_str().to_owned(), offset.to_owned()))
            .collect())
    }
}
