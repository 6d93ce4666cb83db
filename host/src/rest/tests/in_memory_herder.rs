//! A herder that keeps connectors in memory and runs nothing; its messages are those of Java's distributed herder.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde_json::json;

use crate::config::config_infos::{ConfigInfos, ConfigKeyInfo};
use crate::connect::{
    ActiveTopics, Config, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorState, ConnectorStateInfo,
    ConnectorTaskId, ConnectorType, MacAlgorithm, Message, PluginInfo, RawConfig, ServerInfo, SessionKey, State,
    TargetState, TaskInfo, TaskState,
};
use crate::herder::{Herder, HerderError, InternalRequest, LogLevel, LoggerLevel, Put, RestartRequest};

type Answer<T> = Result<T, HerderError>;

/// A connector named `slow` is one for whose configuration nobody ever gets an answer; `broken` makes it panic.
#[derive(Default)]
pub(super) struct InMemoryHerder {
    pub starting: AtomicBool,
    /// Connectors named `elsewhere` are another worker's affair; none: nobody knows whose.
    pub elsewhere: Mutex<Option<String>>,
    /// This is that worker.
    pub is_here: AtomicBool,
    connectors: Mutex<BTreeMap<String, Connector>>,
}

struct Connector {
    config: Config,
    target: TargetState,
}

impl InMemoryHerder {
    fn with<T>(&self, name: &str, unknown: &str, f: impl FnOnce(&mut Connector) -> T) -> Answer<T> {
        let mut connectors = self.connectors.lock().unwrap();
        connectors.get_mut(name).map(f).ok_or_else(|| HerderError::NotFound(unknown.replace("{}", name)))
    }

    fn put(&self, name: &str, config: Config, target: TargetState) -> Put {
        let info =
            ConnectorInfo { name: name.into(), config: config.clone(), tasks: vec![], kind: ConnectorType::Source };
        let before = self.connectors.lock().unwrap().insert(name.into(), Connector { config, target });
        Put { created: before.is_none(), info }
    }
}

fn task_state(state: State) -> TaskState {
    TaskState { id: 0, state, worker_id: "w:1".into(), version: Some("4.3.1".into()), trace: None }
}

fn state_info(name: &str, state: State) -> ConnectorStateInfo {
    ConnectorStateInfo {
        name: name.into(),
        connector: ConnectorState { state, worker_id: "w:1".into(), version: Some("4.3.1".into()), trace: None },
        tasks: vec![task_state(state)],
        kind: ConnectorType::Source,
    }
}

#[async_trait]
impl Herder for InMemoryHerder {
    async fn server_info(&self) -> Answer<ServerInfo> {
        Ok(ServerInfo { version: "4.3.1".into(), commit: "c".into(), kafka_cluster_id: "k".into() })
    }

    fn is_ready(&self) -> bool {
        !self.starting.load(Ordering::Relaxed)
    }

    async fn connectors(&self) -> Answer<Vec<String>> {
        Ok(self.connectors.lock().unwrap().keys().cloned().collect())
    }

    async fn connector_info(&self, name: &str) -> Answer<ConnectorInfo> {
        let tasks = vec![ConnectorTaskId::new(name, 0)];
        self.with(name, "Connector {} not found", |connector| ConnectorInfo {
            name: name.into(),
            config: connector.config.clone(),
            tasks,
            kind: ConnectorType::Source,
        })
    }

    async fn connector_config(&self, name: &str) -> Answer<Config> {
        match name {
            "slow" => std::future::pending().await,
            "broken" => panic!("a bug in the herder"),
            _ => self.with(name, "Connector {} not found", |connector| connector.config.clone()),
        }
    }

    async fn connector_status(&self, name: &str) -> Answer<ConnectorStateInfo> {
        let target = self.with(name, "No status found for connector {}", |connector| connector.target)?;
        let state = match target {
            TargetState::Started => State::Running,
            TargetState::Paused => State::Paused,
            TargetState::Stopped => State::Stopped,
        };
        Ok(state_info(name, state))
    }

    async fn task_status(&self, id: &ConnectorTaskId) -> Answer<TaskState> {
        match id.task {
            0 => self.with(&id.connector, "No status found for task {}-0", |_| task_state(State::Running)),
            _ => Err(HerderError::NotFound(format!("No status found for task {id}"))),
        }
    }

    async fn task_configs(&self, name: &str) -> Answer<Vec<TaskInfo>> {
        let id = ConnectorTaskId::new(name, 0);
        self.with(name, "Connector {} not found", |connector| vec![TaskInfo { id, config: connector.config.clone() }])
    }

    async fn put_connector(
        &self,
        name: &str,
        config: RawConfig,
        initial_state: Option<TargetState>,
        replace: bool,
    ) -> Answer<Put> {
        if name == "elsewhere" && !self.is_here.load(Ordering::Relaxed) {
            let forward_url = self.elsewhere.lock().unwrap().clone();
            return Err(HerderError::NotTarget {
                message: "Only the leader can set connector configs.".into(),
                forward_url,
            });
        }
        if !replace && self.connectors.lock().unwrap().contains_key(name) {
            return Err(HerderError::Conflict(format!("Connector {name} already exists")));
        }
        let mut checked = Config::new();
        for (key, value) in config {
            let null = || HerderError::BadRequest(format!("Null value of {key}"));
            checked.insert(key.clone(), value.ok_or_else(null)?);
        }
        checked.insert("name".into(), name.into());
        Ok(self.put(name, checked, initial_state.unwrap_or_default()))
    }

    async fn patch_connector_config(&self, name: &str, patch: RawConfig) -> Answer<Put> {
        let mut config = self.connector_config(name).await?;
        for (key, value) in patch {
            match value {
                Some(value) => config.insert(key, value),
                None => config.shift_remove(&key),
            };
        }
        Ok(self.put(name, config, TargetState::Started))
    }

    async fn delete_connector(&self, name: &str) -> Answer<()> {
        self.with(name, "Connector {} not found", |_| ())?;
        self.connectors.lock().unwrap().remove(name);
        Ok(())
    }

    async fn set_target_state(&self, name: &str, target: TargetState) -> Answer<()> {
        self.with(name, "Unknown connector {}", |connector| connector.target = target)
    }

    async fn restart_connector(&self, name: &str) -> Answer<()> {
        self.with(name, "Unknown connector: {}", |_| ())
    }

    async fn restart_connector_and_tasks(&self, name: &str, request: RestartRequest) -> Answer<ConnectorStateInfo> {
        let state = if request.only_failed { State::Running } else { State::Restarting };
        self.with(name, "Unknown connector: {}", |_| state_info(name, state))
    }

    async fn restart_task(&self, id: &ConnectorTaskId) -> Answer<()> {
        self.with(&id.connector, "Unknown connector: {}", |_| ())?;
        if id.task == 0 { Ok(()) } else { Err(HerderError::NotFound(format!("Unknown task: {id}"))) }
    }

    async fn put_task_configs(&self, name: &str, configs: Vec<Config>, request: InternalRequest) -> Answer<()> {
        let key = SessionKey { key: b"secret".to_vec(), algorithm: "HmacSHA256".into(), creation_timestamp: 0 };
        request.verify(Some(&key), &[MacAlgorithm::HmacSha256])?;
        self.with(name, "Connector {} not found", |connector| {
            connector.config = configs.into_iter().next().unwrap_or_default();
        })
    }

    async fn fence_zombie_source_tasks(&self, name: &str, _: InternalRequest) -> Answer<()> {
        self.with(name, "Connector {} not found", |_| ())
    }

    async fn active_topics(&self, name: &str) -> Answer<ActiveTopics> {
        Ok(ActiveTopics { connector: name.into(), topics: vec![] })
    }

    async fn reset_active_topics(&self, name: &str) -> Answer<()> {
        match name {
            "untracked" => Err(HerderError::Forbidden("Topic tracking reset is disabled.".into())),
            _ => Ok(()),
        }
    }

    async fn connector_offsets(&self, name: &str) -> Answer<ConnectorOffsets> {
        let offset = ConnectorOffset { partition: json!({"filename": "f"}), offset: json!({"position": 12}) };
        self.with(name, "Connector {} not found", |_| ConnectorOffsets { offsets: vec![offset] })
    }

    async fn alter_connector_offsets(&self, name: &str, offsets: Vec<ConnectorOffset>) -> Answer<Message> {
        let message = format!("{} altered", offsets.len());
        self.with(name, "Connector {} not found", |_| Message { message })
    }

    async fn reset_connector_offsets(&self, name: &str) -> Answer<Message> {
        self.with(name, "Connector {} not found", |_| Message { message: "reset".into() })
    }

    fn logger_levels(&self) -> BTreeMap<String, LoggerLevel> {
        [("root".to_owned(), LoggerLevel { level: LogLevel::Info, last_modified: None })].into()
    }

    fn logger_level(&self, logger: &str) -> Option<LoggerLevel> {
        self.logger_levels().remove(logger)
    }

    fn set_worker_logger_level(&self, namespace: &str, _: LogLevel) -> Vec<String> {
        vec![namespace.to_owned()]
    }

    async fn set_cluster_logger_level(&self, _: &str, _: LogLevel) -> Answer<()> {
        Ok(())
    }

    async fn connector_plugins(&self, connectors_only: bool) -> Answer<Vec<PluginInfo>> {
        let plugin =
            |class: &str, kind: &str| PluginInfo { class: class.into(), kind: kind.into(), version: "4.3.1".into() };
        let mut plugins = vec![plugin("a.Sink", "sink"), plugin("b.Converter", "converter")];
        plugins.truncate(if connectors_only { 1 } else { 2 });
        Ok(plugins)
    }

    async fn plugin_config(&self, plugin: &str, version: Option<&str>) -> Answer<Vec<ConfigKeyInfo>> {
        match plugin {
            "a.Sink" if version == Some("[") => {
                Err(HerderError::BadRequest("Invalid version specification: [".to_owned()))
            }
            "a.Sink" if version == Some("1.0") => Err(HerderError::BadRequest("no such version".into())),
            "a.Sink" => Ok(vec![]),
            _ => Err(HerderError::NotFound(format!("Unknown plugin {plugin}."))),
        }
    }

    async fn validate(&self, plugin: &str, config: RawConfig) -> Answer<ConfigInfos> {
        match config.get("connector.class") {
            Some(Some(class)) if class == plugin => {
                Ok(ConfigInfos { name: class.clone(), error_count: 0, groups: vec![], configs: vec![] })
            }
            other => Err(HerderError::BadRequest(format!("{other:?} is not {plugin}"))),
        }
    }
}
