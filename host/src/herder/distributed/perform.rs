//! What a herder's actions mean on this worker: connectors and tasks, the config topic, and other workers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

use super::action::{Action, ConfigWrite, ConnectorStart, StopWork, TaskStart};
use super::event::{Event, ForwardError, TaskConfigsAnswer};
use super::shell::Letter;
use super::{Follower, STATUS_FLUSH_TIMEOUT, Shared};
use crate::config::config_value::trim;
use crate::connect::{Config, ConnectorTaskId, RestartRequest, SessionKey, State, TargetState};
use crate::herder::protocol::ConnectorsAndTasks;
use crate::herder::restart_plan;
use crate::herder::value_changes::Values;
use crate::logging::LogLevel;
use crate::plugin::ports::{PluginDesc, PluginKind};
use crate::storage::config_store::ConfigStoreError;
use crate::storage::status_store::{Status, StatusStore};
use crate::worker::{TaskAssignment, TaskConfigsError};

impl Shared {
    /// Does what takes no time, and tells what came of it; begins what takes time, in order, and tells the shell later.
    pub(super) fn perform(self: Arc<Self>, action: Action) -> Option<Event> {
        match action {
            Action::AskPlugins(urls) => self.spawn(|shared| shared.ask_plugins(urls)),
            Action::ReadConfig { timeout_ms } => self.spawn(move |shared| async move {
                let timeout = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
                let read = shared.parts.configs.refresh(timeout).await;
                Some(Event::ConfigRead(read.inspect_err(|error| tracing::warn!("{error}")).is_ok()))
            }),
            Action::Write(write) => self.spawn(|shared| async move {
                let written = shared.write(write).await;
                Some(Event::Written(written.map_err(|error| {
                    tracing::error!("{error}");
                    error.0
                })))
            }),
            Action::Stop(stop) => self.spawn(|shared| async move {
                shared.stop(stop).await;
                Some(Event::Stopped)
            }),
            Action::StartConnector(start) => self.start_connector(start),
            Action::StartTask(start) => {
                self.start_task(start);
                None
            }
            Action::SetTarget { connector, target } => self.set_target(connector, target),
            Action::MarkRestarting(work) => {
                self.mark_restarting(&work);
                None
            }
            Action::PlanRestart { connector, request } => Some(self.plan_restart(connector, request)),
            Action::AskTaskConfigs { connector, config } => self.spawn(|shared| async move {
                let answer = shared.task_configs(&connector, &config).await;
                Some(Event::TaskConfigs { connector, answer })
            }),
            Action::ForwardTaskConfigs { connector, leader_url, configs } => self.spawn(|shared| async move {
                let key = shared.parts.configs.snapshot().session_key().cloned();
                let put = shared.parts.peers.put_task_configs(&leader_url, &connector, &configs, key.as_ref()).await;
                let result = put.map_err(|error| ForwardError { status: error.status, message: error.message });
                Some(Event::Forwarded { connector, result })
            }),
            Action::SetGeneration(generation) => {
                self.parts.status.set_generation(generation);
                None
            }
            Action::CleanStatuses => {
                self.clean_statuses();
                None
            }
            Action::SetLoggerLevel { namespace, level } => {
                match LogLevel::parse(&level) {
                    Some(level) => drop(self.parts.loggers.set_level(&namespace, level)),
                    None => tracing::warn!("Ignoring level {level} for loggers {namespace}: there is no such level"),
                }
                None
            }
            // The shell's own.
            Action::Join(_)
            | Action::Sync(_)
            | Action::RequestRejoin(_)
            | Action::LeaveGroup(_)
            | Action::Quit(_)
            | Action::Reply { .. } => None,
        }
    }

    /// Runs beside the loop; the event is told when it is done.
    fn spawn<F: Future<Output = Option<Event>> + Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> F,
    ) -> Option<Event> {
        let letters = self.letters.clone();
        let work = work(self);
        tokio::spawn(async move {
            if let Some(event) = work.await {
                // The loop has ended: nobody needs to know.
                let _ = letters.send(Letter::Happened(event)).await;
            }
        });
        None
    }

    // --- other workers

    async fn ask_plugins(self: Arc<Self>, urls: Vec<String>) -> Option<Event> {
        let mut asked = JoinSet::new();
        for url in urls {
            let shared = self.clone();
            asked.spawn(async move {
                if url == shared.url {
                    return (url, Some(shared.connector_classes()));
                }
                let classes = shared.parts.peers.connector_classes(&url).await;
                let classes = classes.inspect_err(|error| tracing::warn!("{url} did not tell its plugins: {error}"));
                (url, classes.ok())
            });
        }
        Some(Event::Plugins(asked.join_all().await.into_iter().collect::<BTreeMap<_, _>>()))
    }

    pub(super) fn connector_classes(&self) -> BTreeSet<String> {
        let plugins = self.parts.plugins.current();
        let connectors =
            plugins.list().iter().filter(|plugin| matches!(plugin.kind, PluginKind::Source | PluginKind::Sink));
        connectors.map(|plugin| plugin.class.clone()).collect()
    }

    // --- the config topic

    async fn write(&self, write: ConfigWrite) -> Result<(), ConfigStoreError> {
        let configs = &self.parts.configs;
        match write {
            ConfigWrite::Connector { connector, config, target } => {
                configs.put_connector_config(&connector, &config, target).await
            }
            ConfigWrite::RemoveConnector(connector) => configs.remove_connector_config(&connector).await,
            ConfigWrite::TaskConfigs { connector, configs: tasks } => {
                configs.put_task_configs(&connector, &tasks).await
            }
            ConfigWrite::TargetState { connector, target } => configs.put_target_state(&connector, target).await,
            ConfigWrite::SessionKey { created_ms } => configs.put_session_key(&self.new_session_key(created_ms)?).await,
            ConfigWrite::Restart { connector, request } => configs.put_restart_request(&connector, request).await,
        }
    }

    fn new_session_key(&self, creation_timestamp: i64) -> Result<SessionKey, ConfigStoreError> {
        let options = &self.parts.config.inter_worker;
        let mut key = vec![0; options.key_bits.div_ceil(8)];
        openssl::rand::rand_bytes(&mut key)
            .map_err(|error| ConfigStoreError(format!("a session key could not be made: {error}")))?;
        Ok(SessionKey { key, algorithm: options.key_algorithm.name().to_owned(), creation_timestamp })
    }

    // --- connectors and tasks

    async fn stop(self: Arc<Self>, StopWork { work, given_up, reset_topics }: StopWork) {
        let mut stopping = JoinSet::new();
        for connector in work.connectors {
            let shared = self.clone();
            stopping.spawn(async move { shared.parts.worker.stop_connector(&connector).await });
        }
        let tasks: Vec<ConnectorTaskId> = work.tasks.into_iter().collect();
        self.parts.worker.stop_tasks(&tasks).await;
        stopping.join_all().await;
        if !given_up {
            return;
        }
        if self.parts.config.worker.topic_tracking_enable {
            reset_topics.iter().for_each(|connector| self.parts.status.reset_topics(connector));
        }
        if !self.parts.status.flush(STATUS_FLUSH_TIMEOUT).await {
            tracing::warn!("Not all statuses were in their topic when work was given up");
        }
    }

    fn start_connector(self: Arc<Self>, start: ConnectorStart) -> Option<Event> {
        let ConnectorStart { connector, config, target } = start;
        tracing::info!("Starting connector {connector}");
        let plugin = match self.plugin_of(&config) {
            Ok(plugin) => plugin,
            Err(reason) => {
                self.parts.worker.connector_cannot_start(&connector, &reason);
                return Some(Event::ConnectorReached { connector, result: Err(reason) });
            }
        };
        self.follow_values(&connector, &config);
        // Begun here, so that a stop that comes next finds it.
        let started = self.parts.worker.start_connector(&connector, &plugin, &config, target);
        self.spawn(move |_| async move {
            let result = started.await.map(|()| target);
            Some(Event::ConnectorReached { connector, result })
        })
    }

    fn start_task(self: &Arc<Self>, TaskStart { id, connector_config, config, target }: TaskStart) {
        self.follow_values(&id.connector, &connector_config);
        match self.plugin_of(&connector_config) {
            Ok(plugin) => self.parts.worker.start_task(TaskAssignment {
                id: &id,
                plugin: &plugin,
                connector_config: &connector_config,
                task_config: &config,
                target,
            }),
            Err(reason) => {
                tracing::error!("Couldn't instantiate task {id}: {reason}");
                self.parts.worker.task_cannot_start(&id, &reason);
            }
        }
    }

    /// The plugin that a configuration names, whose references to config providers are resolved for it.
    pub(super) fn plugin_of(&self, config: &Config) -> Result<Arc<PluginDesc>, String> {
        let resolved = self.parts.config.worker.providers.transform(config).map_err(|error| error.to_string())?.config;
        let setting = |key| resolved.get(key).map(|value| trim(value));
        let class = setting("connector.class").ok_or("the configuration contains no connector type")?;
        self.parts.plugins.current().resolve_connector(class, setting("connector.plugin.version"))
    }

    /// As long as something of the connector runs here with this configuration.
    fn follow_values(self: &Arc<Self>, connector: &Arc<str>, config: &Arc<Config>) {
        let mut following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        // Connectors that are gone have none any more.
        following.retain(|_, follower| !follower.task.is_finished());
        if following.get(connector).is_some_and(|follower| Arc::ptr_eq(&follower.config, config)) {
            return;
        }
        if let Some(earlier) = following.remove(connector) {
            earlier.task.abort();
        }
        let Some(values) = Values::of(&self.parts.worker_config, config) else { return };
        let (shared, name) = (self.clone(), connector.clone());
        let task = tokio::spawn(async move {
            let state = |raw: &Config| {
                let now = shared.parts.configs.snapshot();
                let is_same = now.connector_config(&name).is_some_and(|config| **config == *raw);
                let is_here = shared.parts.worker.has_any_of(&name);
                (is_same && is_here).then(|| now.target_state(&name) == Some(TargetState::Started))
            };
            if values.changed(&name, state).await {
                let _ = shared.letters.send(Letter::Happened(Event::ValuesChanged(name))).await;
            }
        });
        following.insert(connector.clone(), Follower { config: config.clone(), task: task.abort_handle() });
    }

    fn set_target(self: Arc<Self>, connector: Arc<str>, target: TargetState) -> Option<Event> {
        self.parts.worker.set_task_targets(&connector, target);
        self.spawn(move |shared| async move {
            match shared.parts.worker.set_connector_target(&connector, target).await? {
                Ok(()) => Some(Event::ConnectorReached { connector, result: Ok(target) }),
                Err(error) => {
                    tracing::error!("Failed to transition connector to target state: {error}");
                    None
                }
            }
        })
    }

    async fn task_configs(&self, connector: &str, config: &Config) -> TaskConfigsAnswer {
        let plugin = match self.plugin_of(config) {
            Ok(plugin) => plugin,
            Err(reason) => return TaskConfigsAnswer::Failed(reason),
        };
        match self.parts.worker.task_configs(connector, &plugin, config).await {
            None => TaskConfigsAnswer::NotRunning,
            Some(Ok(configs)) => TaskConfigsAnswer::Configs(configs),
            Some(Err(TaskConfigsError::TooMany(reason))) => {
                tracing::error!("{reason}");
                TaskConfigsAnswer::TooMany
            }
            Some(Err(TaskConfigsError::Failed(reason))) => TaskConfigsAnswer::Failed(reason),
        }
    }

    // --- statuses

    fn mark_restarting(&self, work: &ConnectorsAndTasks) {
        let restarting = || {
            let worker_id = self.parts.worker_id.clone();
            Status { state: State::Restarting, trace: None, worker_id, version: None }
        };
        work.connectors.iter().for_each(|connector| self.parts.status.put_connector(connector, restarting()));
        work.tasks.iter().for_each(|task| self.parts.status.put_task(task, restarting()));
    }

    fn plan_restart(&self, connector: Arc<str>, request: RestartRequest) -> Event {
        let plan = self.state_info(&connector).map(|info| restart_plan::plan(request, info).0);
        Event::RestartPlanned { connector, plan }
    }

    /// What was removed while another generation ran; now its statuses are not written any more.
    fn clean_statuses(&self) {
        let config = self.parts.configs.snapshot();
        for connector in self.parts.status.connectors() {
            if !config.contains(&connector) {
                tracing::debug!("Cleaning status information for connector {connector}");
                self.parts.status.delete_connector(&connector);
                continue;
            }
            let tasks = self.parts.status.tasks(&connector).into_keys();
            let ids = tasks.map(|task| ConnectorTaskId::new(connector.as_str(), task));
            ids.filter(|id| !config.has_task(id)).for_each(|id| self.parts.status.delete_task(&id));
        }
    }
}
