//! A connector's actor (Java's `WorkerConnector`): one instance, one pending order at a time, one status.
//!
//! States: INIT → STARTED ⇄ PAUSED | STOPPED; any → FAILED, which only a restart leaves.
//!
//! A connector that has split its work and asks for no monitoring has nothing more to do: after a while its instance is put away, so
//! that it costs no memory, and a fresh one is started when its tasks are asked for again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::errors::TaskFailure;
use crate::connect::{Config, State, TargetState};
use crate::plugin::ports::{
    Connector, ConnectorContext, InstanceContext, MemoryUse, PluginDesc, PluginError, PluginRuntime, StopSignal,
};
use crate::storage::status_store::{Status, StatusStore};

/// Connectors whose tasks want to be configured anew; asking twice is asking once.
#[derive(Default)]
pub struct ReconfigurationRequests {
    connectors: std::sync::Mutex<std::collections::BTreeSet<String>>,
    notify: tokio::sync::Notify,
}

impl ReconfigurationRequests {
    pub fn request(&self, connector: &str) {
        self.lock().insert(connector.to_owned());
        self.notify.notify_one();
    }

    /// Resolves to a connector that asked.
    pub async fn next(&self) -> String {
        loop {
            let notified = self.notify.notified();
            if let Some(connector) = self.lock().pop_first() {
                return connector;
            }
            notified.await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeSet<String>> {
        self.connectors.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What a connector is made of.
pub struct ConnectorOptions {
    pub name: Arc<str>,
    pub plugin: Arc<PluginDesc>,
    pub runtime: Arc<dyn PluginRuntime>,
    /// `connector_context` is filled in by the actor.
    pub context: InstanceContext,
    pub status: Arc<dyn StatusStore>,
    pub worker_id: String,
    pub reconfigurations: Arc<ReconfigurationRequests>,
    /// [`QUIET_INSTANCES`] of the whole worker.
    pub quiet: Arc<Semaphore>,
}

enum Order {
    Target(TargetState, oneshot::Sender<Result<(), String>>),
    TaskConfigs(u32, oneshot::Sender<Result<Vec<Config>, PluginError>>),
    Fail(String),
}

/// Orders may queue up to this many: one at a time comes from the herder, errors come from the guest.
const ORDERS: usize = 16;

/// The instance of a connector that is asked nothing for so long is put away.
const KEPT: Duration = Duration::from_secs(15);
/// That of one more than [`QUIET_INSTANCES`]: its tasks are asked for at once if at all.
const KEPT_OF_MANY: Duration = Duration::from_secs(1);

/// As many are kept for longer. When thousands of connectors start together, there would be as many instances again as there are tasks.
pub const QUIET_INSTANCES: usize = 256;

/// A connector that was started.
pub struct ConnectorHandle {
    orders: mpsc::Sender<Order>,
    stop: StopSignal,
    running: tokio::sync::Mutex<JoinHandle<()>>,
}

impl ConnectorHandle {
    /// Starts the actor; the instance is made when the first target state is set.
    pub fn spawn(mut options: ConnectorOptions) -> Self {
        let (orders, inbox) = mpsc::channel(ORDERS);
        let asks = Asks {
            connector: options.name.clone(),
            orders: orders.downgrade(),
            reconfigurations: options.reconfigurations.clone(),
        };
        options.context.connector_context = Some(Arc::new(asks));
        let span = crate::logging::context(&options.name, None);
        let stop = options.context.stop.clone();
        let actor =
            Actor { options, guest: None, state: ActorState::Init, monitor_at: None, put_away_at: None, kept: None };
        let running = tokio::spawn(tracing::Instrument::instrument(actor.run(inbox), span));
        Self { orders, stop, running: tokio::sync::Mutex::new(running) }
    }

    /// Starts, pauses or stops the connector; an error is also in its status.
    pub async fn set_target(&self, target: TargetState) -> Result<(), String> {
        let (reply, answer) = oneshot::channel();
        let _ = self.orders.send(Order::Target(target, reply)).await;
        answer.await.unwrap_or_else(|_| Err("the connector is gone".into()))
    }

    /// The configurations of its tasks, at most `max`; None: the connector is not running.
    pub async fn task_configs(&self, max: u32) -> Option<Result<Vec<Config>, PluginError>> {
        let (reply, answer) = oneshot::channel();
        self.orders.send(Order::TaskConfigs(max, reply)).await.ok()?;
        answer.await.ok()
    }

    /// Marks the connector as failed.
    pub async fn fail(&self, message: String) {
        let _ = self.orders.send(Order::Fail(message)).await;
    }

    /// Stops the connector; one that takes longer than `timeout` is abandoned. False: abandoned.
    pub async fn stop(&self, timeout: Duration) -> bool {
        self.stop.stop();
        let mut running = self.running.lock().await;
        if tokio::time::timeout(timeout, &mut *running).await.is_ok() {
            return true;
        }
        running.abort();
        false
    }
}

/// What the guest may ask for; it outlives neither the actor nor keeps it alive.
struct Asks {
    connector: Arc<str>,
    orders: mpsc::WeakSender<Order>,
    reconfigurations: Arc<ReconfigurationRequests>,
}

impl ConnectorContext for Asks {
    fn request_task_reconfiguration(&self) {
        self.reconfigurations.request(&self.connector);
    }

    fn raise_error(&self, message: String) {
        let Some(orders) = self.orders.upgrade() else { return };
        if orders.try_send(Order::Fail(message)).is_err() {
            tracing::warn!("the connector raised an error, but too many are waiting already");
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ActorState {
    Init,
    Started,
    Paused,
    Stopped,
    Failed,
}

struct Actor {
    options: ConnectorOptions,
    guest: Option<Box<dyn Connector>>,
    state: ActorState,
    /// None: the connector does not ask to be monitored.
    monitor_at: Option<Instant>,
    /// None: there is no instance, or it is monitored.
    put_away_at: Option<Instant>,
    /// It may be kept for longer until then.
    kept: Option<OwnedSemaphorePermit>,
}

// === impl Actor ===

impl Actor {
    async fn run(mut self, mut inbox: mpsc::Receiver<Order>) {
        let stop = self.options.context.stop.clone();
        loop {
            let monitor_at = self.monitor_at.filter(|_| self.state == ActorState::Started);
            tokio::select! {
                biased;
                () = stop.stopped() => break,
                order = inbox.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => break,
                },
                () = sleep_until(monitor_at) => self.monitor().await,
                () = sleep_until(self.put_away_at) => self.put_away().await,
            }
            let is_quiet = self.state == ActorState::Started && self.guest.is_some() && self.monitor_at.is_none();
            self.put_away_at = is_quiet.then(|| Instant::now() + self.keep());
            if !is_quiet {
                self.kept = None;
            }
        }
        match self.stop_guest().await {
            Err(error) => self.failed(error.to_string()),
            Ok(()) if self.state != ActorState::Failed => self.put(State::Unassigned, None),
            Ok(()) => {}
        }
    }

    /// How long a quiet instance is kept.
    fn keep(&mut self) -> Duration {
        if self.kept.is_none() {
            self.kept = self.options.quiet.clone().try_acquire_owned().ok();
        }
        if self.kept.is_some() { KEPT } else { KEPT_OF_MANY }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Target(target, reply) => {
                let moved = self.transition(target).await;
                let _ = reply.send(moved);
            }
            Order::TaskConfigs(max, reply) => {
                if self.state == ActorState::Started {
                    let configs = self.task_configs(max).await;
                    if let Err(error) = &configs
                        && error.kind.is_deadly()
                    {
                        self.failed(error.to_string());
                    }
                    let _ = reply.send(configs);
                }
            }
            Order::Fail(message) => self.failed(message),
        }
    }

    async fn task_configs(&mut self, max: u32) -> Result<Vec<Config>, PluginError> {
        if self.guest.is_none()
            && let Err(error) = self.start().await
        {
            self.guest = None;
            return Err(error);
        }
        self.instance().await?.task_configs(max).await
    }

    async fn transition(&mut self, target: TargetState) -> Result<(), String> {
        if self.state == ActorState::Failed && target != TargetState::Stopped {
            let id = &self.options.name;
            return Err(format!(
                "WorkerConnector{{id={id}}} Cannot transition connector to {target:?} since it has failed"
            ));
        }
        let moved = match target {
            TargetState::Started if self.state == ActorState::Started => Ok(()),
            TargetState::Started => self.start().await,
            TargetState::Paused | TargetState::Stopped => self.stop_guest().await,
        };
        match (moved, target) {
            (Ok(()), TargetState::Started) => self.entered(ActorState::Started, State::Running),
            (Ok(()), TargetState::Paused) => self.entered(ActorState::Paused, State::Paused),
            // A connector can be stopped whatever happens to it.
            (Ok(()), TargetState::Stopped) => self.entered(ActorState::Stopped, State::Stopped),
            (Err(error), TargetState::Stopped) => {
                tracing::warn!("{error}");
                self.entered(ActorState::Stopped, State::Stopped);
            }
            (Err(error), _) => {
                let message = error.to_string();
                self.failed(message.clone());
                return Err(message);
            }
        }
        Ok(())
    }

    async fn start(&mut self) -> Result<(), PluginError> {
        self.instance().await?.start().await?;
        self.monitor_at = Some(Instant::now());
        Ok(())
    }

    /// The present instance, or one that is still to be started.
    async fn instance(&mut self) -> Result<&mut dyn Connector, PluginError> {
        let ConnectorOptions { runtime, plugin, context, .. } = &self.options;
        match &mut self.guest {
            Some(guest) => Ok(&mut **guest),
            none => Ok(&mut **none.insert(runtime.connector(plugin, context.clone()).await?)),
        }
    }

    /// A stop is the last call of an instance.
    async fn stop_guest(&mut self) -> Result<(), PluginError> {
        self.monitor_at = None;
        match (self.guest.take(), self.state) {
            (Some(mut guest), ActorState::Started) => guest.stop().await,
            _ => Ok(()),
        }
    }

    /// Ends the instance of a connector that goes on being started.
    async fn put_away(&mut self) {
        if let Err(error) = self.stop_guest().await {
            tracing::warn!("{error}");
        }
    }

    async fn monitor(&mut self) {
        self.monitor_at = None;
        let Some(guest) = &mut self.guest else { return };
        let monitored = guest.monitor().await;
        let outgrown = guest.outgrown();
        match (monitored, outgrown) {
            (Ok(next), None) => self.monitor_at = next.map(|time| Instant::now() + time),
            (Ok(next), Some(memory)) => self.recycle(memory, next).await,
            (Err(error), _) => self.failed(error.to_string()),
        }
    }

    /// Replaces an instance that has outgrown its memory by a fresh one, which is monitored after `next` as the last one asked.
    async fn recycle(&mut self, memory: MemoryUse, next: Option<Duration>) {
        if let Err(error) = self.stop_guest().await {
            tracing::warn!("{error}");
        }
        match self.start().await {
            Ok(()) => {
                let PluginDesc { class, version, .. } = &*self.options.plugin;
                tracing::info!("Recycled the instance of {class} {version}, because {memory}");
                self.monitor_at = next.map(|time| Instant::now() + time);
            }
            Err(error) => self.failed(error.to_string()),
        }
    }

    fn entered(&mut self, state: ActorState, status: State) {
        self.state = state;
        self.put(status, None);
    }

    fn failed(&mut self, message: String) {
        tracing::error!("connector failed: {message}");
        self.state = ActorState::Failed;
        self.put(State::Failed, Some(TaskFailure::new(message).trace()));
    }

    fn put(&self, state: State, trace: Option<String>) {
        let ConnectorOptions { name, plugin, worker_id, status, .. } = &self.options;
        let (worker_id, version) = (worker_id.clone(), Some(plugin.version.clone()));
        status.put_connector(name, Status { state, trace, worker_id, version });
    }
}

/// Never, if there is no time.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
