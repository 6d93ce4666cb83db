//! The plugin under test: its instances are the worker's, what they are given is in memory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::config::config_value::trim;
use crate::config::connector_file::{self, ConnectorFile, ConnectorFileError};
use crate::connect::{Config, ConnectorType, PartitionOffset, RawConfig, TopicPartition};
use crate::plugin::component::{ComponentRuntime, RuntimeOptions};
use crate::plugin::ports::{
    ConnectorContext, InstanceContext, OffsetReader, PluginDesc, PluginError, PluginErrorKind, PluginRuntime,
    SinkContext, SinkTask, SourceTask, SourceTaskOptions, Stage, StageRole, StopSignal,
};
use crate::plugin::registry::Plugins;
use crate::plugin::sandbox::SandboxOptions;
use crate::plugin::scanner::Scan;

/// How often a start that could succeed later is tried, and how long after each other.
const STARTS: usize = 20;
const BETWEEN_STARTS: Duration = Duration::from_millis(250);

/// A class of a component and a configuration of it.
pub struct Subject {
    pub runtime: Arc<ComponentRuntime>,
    pub plugin: Arc<PluginDesc>,
    pub config: Config,
    /// What is committed of source partitions; a new subject's is empty.
    pub offsets: Arc<CommittedOffsets>,
}

/// A started source task. Dropping it is what a crash does.
pub struct SourceInstance {
    pub task: Box<dyn SourceTask>,
    pub options: SourceTaskOptions,
    pub stop: StopSignal,
}

/// A started sink task.
pub struct SinkInstance {
    pub task: Box<dyn SinkTask>,
    pub stop: StopSignal,
    pub context: Arc<Partitions>,
}

impl Subject {
    /// The connector that the configuration names; or, where the component has none or `class` says so, one of its stages, whose
    /// configuration is the keys of its place, without their prefix.
    pub async fn load(
        file: &Path,
        config: Option<&Path>,
        class: Option<&str>,
        cache_directory: Option<PathBuf>,
    ) -> Result<Self, String> {
        let options = RuntimeOptions { sandbox: everything()?, cache_directory, ..super::super::options() };
        let runtime = Arc::new(ComponentRuntime::new(options)?);
        let mut scan = super::super::scanner(vec![file.to_owned()], runtime.clone()).scan().await;
        let Some(scanned) = scan.plugins.pop() else {
            let reason = scan.broken.pop().map(|broken| broken.reason);
            return Err(format!("{}: {}", file.display(), reason.as_deref().unwrap_or("it is not there, or no .wasm")));
        };
        let plugins = Plugins::new(Scan { plugins: vec![scanned], ..Scan::default() }, []);
        let (plugin, config) = if class.is_none() && plugins.connectors().next().is_some() {
            connector(&plugins, config.ok_or("a connector wants --config")?)?
        } else {
            (stage(&plugins, class)?, config.map_or(Ok(RawConfig::new()), connector_file::load_keys).map_err(told)?)
        };
        let config = config.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        Ok(Self { runtime, plugin, config, offsets: Arc::default() })
    }

    /// The same plugin with another configuration, and nothing committed.
    pub fn with(&self, config: Config) -> Self {
        Self { runtime: self.runtime.clone(), plugin: self.plugin.clone(), config, offsets: Arc::default() }
    }

    fn context(&self, task: Option<u32>, config: &Config) -> InstanceContext {
        InstanceContext {
            connector: self.config.get("name").map_or("test", String::as_str).into(),
            task,
            config: Arc::new(config.clone()),
            connector_config: Arc::new(self.config.clone()),
            stop: StopSignal::default(),
            connector_context: Some(Arc::new(Ignored)),
            offsets: Some(self.offsets.clone()),
            sink: None,
        }
    }

    /// A configured stage.
    pub async fn stage(&self, role: StageRole) -> Result<Box<dyn Stage>, PluginError> {
        let mut stage = self.runtime.stage(&self.plugin, self.context(Some(0), &self.config), role).await?;
        persist(async || stage.configure().await).await?;
        Ok(stage)
    }

    /// What a connector that is started for it makes of the work.
    pub async fn task_configs(&self, max: u32) -> Result<Vec<Config>, PluginError> {
        let mut connector = self.runtime.connector(&self.plugin, self.context(None, &self.config)).await?;
        persist(async || connector.start().await).await?;
        let configs = connector.task_configs(max).await?;
        connector.stop().await?;
        Ok(configs)
    }

    /// The configuration of the first task.
    pub async fn task_config(&self) -> Result<Config, String> {
        let configs = self.task_configs(1).await.map_err(|error| error.to_string())?;
        configs.into_iter().next().ok_or_else(|| "the connector has no work for a task".to_owned())
    }

    pub async fn source(&self, config: &Config) -> Result<SourceInstance, PluginError> {
        let context = self.context(Some(0), config);
        let stop = context.stop.clone();
        let mut task = self.runtime.source_task(&self.plugin, context).await?;
        let options = persist(async || task.start().await).await?;
        Ok(SourceInstance { task, options, stop })
    }

    /// With the partitions given to it.
    pub async fn sink(
        &self,
        task: u32,
        config: &Config,
        partitions: &[TopicPartition],
    ) -> Result<SinkInstance, PluginError> {
        let desk = Arc::new(Partitions(Mutex::new(partitions.to_vec())));
        let context = InstanceContext { sink: Some(desk.clone()), ..self.context(Some(task), config) };
        let stop = context.stop.clone();
        let mut task = self.runtime.sink_task(&self.plugin, context).await?;
        persist(async || task.start().await).await?;
        task.open(partitions).await?;
        Ok(SinkInstance { task, stop, context: desk })
    }
}

fn told(error: ConnectorFileError) -> String {
    error.to_string()
}

/// The connector of a file, and its configuration, which has a name.
fn connector(plugins: &Plugins, file: &Path) -> Result<(Arc<PluginDesc>, RawConfig), String> {
    let ConnectorFile { name, mut config, .. } = connector_file::load(file).map_err(told)?;
    let setting = |key: &str| config.get(key).and_then(Option::as_deref).map(trim);
    let class = setting("connector.class").unwrap_or_default();
    let plugin = plugins.resolve_connector(class, setting("connector.plugin.version"))?;
    config.entry("name".to_owned()).or_insert(Some(name));
    Ok((plugin, config))
}

/// The stage of that class or alias; without one, the only stage that there is.
fn stage(plugins: &Plugins, class: Option<&str>) -> Result<Arc<PluginDesc>, String> {
    let stages = || plugins.list().iter().filter(|plugin| plugin.connector_type() == ConnectorType::Unknown);
    let mut meant = stages().filter(|plugin| match class {
        Some(class) => plugins.resolve(plugin.kind, class, None).is_ok_and(|found| found.class == plugin.class),
        None => true,
    });
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one.clone()),
        _ => {
            let known: Vec<_> = stages().map(|plugin| plugin.class.as_str()).collect();
            Err(format!("say with --class which one is meant: {}", known.join(", ")))
        }
    }
}

/// Makes a call again as long as it could succeed later, up to a bound.
pub async fn persist<T>(mut call: impl AsyncFnMut() -> Result<T, PluginError>) -> Result<T, PluginError> {
    for _ in 1..STARTS {
        match call().await {
            Err(error) if error.kind == PluginErrorKind::Retriable => tokio::time::sleep(BETWEEN_STARTS).await,
            outcome => return outcome,
        }
    }
    call().await
}

/// Special addresses have to be named.
const EVERYWHERE: [&str; 5] = ["*", "0.0.0.0/0", "::/0", "127.0.0.0/8", "::1/128"];

/// An allowlist of all that there is: what a plugin gets is what its own configuration grants.
fn everything() -> Result<SandboxOptions, String> {
    let patterns = || EVERYWHERE.iter().map(|pattern| pattern.parse()).collect::<Result<Vec<_>, _>>();
    let net = |_| "the pattern of all addresses cannot be read".to_owned();
    Ok(SandboxOptions {
        fs_read: vec!["/".into()],
        fs_write: vec!["/".into()],
        net_connect: patterns().map_err(net)?,
        net_listen: patterns().map_err(net)?,
        stdio: true,
    })
}

// === what instances are given

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connector's wishes, which nobody fulfils here.
struct Ignored;

impl ConnectorContext for Ignored {
    fn request_task_reconfiguration(&self) {}

    fn raise_error(&self, message: String) {
        tracing::warn!("the connector raised an error: {message}");
    }
}

/// Offsets by source partition, both as text.
#[derive(Default)]
pub struct CommittedOffsets(Mutex<HashMap<String, String>>);

impl CommittedOffsets {
    pub fn commit(&self, partition: &str, offset: &str) {
        locked(&self.0).insert(partition.to_owned(), offset.to_owned());
    }
}

#[async_trait]
impl OffsetReader for CommittedOffsets {
    async fn offsets(&self, partitions: Vec<String>) -> Result<Vec<Option<String>>, String> {
        let committed = locked(&self.0);
        Ok(partitions.iter().map(|partition| committed.get(partition).cloned()).collect())
    }
}

/// The partitions that a sink task has.
pub struct Partitions(Mutex<Vec<TopicPartition>>);

impl Partitions {
    pub fn assign(&self, partitions: &[TopicPartition]) {
        *locked(&self.0) = partitions.to_vec();
    }
}

impl SinkContext for Partitions {
    fn assignment(&self) -> Vec<TopicPartition> {
        locked(&self.0).clone()
    }

    fn rewind(&self, _offsets: Vec<PartitionOffset>) -> Result<(), String> {
        Ok(())
    }

    fn pause(&self, _partitions: Vec<TopicPartition>) -> Result<(), String> {
        Ok(())
    }

    fn resume(&self, _partitions: Vec<TopicPartition>) -> Result<(), String> {
        Ok(())
    }

    fn timeout(&self, _timeout: Duration) {}

    fn request_commit(&self) {}

    fn report_errant_record(&self, partition: TopicPartition, offset: i64, message: String) -> Result<(), String> {
        tracing::warn!("errant record {partition} {offset}: {message}");
        Ok(())
    }
}
