//! A transform, predicate or converter of a task whose class is in a component: its instance, and the fresh ones after it.
//!
//! A stage keeps nothing that counts from batch to batch, so an instance that has ended or outgrown its memory is replaced at once.
//! Which record an instance ended of is found in [`search`].

mod parts;
mod search;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use self::parts::first_record;
use super::errors::TaskFailure;
use crate::config::connector_config::{ErrorsConfig, FailureClass};
use crate::config::keys::limits::{BATCH_MAX_BYTES, LIMITS};
use crate::config::sandbox_limits::SandboxLimits;
use crate::connect::{Config, ConnectorTaskId, caps};
use crate::plugin::ports::{
    InstanceContext, PluginDesc, PluginError, PluginErrorKind, PluginRuntime, Stage, StageAnswer, StageRole, StopSignal,
};
use crate::transform::{BatchStage, Processed, StageError, StageFailure, TransformError};

/// What the stages of one task have in common.
pub struct StageOptions<'a> {
    pub runtime: &'a Arc<dyn PluginRuntime>,
    pub task: &'a ConnectorTaskId,
    /// The connector's own configuration, whose limits hold for its stages too.
    pub connector_config: &'a Config,
    pub errors: &'a ErrorsConfig,
    pub limits: &'a SandboxLimits,
    pub stop: &'a StopSignal,
}

/// One stage of one task.
pub struct ComponentStage {
    /// Kind and alias, as messages name it.
    name: String,
    runtime: Arc<dyn PluginRuntime>,
    plugin: Arc<PluginDesc>,
    context: InstanceContext,
    role: StageRole,
    errors: ErrorsConfig,
    batch_max_bytes: usize,
    guest: Box<dyn Stage>,
    /// The instance has not been called with records yet.
    is_fresh: bool,
}

// === impl ComponentStage ===

impl ComponentStage {
    /// Makes and configures the first instance. `settings` are the stage's keys without their prefix: nothing else is granted
    /// to it, and the limits that it states itself come before the connector's.
    pub async fn new(
        options: &StageOptions<'_>,
        name: String,
        plugin: Arc<PluginDesc>,
        role: StageRole,
        settings: &Config,
    ) -> Result<Self, TaskFailure> {
        let mut connector_config: Config = LIMITS
            .iter()
            .filter_map(|limit| Some((limit.name.to_owned(), options.connector_config.get(limit.name)?.clone())))
            .collect();
        connector_config.extend(settings.clone());
        let context = InstanceContext {
            connector: options.task.connector.clone(),
            task: Some(options.task.task),
            config: Arc::new(settings.clone()),
            connector_config: Arc::new(connector_config),
            stop: options.stop.clone(),
            connector_context: None,
            offsets: None,
            sink: None,
        };
        let failed = |error| TaskFailure::caused_by_plugin(format!("cannot make the {name}"), error);
        let guest = instance(&**options.runtime, &plugin, &context, role).await.map_err(failed)?;
        Ok(Self {
            runtime: options.runtime.clone(),
            plugin,
            context,
            role,
            errors: options.errors.clone(),
            batch_max_bytes: options.limits.batch_max_bytes,
            guest,
            is_fresh: true,
            name,
        })
    }

    /// Goes on with a fresh instance.
    async fn renew(&mut self) -> Result<(), StageFailure> {
        let made = instance(&*self.runtime, &self.plugin, &self.context, self.role).await;
        self.guest = made.map_err(|error| self.failure(&error, &[]))?;
        self.is_fresh = true;
        Ok(())
    }

    async fn renew_if_outgrown(&mut self) -> Result<(), StageFailure> {
        let Some(memory) = self.guest.outgrown() else { return Ok(()) };
        tracing::info!("Replacing the instance of the {} ({}): {memory}", self.name, self.plugin.class);
        self.close().await;
        self.renew().await
    }

    /// One call, and as many more as `errors.retry.timeout` allows if it asks for them (Java's `RetryWithToleranceOperator`).
    async fn call(&mut self, batch: &[u8]) -> Result<StageAnswer, PluginError> {
        let began = Instant::now();
        let mut delay = caps::STAGE_RETRY_DELAY_MIN;
        loop {
            let answered = self.guest.process(batch).await;
            self.is_fresh = false;
            let error = match answered {
                Err(error) if error.kind == PluginErrorKind::Retriable => error,
                other => return other,
            };
            let is_over = self.errors.retry_timeout.is_some_and(|timeout| began.elapsed() + delay > timeout);
            if is_over || self.context.stop.sleep(delay).await {
                return Err(error);
            }
            tracing::warn!("the {}: {error}; tried again after {} ms", self.name, delay.as_millis());
            delay = (delay * 2).min(self.errors.retry_delay_max.max(Duration::from_millis(1)));
        }
    }

    /// What an instance answered for `batch`.
    fn processed(&self, answer: StageAnswer, batch: &[u8]) -> Result<Processed, StageFailure> {
        let (records, given) = (parts::count(batch), batch.len());
        let StageAnswer { bytes, failed } = answer;
        let failure = |class, why: String| {
            let cause = format!("{} {}: {why}", self.plugin.class, self.plugin.version);
            StageFailure { class, what: format!("the {} failed", self.name), cause, records: None }
        };
        // A batch was within the limit, about, before the stage made it larger; and one large record is always admitted.
        if records > 1 && bytes.len() > self.batch_max_bytes.max(given.saturating_mul(4)) {
            let why = format!("its batch has {} bytes and {BATCH_MAX_BYTES} is {}", bytes.len(), self.batch_max_bytes);
            return Err(failure(FailureClass::Limit, why));
        }
        let mut failed: Vec<_> = failed
            .into_iter()
            .map(|error| {
                let reason = StageError { error: TransformError::data(error.message), class: FailureClass::Error };
                (error.index as usize, reason)
            })
            .collect();
        failed.sort_by_key(|(index, _)| *index);
        failed.dedup_by_key(|(index, _)| *index);
        match failed.last() {
            Some((index, _)) if *index >= records => {
                let why = format!("it failed of record {index} of a batch of {records}");
                Err(failure(FailureClass::Malformed, why))
            }
            _ => Ok(Processed { answer: bytes, failed }),
        }
    }

    /// An error that is not of one record.
    fn failure(&self, error: &PluginError, batch: &[u8]) -> StageFailure {
        let (what, records) = (format!("the {} failed", self.name), first_record(batch));
        StageFailure { class: error.kind.into(), what, cause: error.to_string(), records }
    }
}

#[async_trait]
impl BatchStage for ComponentStage {
    async fn process(&mut self, batch: Vec<u8>) -> Result<Processed, StageFailure> {
        self.renew_if_outgrown().await?;
        let was_fresh = self.is_fresh;
        match self.call(&batch).await {
            Ok(answer) => self.processed(answer, &batch),
            Err(error) if error.kind == PluginErrorKind::Retriable && !self.context.stop.is_stopping() => {
                Ok(parts::all_failed(&batch, &error))
            }
            Err(error) if self.is_searched(&error) => self.search(&batch, error, was_fresh).await,
            Err(error) => Err(self.failure(&error, &batch)),
        }
    }

    async fn close(&mut self) {
        if let Err(error) = self.guest.close().await {
            tracing::warn!("{error}");
        }
    }
}

async fn instance(
    runtime: &dyn PluginRuntime,
    plugin: &PluginDesc,
    context: &InstanceContext,
    role: StageRole,
) -> Result<Box<dyn Stage>, PluginError> {
    let mut guest = runtime.stage(plugin, context.clone(), role).await?;
    guest.configure().await?;
    Ok(guest)
}

impl From<StageFailure> for TaskFailure {
    fn from(failure: StageFailure) -> Self {
        let StageFailure { class, what, cause, records } = failure;
        let task = Self::caused_by(what, cause).of(class);
        match records {
            Some(records) => task.at(records),
            None => task,
        }
    }
}
