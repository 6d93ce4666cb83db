//! From a task's configuration to a task that can run.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::component_stage::StageOptions;
use super::converters::{self, Converters, Direction};
use super::errors::{DeadLetterQueue, DeadLetterQueueOptions, ErrorHandling, RetryPolicy, TaskFailure};
use super::instance_swap::Instances;
use super::source_task::TopicCreation;
use super::{
    AckInbox, BatchLimits, SinkTaskContext, TaskStatus, WorkerParts, WorkerSinkTask, WorkerSourceTask, transformations,
};
use crate::config::client_settings;
use crate::config::connector_config::{ConnectorConfig, RestartPolicy};
use crate::config::sandbox_limits::SandboxLimits;
use crate::connect::{Config, ConnectorTaskId, ConnectorType, TargetState};
use crate::plugin::ports::{InstanceContext, OffsetReader, StopSignal};
use crate::storage::offset_store::{OffsetStore, SourcePartition};
use crate::transform::TransformationChain;

/// What a task is started with, owned by it.
#[derive(Clone)]
pub struct TaskSetup {
    pub parts: Arc<WorkerParts>,
    pub id: ConnectorTaskId,
    pub connector_config: Arc<Config>,
    pub task_config: Arc<Config>,
    pub status: TaskStatus,
    pub target: watch::Receiver<TargetState>,
    pub stop: StopSignal,
}

impl TaskSetup {
    /// Sets the task up and runs it to its end.
    pub async fn run(mut self) -> Result<(), TaskFailure> {
        let kind = self.status.version.present().connector_type();
        let config = ConnectorConfig::new((*self.connector_config).clone(), kind, &self.parts.config)
            .map_err(|error| TaskFailure::caused_by("the connector's configuration is invalid", error))?;
        if let Some((_, _, error)) = RestartPolicy::errors(&self.connector_config).into_iter().next() {
            return Err(TaskFailure::caused_by("the connector's configuration is invalid", error));
        }
        let resolved = self.parts.config.providers.transform_task(&self.task_config, &self.connector_config);
        self.task_config = resolved
            .map_err(|error| TaskFailure::caused_by("the task's configuration cannot be resolved", error))?
            .into();
        self.connector_config = config.originals().clone().into();
        match kind {
            ConnectorType::Sink => self.sink(config).await?.run().await,
            _ => self.source(config).await?.run().await,
        }
    }

    fn instance_context(&self) -> InstanceContext {
        InstanceContext {
            task: Some(self.id.task),
            config: self.task_config.clone(),
            stop: self.stop.clone(),
            ..connector_context(&self.parts, &self.id.connector, self.connector_config.clone())
        }
    }

    fn limits(&self) -> Result<SandboxLimits, TaskFailure> {
        let limits = self.parts.config.sandbox.limits.connector(&self.connector_config);
        limits.map_err(|error| TaskFailure::caused_by("the connector's configuration is invalid", error))
    }

    fn instances(&self, context: InstanceContext) -> Instances {
        Instances { runtime: self.parts.runtime.clone(), plugin: self.status.version.present(), context }
    }

    /// Transforms and converters, with what of them is in components among the transforms.
    async fn pipeline(
        &self,
        config: &ConnectorConfig,
        direction: Direction,
        limits: &SandboxLimits,
    ) -> Result<(TransformationChain, Converters), TaskFailure> {
        let plugins = self.parts.plugins.current();
        let options = StageOptions {
            runtime: &self.parts.runtime,
            task: &self.id,
            connector_config: &self.connector_config,
            errors: &config.errors,
            limits,
            stop: &self.stop,
        };
        let (converters, stages) = converters::make(&plugins, config, direction, &options).await?;
        let transforms = transformations::chain(&plugins, config, &options).await?;
        let stages = stages.into_iter();
        let chain = match direction {
            Direction::FromConnect => transforms.into_iter().chain(stages).collect(),
            Direction::ToConnect => stages.chain(transforms).collect(),
        };
        Ok((TransformationChain::new(chain), converters))
    }

    async fn source(self, config: ConnectorConfig) -> Result<WorkerSourceTask, TaskFailure> {
        let Self { parts, id, .. } = &self;
        let limits = self.limits()?;
        let SandboxLimits { batch_max_records, batch_max_bytes, .. } = limits;
        let acks = Arc::new(AckInbox::default());
        let settings = client_settings::producer_settings(&parts.config, &config);
        let client_id = client_settings::producer_client_id(id);
        let producer = parts.clients.producer(&client_id, &settings, acks.clone()).await;
        let producer = producer.map_err(|error| TaskFailure::caused_by("cannot make the producer", error))?;
        let topic_creation = match config.topic_creation.clone().filter(|_| parts.config.topic_creation_enable) {
            None => TopicCreation::by_broker(),
            Some(rule) => {
                let settings = client_settings::admin_settings(&parts.config, &config);
                let admin = parts.clients.admin(&client_settings::admin_client_id(id), &settings).await;
                let admin = admin.map_err(|error| TaskFailure::caused_by("cannot make the admin client", error))?;
                TopicCreation::by_rule(admin, Arc::new(move |topic| rule.new_topic(topic)))
            }
        };
        let (transforms, converters) = self.pipeline(&config, Direction::FromConnect, &limits).await?;
        let errors =
            ErrorHandling { queue: dead_letter_queue(parts, id, &config).await?, ..error_handling(id, &config) };
        let instances = self.instances(self.instance_context());
        Ok(WorkerSourceTask {
            guest: instances.source_task().await?,
            instances,
            producer,
            acks,
            transforms,
            converters,
            errors,
            offsets: parts.offsets.clone(),
            topic_creation,
            batch_max_records,
            batch_max_bytes,
            flush_interval: parts.config.offset_flush_interval,
            flush_timeout: parts.config.offset_flush_timeout,
            status: self.status,
            target: self.target,
            stop: self.stop,
        })
    }

    async fn sink(self, config: ConnectorConfig) -> Result<WorkerSinkTask, TaskFailure> {
        let Self { parts, id, .. } = &self;
        let limits = self.limits()?;
        let SandboxLimits { batch_max_records: max_records, batch_max_bytes: max_bytes, .. } = limits;
        let batch_limits = BatchLimits { max_records, max_bytes };
        let settings = client_settings::consumer_settings(&parts.config, &config);
        let max_poll_records = crate::kafka::client_config::max_poll_records(&settings)
            .map_err(|error| TaskFailure::caused_by("cannot make the consumer", error))?;
        let no_topics = || TaskFailure::new("Must configure one of topics or topics.regex");
        let subscription = config.subscription.as_ref().ok_or_else(no_topics)?;
        let consumer = parts.clients.consumer(&client_settings::consumer_client_id(id), &settings, subscription).await;
        let consumer = consumer.map_err(|error| TaskFailure::caused_by("cannot make the consumer", error))?;
        let errors =
            ErrorHandling { queue: dead_letter_queue(parts, id, &config).await?, ..error_handling(id, &config) };
        let (transforms, converters) = self.pipeline(&config, Direction::ToConnect, &limits).await?;
        let sink = Arc::new(SinkTaskContext::new(errors.has_reporter()));
        let mut context = self.instance_context();
        context.sink = Some(sink.clone());
        let instances = self.instances(context);
        Ok(WorkerSinkTask {
            guest: instances.sink_task().await?,
            instances,
            consumer,
            context: sink,
            transforms,
            converters: Arc::new(converters),
            errors,
            max_poll_records,
            batch_limits,
            flush_interval: parts.config.offset_flush_interval,
            flush_timeout: parts.config.offset_flush_timeout,
            status: self.status,
            target: self.target,
            stop: self.stop,
        })
    }
}

/// What the instance of the connector itself gets.
pub fn connector_context(parts: &WorkerParts, connector: &Arc<str>, config: Arc<Config>) -> InstanceContext {
    let offsets = StoredOffsets { store: parts.offsets.clone(), connector: connector.clone() };
    InstanceContext {
        connector: connector.clone(),
        task: None,
        config: config.clone(),
        connector_config: config,
        stop: StopSignal::default(),
        connector_context: None,
        offsets: Some(Arc::new(offsets)),
        sink: None,
    }
}

/// Err: Java's text, unless `tasks.max.enforce=false`, which only warns.
pub fn check_tasks_max(connector: &str, tasks: usize, config: &ConnectorConfig) -> Result<(), String> {
    let max = config.tasks_max;
    if tasks <= max as usize {
        return Ok(());
    }
    if !config.tasks_max_enforce {
        tracing::warn!("The connector {connector} has generated {tasks} tasks, which is greater than {max}");
        return Ok(());
    }
    Err(format!(
        "The connector {connector} has generated {tasks} tasks, which is greater than {max}, the maximum number of tasks it is \
         configured to create. This behaviour should be considered a bug and is disallowed. If necessary, it can be permitted by \
         reconfiguring the connector with 'tasks.max.enforce' set to false; however, this option will be removed in a future \
         release of Kafka Connect."
    ))
}

fn error_handling(id: &ConnectorTaskId, config: &ConnectorConfig) -> ErrorHandling {
    ErrorHandling {
        task: id.clone(),
        tolerance: config.errors.tolerance,
        log: config.errors.log_enable,
        log_messages: config.errors.log_include_messages,
        retry: RetryPolicy { timeout: config.errors.retry_timeout, delay_max: config.errors.retry_delay_max },
        queue: None,
    }
}

/// None: the connector has none. Its topic is created if it is missing.
async fn dead_letter_queue(
    parts: &WorkerParts,
    task: &ConnectorTaskId,
    config: &ConnectorConfig,
) -> Result<Option<Arc<DeadLetterQueue>>, TaskFailure> {
    let Some(queue) = config.errors.dead_letter_queue.clone() else { return Ok(None) };
    let failed = |error| TaskFailure::caused_by("cannot make the clients of the dead letter queue", error);
    let acks = Arc::new(AckInbox::default());
    let settings = client_settings::producer_settings(&parts.config, config);
    let client_id = client_settings::dlq_producer_client_id(task);
    let producer = parts.clients.producer(&client_id, &settings, acks.clone()).await.map_err(failed)?;
    let settings = client_settings::admin_settings(&parts.config, config);
    let admin = parts.clients.admin(&client_settings::admin_client_id(task), &settings).await.map_err(failed)?;
    let options = DeadLetterQueueOptions { task: task.clone(), config: queue, producer, acks };
    Ok(Some(Arc::new(DeadLetterQueue::open(options, &*admin).await?)))
}

/// A connector's committed offsets, as its instances read them.
struct StoredOffsets {
    store: Arc<dyn OffsetStore>,
    connector: Arc<str>,
}

#[async_trait]
impl OffsetReader for StoredOffsets {
    async fn offsets(&self, partitions: Vec<String>) -> Result<Vec<Option<String>>, String> {
        let parsed: Result<Vec<_>, _> = partitions.iter().map(|text| SourcePartition::parse(text)).collect();
        let asked = parsed.map_err(|error| error.to_string())?;
        self.store.get(&self.connector, &asked).await.map_err(|error| format!("Failed to fetch offsets. {error}"))
    }
}
