//! `takeover check`: reads a cluster's topics and holds each connector against what this worker is and has. Writes nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::report::{Connector, Finding, Report};
use crate::cli::worker_process::configuration;
use crate::config::client_settings;
use crate::config::config_value::trim;
use crate::config::connector_config::ConnectorConfig;
use crate::config::distributed_config::DistributedConfig;
use crate::connect::{Config, ConnectorType, RawConfig};
use crate::herder::HerderError;
use crate::herder::missing_plugins::missing_plugins;
use crate::herder::validation::Validation;
use crate::kafka::KafkaClients;
use crate::kafka::client_config::{ClientKind, without_effect};
use crate::kafka::ports::Clients;
use crate::plugin::component::ComponentRuntime;
use crate::plugin::ports::PluginDesc;
use crate::plugin::registry::Plugins;
use crate::storage::cluster_stores::ClusterTopics;
use crate::storage::config_store::{ClusterConfigState, ConfigStore, ConfigUpdate, ConfigUpdateListener};
use crate::storage::offset_store::{KafkaOffsetStore, OffsetStore};

/// How long Kafka may take to answer the first question.
const KAFKA_TIMEOUT: Duration = Duration::from_secs(15);

/// List for each connector of a cluster what this worker has, grants and understands of it. Changes nothing.
///
/// Takes the properties that the worker is to have: those of the Java workers, with plugin.path and the sandbox.… keys of this one.
/// The cluster may be running. For each connector: its plugin, converters, transforms and predicates, config providers, settings of
/// Kafka clients that have no effect here, and offsets; at the end the entries that the allowlists lack, to be pasted.
///
/// Example: wasm-connect takeover check host/config/connect-distributed.properties
///
/// Ends with 0 if every connector would run, 1 if one would not, 2 if the cluster could not be looked at.
#[derive(clap::Args)]
pub struct Args {
    /// The worker's configuration, in Java's .properties form.
    worker_properties: PathBuf,
}

/// Nothing is done when configurations change meanwhile.
struct Nobody;

impl ConfigUpdateListener for Nobody {
    fn updated(&self, _: ConfigUpdate) {}
}

/// What connectors are held against.
struct Check<'a> {
    config: &'a DistributedConfig,
    plugins: &'a Plugins,
    runtime: &'a ComponentRuntime,
    cluster: &'a ClusterConfigState,
    offsets: &'a KafkaOffsetStore,
}

/// Looks at the whole cluster.
pub async fn run(args: Args) -> Result<Report, String> {
    let config = configuration(&args.worker_properties, DistributedConfig::new).map_err(|failed| failed.message)?;
    let clients: Arc<dyn Clients> = Arc::new(KafkaClients::new());
    let topics = ClusterTopics::new(&config, &clients).await.map_err(|error| error.to_string())?;
    let missing = tokio::time::timeout(KAFKA_TIMEOUT, topics.missing()).await;
    let missing =
        missing.map_err(|_| format!("no answer from Kafka at {}", config.worker.bootstrap_servers.join(",")))?;
    if let Some((property, topic)) = missing.map_err(|error| error.to_string())? {
        return Err(format!("there is no topic '{topic}' ({property}); is that the cluster's name for it?"));
    }
    let configs = topics.configs(Arc::new(Nobody)).await.map_err(|error| error.to_string())?;
    let offsets = topics.offsets().await.map_err(|error| error.to_string())?;
    let (plugins, runtime) = crate::cli::plugins_of(&config.worker, Some("to be")).await?;
    let (cluster, plugins) = (configs.snapshot(), plugins.current());
    let check = Check { config: &config, plugins: &plugins, runtime: &runtime, cluster: &cluster, offsets: &offsets };
    check.report().await
}

impl Check<'_> {
    async fn report(&self) -> Result<Report, String> {
        let names: Vec<_> = self.cluster.connectors().cloned().collect();
        let mut report = Report {
            title: format!(
                "Group {}, topic {}: {} connectors",
                self.config.group_id,
                self.config.config_topic.name,
                names.len()
            ),
            worker: self.worker(),
            ..Report::default()
        };
        for name in names {
            let Some(raw) = self.cluster.connector_config(&name) else { continue };
            let connector = self.connector(&name, raw, &mut report).await?;
            report.connectors.push(connector);
        }
        Ok(report)
    }

    /// Settings for the clients of all connectors.
    fn worker(&self) -> Vec<Finding> {
        let worker = &self.config.worker;
        let notices = self.config.notices();
        let mut findings: Vec<_> = notices.iter().map(|notice| Finding::Note(notice.to_string())).collect();
        let kinds =
            [("producer.", ClientKind::Producer), ("consumer.", ClientKind::Consumer), ("admin.", ClientKind::Admin)];
        for (prefix, kind) in kinds {
            let mut settings = client_settings::worker_admin_settings(worker);
            settings.retain(|key, _| key == "bootstrap.servers");
            settings.extend(worker.with_prefix(prefix));
            findings.extend(client_findings(prefix, kind, &settings, |_| true));
        }
        findings
    }

    async fn connector(&self, name: &str, raw: &Config, report: &mut Report) -> Result<Connector, String> {
        let state = self.cluster.target_state(name).unwrap_or_default();
        let tasks = self.cluster.task_count(name);
        let mut findings = self.providers(raw);
        let resolved = match self.config.worker.providers.transform(raw) {
            Ok(resolved) => resolved.config,
            Err(error) => {
                findings.push(Finding::Failed(error.to_string()));
                raw.clone()
            }
        };
        let class = resolved.get("connector.class").map_or("", |class| trim(class));
        let plugin = self.plugins.resolve_connector(class, resolved.get("connector.plugin.version").map(|v| trim(v)));
        let mut told = BTreeSet::new();
        for missing in missing_plugins(&resolved, self.plugins) {
            findings.push(Finding::Failed(missing.to_string()));
            told.insert(missing.key);
        }
        let mut kind = "unknown";
        if let Ok(plugin) = plugin {
            kind = if plugin.connector_type() == ConnectorType::Sink { "sink" } else { "source" };
            let file = plugin.path().map_or_else(|| "the worker".to_owned(), |path| path.display().to_string());
            findings.insert(0, Finding::Fine(format!("{} {} of {file}", plugin.class, plugin.version)));
            findings.extend(self.validation_errors(class, raw, &told).await);
            findings.extend(self.client_settings(&plugin, raw));
            for (key, entry) in self.runtime.missing_allowlist_entries(&plugin, &resolved) {
                report.allowlists.entry(key).or_default().insert(entry);
            }
        }
        if self.cluster.task_count_record(name).is_some() {
            findings.push(Finding::Failed(format!(
                "it has a task count record: exactly.once.source.support is or was on. Turn it off and write a tombstone for \
                 tasks-fencing-{name} to {}",
                self.config.config_topic.name
            )));
        }
        let offsets = self.offsets.list(name).await.map_err(|error| error.to_string())?;
        findings.push(Finding::Note(match offsets.len() {
            0 => "no source offsets".to_owned(),
            1 => "source offsets of 1 partition".to_owned(),
            count => format!("source offsets of {count} partitions"),
        }));
        Ok(Connector { title: format!("{name} ({kind}, {state}, tasks: {tasks})"), findings })
    }

    /// The config providers that the configuration refers to.
    fn providers(&self, raw: &Config) -> Vec<Finding> {
        let finding = |((key, provider), is_declared)| {
            if is_declared {
                Finding::Fine(format!("{key} is of config provider '{provider}'"))
            } else {
                Finding::Failed(format!(
                    "{key} refers to config provider '{provider}', which the worker's config.providers does not declare"
                ))
            }
        };
        self.config.worker.providers.references(raw).into_iter().map(finding).collect()
    }

    /// What a validation finds that was not told yet.
    async fn validation_errors(&self, class: &str, raw: &Config, told: &BTreeSet<String>) -> Vec<Finding> {
        let validation = Validation {
            worker: &self.config.worker,
            plugins: self.plugins,
            runtime: self.runtime,
            group_id: Some(&self.config.group_id),
        };
        let config: RawConfig = raw.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        match validation.validate(&config).await {
            Ok(infos) => {
                let values = infos.configs.into_iter().map(|info| info.value);
                let new = values.filter(|value| !told.contains(&value.name));
                new.flat_map(|value| {
                    value.errors.into_iter().map(move |error| Finding::Failed(format!("{}: {error}", value.name)))
                })
                .collect()
            }
            Err(HerderError::BadRequest(message)) => vec![Finding::Failed(message)],
            Err(error) => vec![Finding::Failed(format!("{class} could not be asked: {error}"))],
        }
    }

    /// Overrides of the connector that its clients do not know.
    fn client_settings(&self, plugin: &PluginDesc, raw: &Config) -> Vec<Finding> {
        let worker = &self.config.worker;
        // What is wrong with it was found by the validation.
        let Ok(connector) = ConnectorConfig::new(raw.clone(), plugin.connector_type(), worker) else {
            return Vec::new();
        };
        let own = |prefix: &'static str| {
            let raw = raw.clone();
            move |key: &str| raw.contains_key(&format!("{prefix}{key}"))
        };
        let mut findings = Vec::new();
        if plugin.connector_type() == ConnectorType::Sink {
            let settings = client_settings::consumer_settings(worker, &connector);
            let prefix = "consumer.override.";
            findings.extend(client_findings(prefix, ClientKind::Consumer, &settings, own(prefix)));
        }
        let settings = client_settings::producer_settings(worker, &connector);
        let prefix = "producer.override.";
        findings.extend(client_findings(prefix, ClientKind::Producer, &settings, own(prefix)));
        let settings = client_settings::admin_settings(worker, &connector);
        let prefix = "admin.override.";
        findings.extend(client_findings(prefix, ClientKind::Admin, &settings, own(prefix)));
        findings
    }
}

/// Keys of a client that have no effect, under the names that their user gave them; those that are `own` alone.
fn client_findings(
    prefix: &str,
    kind: ClientKind,
    settings: &crate::kafka::ports::ClientSettings,
    own: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    match without_effect(kind, settings) {
        Ok(keys) => {
            let keys = keys.into_iter().filter(|(key, _)| own(key));
            keys.map(|(key, reason)| Finding::Note(format!("{prefix}{key} has no effect: {reason}"))).collect()
        }
        Err(error) if own(&error.key) => vec![Finding::Failed(format!("{prefix}{error}"))],
        // Of the worker's own properties.
        Err(_) => Vec::new(),
    }
}
