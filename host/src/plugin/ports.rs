//! A plugin as the worker sees it, in plain Rust: the traits that `component` implements over WIT, and the contexts that the
//! worker hands in. All calls are per batch.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::plugin_file::PluginFile;
use crate::config::config_def::ConfigKey;
use crate::connect::{Config, ConnectorType, PartitionOffset, TopicPartition};
use crate::converter::ConverterType;

// === what a plugin is

/// The kinds of plugin, under the names that `GET /connector-plugins` uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PluginKind {
    Sink,
    Source,
    Transformation,
    Predicate,
    Converter,
    HeaderConverter,
}

impl fmt::Display for PluginKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sink => "sink",
            Self::Source => "source",
            Self::Transformation => "transformation",
            Self::Predicate => "predicate",
            Self::Converter => "converter",
            Self::HeaderConverter => "header_converter",
        })
    }
}

/// One plugin class of one file (Java's `PluginDesc`).
#[derive(Clone, Debug)]
pub struct PluginDesc {
    /// Full class name.
    pub class: String,
    pub kind: PluginKind,
    pub version: String,
    /// The task's class name as REST shows it; connectors only.
    pub task_class: Option<String>,
    pub documentation: String,
    /// The component's file; none: built into the worker.
    pub location: Option<Arc<PluginFile>>,
    /// The plugin's own configuration keys, as its file describes them; what they grant is the sandbox's to decide.
    pub config: Arc<[ConfigKey]>,
}

impl PluginDesc {
    /// The path of the component's file; none: built into the worker.
    pub fn path(&self) -> Option<&Path> {
        self.location.as_deref().map(|file| &*file.path)
    }

    /// Whether this is the same version of the same file, perhaps in another snapshot of the plugins.
    pub fn is_same(&self, other: &Self) -> bool {
        self.class == other.class && self.version == other.version && self.location == other.location
    }

    /// Which way it moves data; for plugins that are no connectors, none.
    pub fn connector_type(&self) -> ConnectorType {
        match self.kind {
            PluginKind::Source => ConnectorType::Source,
            PluginKind::Sink => ConnectorType::Sink,
            _ => ConnectorType::Unknown,
        }
    }
}

// === what can go wrong

/// Which call failed, as logs and traces name it.
pub type Operation = &'static str;

/// A failed call into a plugin.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{plugin} {version}: {operation}: {message}")]
pub struct PluginError {
    pub plugin: String,
    pub version: String,
    pub operation: Operation,
    pub kind: PluginErrorKind,
    pub message: String,
}

/// What the worker does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PluginErrorKind {
    /// Call again with the same arguments after a back-off.
    Retriable,
    /// The configuration cannot work.
    Config,
    /// The plugin said that it cannot go on.
    Fatal,
    /// The guest trapped; the instance is dead.
    Trap,
    /// The call took longer than its limit; the instance is dead.
    Timeout,
    /// A limit of the sandbox was hit; the instance is dead.
    Limit,
    /// What the guest returned is not what the contract says; the instance is dead.
    Malformed,
}

impl PluginErrorKind {
    /// Whether the instance can take no further call.
    pub fn is_deadly(self) -> bool {
        matches!(self, Self::Trap | Self::Timeout | Self::Limit | Self::Malformed)
    }
}

// === what a plugin is given

/// Tells a guest that sleeps through the host, and everybody else, that it is time to stop. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<StopInner>);

#[derive(Debug, Default)]
struct StopInner {
    stopping: std::sync::atomic::AtomicBool,
    notify: tokio::sync::Notify,
}

impl StopSignal {
    pub fn stop(&self) {
        self.0.stopping.store(true, std::sync::atomic::Ordering::SeqCst);
        self.0.notify.notify_waiters();
    }

    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Resolves when `stop` was called, at once if it was before.
    pub async fn stopped(&self) {
        loop {
            let notified = self.0.notify.notified();
            if self.is_stopping() {
                return;
            }
            notified.await;
        }
    }

    /// Sleeps; true: the stop came first.
    pub async fn sleep(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.stopped()).await.is_ok()
    }
}

/// What a connector may ask of the worker (Java's `ConnectorContext`).
pub trait ConnectorContext: Send + Sync {
    fn request_task_reconfiguration(&self);
    fn raise_error(&self, message: String);
}

/// Committed source offsets (Java's `OffsetStorageReader`). Partitions and offsets are flat JSON objects.
#[async_trait]
pub trait OffsetReader: Send + Sync {
    /// Answers in the order asked; none: nothing committed.
    async fn offsets(&self, partitions: Vec<String>) -> Result<Vec<Option<String>>, String>;
}

/// What a sink task may ask of the worker (Java's `SinkTaskContext`).
pub trait SinkContext: Send + Sync {
    fn assignment(&self) -> Vec<TopicPartition>;
    fn rewind(&self, offsets: Vec<PartitionOffset>) -> Result<(), String>;
    fn pause(&self, partitions: Vec<TopicPartition>) -> Result<(), String>;
    fn resume(&self, partitions: Vec<TopicPartition>) -> Result<(), String>;
    fn timeout(&self, timeout: Duration);
    fn request_commit(&self);
    fn report_errant_record(&self, partition: TopicPartition, offset: i64, message: String) -> Result<(), String>;
}

/// Everything that one instance gets from the host.
#[derive(Clone)]
pub struct InstanceContext {
    pub connector: Arc<str>,
    /// None: the connector itself.
    pub task: Option<u32>,
    /// What the instance is started with: for a task, what its connector made of the work.
    pub config: Arc<Config>,
    /// The connector's own configuration. Grants and limits come from it alone (invariant I8): a task's is the guest's work.
    pub connector_config: Arc<Config>,
    pub stop: StopSignal,
    /// None for tasks of a context without it: calls are ignored with a warning.
    pub connector_context: Option<Arc<dyn ConnectorContext>>,
    pub offsets: Option<Arc<dyn OffsetReader>>,
    pub sink: Option<Arc<dyn SinkContext>>,
}

// === what a plugin does

/// Linear memory of an instance that has outgrown `sandbox.memory.recycle.bytes`, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    pub used: usize,
    /// The mark that it is above.
    pub mark: usize,
}

impl fmt::Display for MemoryUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it has {} bytes of memory, above sandbox.memory.recycle.bytes ({})", self.used, self.mark)
    }
}

/// A connector instance, source or sink.
#[async_trait]
pub trait Connector: Send {
    async fn start(&mut self) -> Result<(), PluginError>;
    async fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Config>, PluginError>;
    /// When to be called again; none: never.
    async fn monitor(&mut self) -> Result<Option<Duration>, PluginError>;
    async fn stop(&mut self) -> Result<(), PluginError>;
    /// Linear memory never shrinks: an instance that has outgrown its mark wants to be replaced.
    fn outgrown(&self) -> Option<MemoryUse>;
}

/// What a source task wants to hear of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceTaskOptions {
    pub acknowledge_records: bool,
    pub commit: bool,
}

/// How much a poll may bring and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct PollLimits {
    pub max_records: u32,
    pub max_bytes: u32,
    pub max_wait: Duration,
}

/// What a poll brought.
#[derive(Debug)]
pub enum PolledRecords {
    /// One batch in the format of BATCH.md, not checked yet.
    Batch(Vec<u8>),
    /// Nothing; call again after this time, or when a file that the task was granted has changed.
    Idle(Duration),
}

#[async_trait]
pub trait SourceTask: Send {
    async fn start(&mut self) -> Result<SourceTaskOptions, PluginError>;
    async fn poll(&mut self, limits: PollLimits) -> Result<PolledRecords, PluginError>;
    /// Waits until a file that the task was granted by name has changed, been replaced, come or gone since this was last called, as
    /// seen once in [`FILE_LOOK_INTERVAL`](crate::connect::caps::FILE_LOOK_INTERVAL); for ever if it was granted none. Ends now and
    /// then for no such reason.
    async fn file_changed(&mut self);
    /// Packed acknowledgements (BATCH.md).
    async fn acknowledged(&mut self, acks: Vec<u8>) -> Result<(), PluginError>;
    async fn commit(&mut self) -> Result<(), PluginError>;
    async fn stop(&mut self) -> Result<(), PluginError>;
    /// Linear memory never shrinks: an instance that has outgrown its mark wants to be replaced between two batches.
    fn outgrown(&self) -> Option<MemoryUse>;
}

/// A record of a put that the guest did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// From 0, in the batch that was put.
    pub index: u32,
    pub message: String,
}

#[async_trait]
pub trait SinkTask: Send {
    async fn start(&mut self) -> Result<(), PluginError>;
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Vec<PartitionOffset>, PluginError>;
    /// One batch in the format of BATCH.md.
    async fn put(&mut self, batch: &[u8]) -> Result<Vec<RecordError>, PluginError>;
    async fn pre_commit(&mut self, delivered: &[PartitionOffset]) -> Result<Vec<PartitionOffset>, PluginError>;
    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<(), PluginError>;
    async fn stop(&mut self) -> Result<(), PluginError>;
    /// Linear memory never shrinks: an instance that has outgrown its mark wants to be replaced between two batches.
    fn outgrown(&self) -> Option<MemoryUse>;
}

/// What a class does with the batches of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageRole {
    Transformation,
    Predicate,
    /// From Connect's data to Kafka's bytes.
    FromConnect(ConverterType),
    /// From Kafka's bytes to Connect's data.
    ToConnect(ConverterType),
}

/// What a stage made of a batch.
#[derive(Debug, Default)]
pub struct StageAnswer {
    /// Not checked yet: a batch in the format of BATCH.md; of a predicate one bit a record, least significant first.
    pub bytes: Vec<u8>,
    /// Records that it failed of.
    pub failed: Vec<RecordError>,
}

/// A transformation, predicate or converter. It keeps nothing from batch to batch that counts: a fresh instance may take over.
#[async_trait]
pub trait Stage: Send {
    async fn configure(&mut self) -> Result<(), PluginError>;
    /// One batch in the format of BATCH.md.
    async fn process(&mut self, batch: &[u8]) -> Result<StageAnswer, PluginError>;
    async fn close(&mut self) -> Result<(), PluginError>;
    /// Linear memory never shrinks: an instance that has outgrown its mark wants to be replaced between two batches.
    fn outgrown(&self) -> Option<MemoryUse>;
}

/// A value's part of a validation, as the guest answered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestConfigValue {
    pub name: String,
    pub recommended_values: Vec<String>,
    pub errors: Vec<String>,
    pub visible: bool,
}

/// What a source says of delivering each record exactly once with a configuration (KIP-618).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExactlyOnceSupport {
    Supported,
    Unsupported,
    /// Java's null.
    Unknown,
}

/// Makes instances of the plugins in the plugin path. Each instance has its own Store; one that fails touches no other.
#[async_trait]
pub trait PluginRuntime: Send + Sync {
    /// The plugin's own configuration keys.
    async fn config_def(&self, plugin: &PluginDesc) -> Result<Vec<ConfigKey>, PluginError>;
    /// What only the plugin can know about a configuration.
    async fn validate(&self, plugin: &PluginDesc, config: &Config) -> Result<Vec<GuestConfigValue>, PluginError>;
    /// Grants that `config` asks for and the worker's allowlist refuses: key and reason each. Empty: all is granted.
    async fn denied_grants(&self, plugin: &PluginDesc, config: &Config) -> Result<Vec<(String, String)>, PluginError>;
    /// Asks a source that was not started.
    async fn exactly_once_support(
        &self,
        plugin: &PluginDesc,
        config: &Config,
    ) -> Result<ExactlyOnceSupport, PluginError>;
    /// Asks a source that was not started whether its tasks say where transactions end.
    async fn can_define_transaction_boundaries(
        &self,
        plugin: &PluginDesc,
        config: &Config,
    ) -> Result<bool, PluginError>;
    async fn connector(&self, plugin: &PluginDesc, context: InstanceContext)
    -> Result<Box<dyn Connector>, PluginError>;
    async fn source_task(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
    ) -> Result<Box<dyn SourceTask>, PluginError>;
    async fn sink_task(&self, plugin: &PluginDesc, context: InstanceContext) -> Result<Box<dyn SinkTask>, PluginError>;
    /// A stage of a task.
    async fn stage(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
        role: StageRole,
    ) -> Result<Box<dyn Stage>, PluginError>;
    /// Asks an instance of a source that was not started to accept, and where it keeps them itself to make, these changes of
    /// offsets (KIP-875): flat JSON objects, a none offset deletes. False: it has no opinion.
    async fn alter_source_offsets(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
        offsets: &[(String, Option<String>)],
    ) -> Result<bool, PluginError>;
    /// The same of a sink.
    async fn alter_sink_offsets(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
        offsets: &[(TopicPartition, Option<i64>)],
    ) -> Result<bool, PluginError>;
}
