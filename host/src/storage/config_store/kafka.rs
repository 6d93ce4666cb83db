//! The cluster's configuration in Kafka (the writing half of Java's `KafkaConfigBackingStore`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

use super::{
    ClusterConfigState, ConfigRecord, ConfigReplay, ConfigStore, ConfigStoreError, ConfigUpdateListener,
    READ_WRITE_TOTAL_TIMEOUT,
};
use crate::connect::{Config, ConnectorTaskId, RestartRequest, SessionKey, TargetState};
use crate::kafka::ports::{Admin, Clients, Message};
use crate::storage::kafka_based_log::{KafkaBasedLog, LogError, LogListener, LogOptions, LogRecord};

/// What to say of the topic if it cannot be written, in Java's words.
mod failure {
    pub const CONNECTOR: &str = "Error writing connector configuration to Kafka";
    pub const REMOVAL: &str = "Error removing connector configuration from Kafka";
    pub const TASKS: &str = "Error writing task configurations to Kafka";
    pub const COMMIT: &str = "Error writing root configuration to Kafka";
    pub const TARGET_STATE: &str = "Error writing target state to Kafka";
    pub const SESSION_KEY: &str = "Error writing session key to Kafka";
    pub const RESTART: &str = "Error writing restart request to Kafka";
    pub const LOGGER_LEVEL: &str = "Error writing logger level to Kafka";
    pub const READ: &str = "Error reading the config topic";
}

/// See [`ConfigStore`].
pub struct KafkaConfigStore {
    log: KafkaBasedLog,
    replay: Arc<Mutex<ConfigReplay>>,
}

/// Takes the topic's records.
struct Reader {
    replay: Arc<Mutex<ConfigReplay>>,
    listener: Arc<dyn ConfigUpdateListener>,
}

impl LogListener for Reader {
    fn consumed(&mut self, record: &Message<'_>) {
        let read = lock(&self.replay).read(record.offset, record.key, record.value);
        match read {
            Ok(Some(update)) => self.listener.updated(update),
            Ok(None) => {}
            Err(error) => {
                let Message { topic, partition, offset, .. } = record;
                tracing::error!("Ignoring the record at offset {offset} of {topic}-{partition}: {error}");
            }
        }
    }
}

fn lock(replay: &Mutex<ConfigReplay>) -> MutexGuard<'_, ConfigReplay> {
    replay.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time that one operation has left.
struct Budget(Instant);

impl Budget {
    fn new() -> Self {
        Self(Instant::now() + READ_WRITE_TOTAL_TIMEOUT)
    }

    async fn limit<E: std::fmt::Display>(
        &self,
        what: &str,
        operation: impl Future<Output = Result<(), E>>,
    ) -> Result<(), ConfigStoreError> {
        match timeout_at(self.0, operation).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ConfigStoreError(format!("{what}: {error}"))),
            Err(_) => Err(ConfigStoreError(format!("{what}: no answer within the time for it"))),
        }
    }
}

// === impl KafkaConfigStore ===

impl KafkaConfigStore {
    /// Reads the topic, which is created if it is missing; `listener` hears of what changes afterwards.
    pub async fn start(
        options: LogOptions,
        clients: &Arc<dyn Clients>,
        admin: &Arc<dyn Admin>,
        listener: Arc<dyn ConfigUpdateListener>,
    ) -> Result<Self, LogError> {
        let replay = Arc::<Mutex<ConfigReplay>>::default();
        let reader = Reader { replay: replay.clone(), listener };
        let log = KafkaBasedLog::start(options, clients, admin, reader).await?;
        lock(&replay).started();
        Ok(Self { log, replay })
    }

    async fn write(&self, budget: &Budget, what: &str, records: &[ConfigRecord]) -> Result<(), ConfigStoreError> {
        let encoded: Vec<_> = records.iter().map(ConfigRecord::encode).collect();
        let records: Vec<LogRecord<'_>> =
            encoded.iter().map(|(key, value)| LogRecord { key: key.as_bytes(), value: value.as_deref() }).collect();
        budget.limit(what, self.log.write(&records)).await
    }

    async fn write_and_read(&self, what: &str, records: &[ConfigRecord]) -> Result<(), ConfigStoreError> {
        let budget = Budget::new();
        self.write(&budget, what, records).await?;
        budget.limit(what, self.log.read_to_end()).await
    }
}

#[async_trait]
impl ConfigStore for KafkaConfigStore {
    fn snapshot(&self) -> Arc<ClusterConfigState> {
        lock(&self.replay).snapshot()
    }

    async fn refresh(&self, timeout: Duration) -> Result<(), ConfigStoreError> {
        Budget(Instant::now() + timeout).limit(failure::READ, self.log.read_to_end()).await
    }

    async fn put_connector_config(
        &self,
        connector: &str,
        config: &Config,
        target: Option<TargetState>,
    ) -> Result<(), ConfigStoreError> {
        let connector = || connector.to_owned();
        let target = target.map(|target| ConfigRecord::TargetState { connector: connector(), target: Some(target) });
        let config = ConfigRecord::Connector { connector: connector(), config: Some(config.clone()) };
        let records: Vec<_> = target.into_iter().chain([config]).collect();
        self.write_and_read(failure::CONNECTOR, &records).await
    }

    async fn remove_connector_config(&self, connector: &str) -> Result<(), ConfigStoreError> {
        let records = [
            ConfigRecord::Connector { connector: connector.to_owned(), config: None },
            ConfigRecord::TargetState { connector: connector.to_owned(), target: None },
        ];
        self.write_and_read(failure::REMOVAL, &records).await
    }

    async fn put_task_configs(&self, connector: &str, configs: &[Config]) -> Result<(), ConfigStoreError> {
        let budget = Budget::new();
        budget.limit(failure::COMMIT, self.log.read_to_end()).await?;
        if !configs.is_empty() {
            let name: Arc<str> = connector.into();
            let task = |(number, config): (u32, &Config)| ConfigRecord::Task {
                id: ConnectorTaskId::new(name.clone(), number),
                config: config.clone(),
            };
            let records: Vec<_> = (0..).zip(configs).map(task).collect();
            self.write(&budget, failure::TASKS, &records).await?;
            budget.limit(failure::COMMIT, self.log.read_to_end()).await?;
        }
        let tasks = u32::try_from(configs.len())
            .map_err(|_| ConfigStoreError(format!("{}: too many tasks", failure::COMMIT)))?;
        let commit = ConfigRecord::Commit { connector: connector.to_owned(), tasks };
        self.write(&budget, failure::COMMIT, &[commit]).await?;
        budget.limit(failure::COMMIT, self.log.read_to_end()).await
    }

    async fn put_target_state(&self, connector: &str, target: TargetState) -> Result<(), ConfigStoreError> {
        let record = ConfigRecord::TargetState { connector: connector.to_owned(), target: Some(target) };
        self.write(&Budget::new(), failure::TARGET_STATE, &[record]).await
    }

    async fn put_session_key(&self, key: &SessionKey) -> Result<(), ConfigStoreError> {
        self.write_and_read(failure::SESSION_KEY, &[ConfigRecord::SessionKey(key.clone())]).await
    }

    async fn put_restart_request(&self, connector: &str, request: RestartRequest) -> Result<(), ConfigStoreError> {
        let record = ConfigRecord::Restart { connector: connector.to_owned(), request };
        self.write_and_read(failure::RESTART, &[record]).await
    }

    async fn put_logger_level(&self, namespace: &str, level: &str) -> Result<(), ConfigStoreError> {
        let record = ConfigRecord::LoggerLevel { namespace: namespace.to_owned(), level: level.to_owned() };
        self.write(&Budget::new(), failure::LOGGER_LEVEL, &[record]).await
    }
}
