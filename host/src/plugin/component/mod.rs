//! Components and the engine that runs them; the only code that names wasmtime.
//!
//! A file is compiled (or found in the cache) when one of its classes is first used, asked what it is, and kept; each connector
//! and task then is a fresh instance of it in a store of its own.

mod backtrace;
mod bindings;
mod cache;
pub mod compile_worker;
mod compiler;
mod convert;
mod engine;
mod epoch;
mod exports;
mod guest;
pub mod host;
mod instance;
mod limits;
mod loading;
mod log;
mod logger;
mod quota;
mod slots;
mod state;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{InstancePre, Linker};

pub use self::cache::hex_digest;
pub use self::compiler::{CompileLimits, Compiler};
pub use self::host::metrics::{GuestMetrics, Metric, MetricSnapshot, Series};

use self::cache::CodeCache;
use self::epoch::EpochClock;
use self::exports::Exports;
use self::guest::{
    ComponentSinkTask, ComponentSourceTask, ComponentStage, Plugin, SinkConnector, SourceConnector, StageGuest,
};
use self::host::Outbound;
use self::host::file_watch::{FileWatch, WatchedFiles};
use self::host::http::Tls;
use self::host::resolver::Resolver;
use self::instance::{Identity, Instance};
use self::slots::Slots;
use self::state::State;
use super::description::Description;
use super::ports::{
    Connector, ExactlyOnceSupport, GuestConfigValue, InstanceContext, Operation, PluginDesc, PluginError,
    PluginErrorKind, PluginKind, PluginRuntime, SinkTask, SourceTask, Stage, StageRole,
};
use super::sandbox::{Grants, Sandbox, SandboxOptions, StdinLease};
use crate::config::config_def::{ConfigKey, Grant};
use crate::config::keys::sandbox::HTTP_TRUSTSTORE;
use crate::config::sandbox_limits::{LimitRules, SandboxLimits};
use crate::connect::{Config, TopicPartition, caps};

/// How plugins are run.
#[derive(Clone, Debug, Default)]
pub struct RuntimeOptions {
    /// Where compiled code is kept between runs; none: nowhere.
    pub cache_directory: Option<PathBuf>,
    /// Whether other users may read the code that is kept there: it is to be the read-only directory of workers.
    pub cache_is_shared: bool,
    /// A directory of compiled code that is only read, and looked at first.
    pub readonly_cache_directory: Option<PathBuf>,
    pub compiler: Compiler,
    pub limits: LimitRules,
    pub sandbox: SandboxOptions,
    /// Whose certificates servers of `wasi:http` must have, as PEM (`sandbox.http.ssl.truststore.location`); none: the system's.
    pub http_truststore: Option<PathBuf>,
    /// What the worker is called in its cluster, to be told with what it refuses; none: there are no others.
    pub worker: Option<String>,
}

/// The plugins' runtime: engine, compiled components, and the sandbox that they share.
pub struct ComponentRuntime {
    engine: Engine,
    clock: EpochClock,
    linker: Linker<State>,
    cache: CodeCache,
    compiler: Compiler,
    /// How many may be compiled at a time.
    compiling: Semaphore,
    sandbox: Sandbox,
    worker: Option<String>,
    outbound: Outbound,
    files: Arc<FileWatch>,
    metrics: Arc<GuestMetrics>,
    components: Slots,
    limits: LimitRules,
}

/// A compiled component that has said what it is.
struct Loaded {
    component: InstancePre<State>,
    exports: Exports,
    description: Description,
}

impl ComponentRuntime {
    /// Starts the engine. Fails if the processor or system lacks what it needs, or the working directory is gone.
    pub fn new(options: RuntimeOptions) -> Result<Self, String> {
        let engine = engine::engine().map_err(|error| format!("could not start the wasm engine: {error:#}"))?;
        let clock =
            EpochClock::start(&engine).map_err(|error| format!("could not start the wasm engine's clock: {error}"))?;
        let linker =
            host::linker(&engine).map_err(|error| format!("could not link the host's interfaces: {error:#}"))?;
        let sandbox =
            Sandbox::new(options.sandbox).map_err(|error| format!("the working directory is not known: {error}"))?;
        let tls =
            Tls::new(options.http_truststore.as_deref()).map_err(|error| format!("{HTTP_TRUSTSTORE}: {error}"))?;
        let outbound = Outbound { resolver: Resolver::default(), tls: Arc::new(tls) };
        let cache = match options.cache_directory {
            Some(shared) if options.cache_is_shared => CodeCache::for_image(shared)?,
            own => CodeCache::open(own, options.readonly_cache_directory),
        };
        Ok(Self {
            engine,
            clock,
            linker,
            cache,
            compiler: options.compiler,
            compiling: Semaphore::new(caps::COMPILED_AT_A_TIME),
            sandbox,
            worker: options.worker,
            outbound,
            files: Arc::default(),
            metrics: Arc::default(),
            components: Slots::default(),
            limits: options.limits,
        })
    }

    /// What the worker's allowlists would have to cover besides for a connector's configuration: the allowlist's key and an entry.
    pub fn missing_allowlist_entries(&self, plugin: &PluginDesc, config: &Config) -> Vec<(&'static str, String)> {
        self.sandbox.missing_entries(&plugin.config, config)
    }

    /// What the plugins count.
    pub fn metrics(&self) -> Arc<GuestMetrics> {
        self.metrics.clone()
    }

    /// An instance that may touch nothing and answers questions.
    async fn questioned(
        &self,
        component: &InstancePre<State>,
        exports: &Exports,
        context: InstanceContext,
        identity: Arc<Identity>,
    ) -> Result<Plugin, PluginError> {
        // What it counts is nobody's, and ends with it: the connector of that name may be running.
        let metrics = Arc::default();
        // Limits that are wrong are the validation's to report, for which this may be the question.
        let limits = self.limits.connector(&context.connector_config).unwrap_or_else(|_| self.limits.worker());
        let limits = Arc::new(limits);
        let state = State::new(&identity.class, context, &Grants::default(), None, &self.outbound, metrics, &limits);
        let (mut instance, exported) =
            Instance::new((&self.engine, &self.clock), component, state, identity.clone(), limits).await?;
        let guest = exports.plugin.load(instance.store(), &exported);
        let guest =
            guest.map_err(|error| identity.error("instantiate", PluginErrorKind::Malformed, format!("{error:#}")))?;
        Ok(Plugin { instance, guest })
    }

    /// The component of a class, checked to be what was scanned.
    async fn loaded(
        &self,
        plugin: &PluginDesc,
        operation: Operation,
    ) -> Result<(Arc<Loaded>, Arc<Identity>), PluginError> {
        let identity = Arc::new(Identity { class: plugin.class.clone(), version: plugin.version.clone() });
        let fatal = |message: String| identity.error(operation, PluginErrorKind::Fatal, message);
        let file =
            plugin.location.as_ref().ok_or_else(|| fatal("it is built into the worker and has no component".into()))?;
        let in_file = |reason: String| fatal(format!("{}: {reason}", file.path.display()));
        let loaded = self.load(file).await.map_err(in_file)?;
        let described = loaded
            .description
            .plugins
            .iter()
            .find(|described| described.class == plugin.class && described.kind == plugin.kind)
            .ok_or_else(|| in_file("it has no such class".into()))?;
        if described.version != plugin.version {
            return Err(in_file(format!("it has version {} of this class", described.version)));
        }
        Ok((loaded, identity))
    }

    /// An instance for a connector or task, with what its configuration was granted.
    async fn instantiate(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
    ) -> Result<(Arc<Loaded>, Instance, wasmtime::component::Instance), PluginError> {
        const OPERATION: Operation = "instantiate";
        let (loaded, identity) = self.loaded(plugin, OPERATION).await?;
        let config_error = |message: String| identity.error(OPERATION, PluginErrorKind::Config, message);
        let limits = self.limits_of(&context, &identity)?;
        let (grants, stdin) = self.grants(plugin, &context).map_err(config_error)?;
        let state = State::new(&plugin.class, context, &grants, stdin, &self.outbound, self.metrics.clone(), &limits);
        let (instance, exported) =
            Instance::new((&self.engine, &self.clock), &loaded.component, state, identity, limits).await?;
        Ok((loaded, instance, exported))
    }

    fn grants(&self, plugin: &PluginDesc, context: &InstanceContext) -> Result<(Grants, Option<StdinLease>), String> {
        let (grants, denied) = self.sandbox.derive(&plugin.config, &context.connector_config);
        if let Some(denied) = denied.first() {
            let on = self.worker.as_ref().map_or(String::new(), |worker| format!(" (on worker {worker})"));
            return Err(format!("{}: {}{on}", denied.key, denied.reason));
        }
        // A connector without its streams is of use still: it may split the work and let its task fail.
        if context.task.is_some() {
            self.sandbox.check_stdio(&grants)?;
        }
        let stdin = if grants.stdin && self.sandbox.has_stdio() {
            Some(self.sandbox.lease_stdin(&context.connector, context.task)?)
        } else {
            None
        };
        Ok((grants, stdin))
    }

    fn limits_of(&self, context: &InstanceContext, identity: &Identity) -> Result<Arc<SandboxLimits>, PluginError> {
        let limits = self.limits.connector(&context.connector_config);
        limits.map(Arc::new).map_err(|error| identity.error("instantiate", PluginErrorKind::Config, error.0))
    }
}

/// The context of an instance that is only asked.
fn unconfigured(connector: &str, config: Config) -> InstanceContext {
    let config = Arc::new(config);
    InstanceContext {
        connector: connector.into(),
        task: None,
        connector_config: config.clone(),
        config,
        stop: Default::default(),
        connector_context: None,
        offsets: None,
        sink: None,
    }
}

/// Binds the interface of a kind, or says why it cannot.
macro_rules! bind {
    ($loaded:ident, $instance:ident, $exported:ident, $interface:ident) => {
        match &$loaded.exports.$interface {
            Ok(indices) => indices
                .load($instance.store(), &$exported)
                .map_err(|error| $instance.error("instantiate", PluginErrorKind::Malformed, format!("{error:#}"))),
            Err(reason) => Err($instance.error("instantiate", PluginErrorKind::Malformed, reason.clone())),
        }
    };
}

impl ComponentRuntime {
    /// A source that is only asked.
    async fn unstarted_source(&self, plugin: &PluginDesc, config: &Config) -> Result<SourceConnector, PluginError> {
        let connector = config.get("name").map_or(plugin.class.as_str(), String::as_str);
        let context = unconfigured(connector, config.clone());
        let (loaded, mut instance, exported) = self.instantiate(plugin, context).await?;
        let guest = bind!(loaded, instance, exported, source_connector)?;
        Ok(SourceConnector { instance, guest, class: plugin.class.clone(), config: config.clone().into() })
    }
}

#[async_trait]
impl PluginRuntime for ComponentRuntime {
    async fn config_def(&self, plugin: &PluginDesc) -> Result<Vec<ConfigKey>, PluginError> {
        Ok(plugin.config.to_vec())
    }

    async fn validate(&self, plugin: &PluginDesc, config: &Config) -> Result<Vec<GuestConfigValue>, PluginError> {
        let (loaded, identity) = self.loaded(plugin, "validate").await?;
        let connector = config.get("name").map_or(plugin.class.as_str(), String::as_str);
        let context = unconfigured(connector, config.clone());
        let mut asked = self.questioned(&loaded.component, &loaded.exports, context, identity).await?;
        asked.validate(&plugin.class, config).await
    }

    async fn denied_grants(&self, plugin: &PluginDesc, config: &Config) -> Result<Vec<(String, String)>, PluginError> {
        let (grants, denied) = self.sandbox.derive(&plugin.config, config);
        let mut denied: Vec<_> = denied.into_iter().map(|denied| (denied.key, denied.reason)).collect();
        let connector = config.get("name").map_or("", String::as_str);
        if grants.stdin
            && let Some(reason) = self.sandbox.stdin_refusal(connector)
        {
            let keys = plugin.config.iter().filter(|key| key.grants.contains(&Grant::StdinIfAbsent));
            denied.extend(keys.map(|key| (key.name.to_string(), reason.clone())));
        }
        Ok(denied)
    }

    async fn exactly_once_support(
        &self,
        plugin: &PluginDesc,
        config: &Config,
    ) -> Result<ExactlyOnceSupport, PluginError> {
        self.unstarted_source(plugin, config).await?.exactly_once_support().await
    }

    async fn can_define_transaction_boundaries(
        &self,
        plugin: &PluginDesc,
        config: &Config,
    ) -> Result<bool, PluginError> {
        self.unstarted_source(plugin, config).await?.can_define_transaction_boundaries().await
    }

    async fn connector(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
    ) -> Result<Box<dyn Connector>, PluginError> {
        let (class, config) = (plugin.class.clone(), context.config.clone());
        let (loaded, mut instance, exported) = self.instantiate(plugin, context).await?;
        match plugin.kind {
            PluginKind::Source => {
                let guest = bind!(loaded, instance, exported, source_connector)?;
                Ok(Box::new(SourceConnector { instance, guest, class, config }))
            }
            PluginKind::Sink => {
                let guest = bind!(loaded, instance, exported, sink_connector)?;
                Ok(Box::new(SinkConnector { instance, guest, class, config }))
            }
            kind => Err(instance.error("instantiate", PluginErrorKind::Config, format!("a {kind} is no connector"))),
        }
    }

    async fn source_task(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
    ) -> Result<Box<dyn SourceTask>, PluginError> {
        let (class, config) = (plugin.class.clone(), context.config.clone());
        let (loaded, mut instance, exported) = self.instantiate(plugin, context).await?;
        let guest = bind!(loaded, instance, exported, source_task)?;
        let files = WatchedFiles::new(instance.store().data().files.granted_files(), &self.files);
        Ok(Box::new(ComponentSourceTask { instance, guest, class, config, files }))
    }

    async fn sink_task(&self, plugin: &PluginDesc, context: InstanceContext) -> Result<Box<dyn SinkTask>, PluginError> {
        let (class, config) = (plugin.class.clone(), context.config.clone());
        let (loaded, mut instance, exported) = self.instantiate(plugin, context).await?;
        let guest = bind!(loaded, instance, exported, sink_task)?;
        Ok(Box::new(ComponentSinkTask { instance, guest, class, config }))
    }

    async fn stage(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
        role: StageRole,
    ) -> Result<Box<dyn Stage>, PluginError> {
        let (class, config) = (plugin.class.clone(), context.config.clone());
        let (loaded, mut instance, exported) = self.instantiate(plugin, context).await?;
        let guest = match role {
            StageRole::Transformation => StageGuest::Transformation(bind!(loaded, instance, exported, transformation)?),
            StageRole::Predicate => StageGuest::Predicate(bind!(loaded, instance, exported, predicate)?),
            StageRole::FromConnect(of) => StageGuest::FromConnect(bind!(loaded, instance, exported, converter)?, of),
            StageRole::ToConnect(of) => StageGuest::ToConnect(bind!(loaded, instance, exported, converter)?, of),
        };
        Ok(Box::new(ComponentStage { instance, guest, class, config }))
    }

    async fn alter_source_offsets(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
        offsets: &[(String, Option<String>)],
    ) -> Result<bool, PluginError> {
        let (class, config) = (plugin.class.clone(), context.config.clone());
        let (loaded, mut instance, exported) = self.instantiate(plugin, context).await?;
        let guest = bind!(loaded, instance, exported, source_connector)?;
        SourceConnector { instance, guest, class, config }.alter_offsets(offsets).await
    }

    async fn alter_sink_offsets(
        &self,
        plugin: &PluginDesc,
        context: InstanceContext,
        offsets: &[(TopicPartition, Option<i64>)],
    ) -> Result<bool, PluginError> {
        let (class, config) = (plugin.class.clone(), context.config.clone());
        let (loaded, mut instance, exported) = self.instantiate(plugin, context).await?;
        let guest = bind!(loaded, instance, exported, sink_connector)?;
        SinkConnector { instance, guest, class, config }.alter_offsets(offsets).await
    }
}
