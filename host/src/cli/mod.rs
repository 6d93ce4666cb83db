//! The subcommands: the composition root, which may name everything.

pub mod compile_worker;
pub mod distributed;
mod open_files;
pub mod plugins;
pub mod reference;
pub mod standalone;
pub mod takeover;
mod worker_process;

use std::sync::Arc;

use crate::config::worker_config::WorkerConfig;
use crate::converter::{self, BuiltinConverter};
use crate::logging::{LogFormat, LogOptions};
use crate::plugin::component::{CompileLimits, Compiler, ComponentRuntime, RuntimeOptions};
use crate::plugin::installed::InstalledPlugins;
use crate::plugin::ports::PluginKind;
use crate::plugin::registry::BuiltIn;
use crate::plugin::sandbox::SandboxOptions;
use crate::plugin::scanner::{PluginWatcher, Scanner};
use crate::transform;

fn log_options(config: &WorkerConfig) -> LogOptions {
    let format = if config.log.json { LogFormat::Json } else { LogFormat::Text };
    LogOptions { format, level: Some(config.log.level.clone()) }
}

/// The runtime of a worker and what it finds in its plugin path, now and later. `member`: what the worker is called in its cluster; none:
/// it is alone, and has a terminal to give away.
async fn plugins_of(
    config: &WorkerConfig,
    member: Option<&str>,
) -> Result<(InstalledPlugins, Arc<ComponentRuntime>), String> {
    let sandbox = &config.sandbox;
    let runtime = ComponentRuntime::new(RuntimeOptions {
        cache_directory: Some(sandbox.cache_dir.clone()),
        limits: sandbox.limits.clone(),
        cache_is_shared: false,
        readonly_cache_directory: sandbox.readonly_cache_dir.clone(),
        compiler: Compiler::InChild(CompileLimits {
            timeout: sandbox.compile_timeout,
            memory_max_bytes: sandbox.compile_memory_max_bytes,
        }),
        sandbox: SandboxOptions {
            fs_read: sandbox.fs_read.clone(),
            fs_write: sandbox.fs_write.clone(),
            net_connect: sandbox.net_connect.clone(),
            net_listen: sandbox.net_listen.clone(),
            stdio: member.is_none(),
        },
        http_truststore: sandbox.http_truststore.clone(),
        worker: member.map(str::to_owned),
    })?;
    let runtime = Arc::new(runtime);
    let scanner = Scanner {
        plugin_path: config.plugin_path.clone(),
        max_bytes: sandbox.plugin_max_bytes,
        describe: runtime.clone(),
    };
    let watcher = PluginWatcher::start(scanner, built_in()).await;
    let installed = InstalledPlugins::new(watcher.plugins());
    tokio::spawn(watcher.run(installed.clone()));
    Ok((installed, runtime))
}

/// The transforms, predicates and converters of the worker itself, as plugins.
fn built_in() -> Vec<BuiltIn> {
    let plugin = |class: &str, kind, version: &str, config| BuiltIn {
        class: class.to_owned(),
        kind,
        version: version.to_owned(),
        config,
    };
    let transforms = transform::builtin_transformations().iter();
    let transforms =
        transforms.map(|it| plugin(it.class, PluginKind::Transformation, transform::VERSION, it.config_keys()));
    let predicates = transform::builtin_predicates().iter();
    let predicates = predicates.map(|it| plugin(it.class, PluginKind::Predicate, transform::VERSION, it.config_keys()));
    let converter = |kind| move |it: &BuiltinConverter| plugin(it.class, kind, it.version, it.config_keys());
    let all = converter::builtin_converters().iter();
    let converters = all.clone().filter(|it| it.is_converter).map(converter(PluginKind::Converter));
    let headers = all.filter(|it| it.is_header_converter).map(converter(PluginKind::HeaderConverter));
    transforms.chain(predicates).chain(converters).chain(headers).collect()
}
