//! What source and sink tasks have in common (Java's `WorkerTask`): a status, a target state, a stop with a deadline.

use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::errors::TaskFailure;
use super::instance_swap::Swapped;
use super::restarts::{Restart, Restarts};
use super::task_version::TaskVersion;
use crate::connect::{ConnectorTaskId, State, TargetState};
use crate::plugin::ports::{PluginDesc, StopSignal};
use crate::storage::status_store::{Status, StatusStore};

/// Where a task tells what it does.
#[derive(Clone)]
pub struct TaskStatus {
    pub id: ConnectorTaskId,
    pub store: Arc<dyn StatusStore>,
    pub worker_id: String,
    pub version: TaskVersion,
    /// `topic.tracking.enable`
    pub track_topics: bool,
}

impl TaskStatus {
    pub fn running(&self) {
        self.put(State::Running, None);
    }

    /// Running on, with an instance of this plugin.
    pub fn runs(&self, plugin: &Arc<PluginDesc>) {
        if !self.version.present().is_same(plugin) {
            self.version.runs(plugin);
            self.running();
        }
    }

    pub fn paused(&self) {
        self.put(State::Paused, None);
    }

    pub fn failed(&self, failure: &TaskFailure) {
        self.put(State::Failed, Some(failure.trace()));
    }

    /// Notes that the task uses `topic`.
    pub fn topic(&self, topic: &str) {
        if self.track_topics {
            self.store.put_topic(&self.id, topic);
        }
    }

    fn put(&self, state: State, trace: Option<String>) {
        let (worker_id, version) = (self.worker_id.clone(), Some(self.version.present().version.clone()));
        self.store.put_task(&self.id, Status { state, trace, worker_id, version });
    }
}

/// A panic of the worker's own code fails its task and is told like any other failure.
async fn caught(task: impl Future<Output = Result<(), TaskFailure>> + Send + 'static) -> Result<(), TaskFailure> {
    let mut tasks = JoinSet::new();
    tasks.spawn(tracing::Instrument::in_current_span(task));
    match tasks.join_next().await {
        Some(Ok(ended)) => ended,
        Some(Err(panic)) => Err(TaskFailure::caused_by("the worker itself failed; please report this", panic)),
        None => Ok(()),
    }
}

/// A task that was started.
pub struct TaskHandle {
    stop: StopSignal,
    target: watch::Sender<TargetState>,
    version: TaskVersion,
    running: JoinHandle<()>,
}

impl TaskHandle {
    /// Runs `task` to its end and tells its status; a failed one again, as often as `restarts` says. `task` must end soon after
    /// `stop`.
    pub fn spawn<F>(
        status: TaskStatus,
        stop: StopSignal,
        target: watch::Sender<TargetState>,
        mut restarts: Restarts,
        task: impl Fn() -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), TaskFailure>> + Send + 'static,
    {
        let stopping = stop.clone();
        let version = status.version.clone();
        let ended = version.clone();
        let span = crate::logging::context(&status.id.connector, Some(status.id.task));
        let run = async move {
            loop {
                let began = Instant::now();
                // Boxed, or this future would have room for the task's own twice, as long as the task lives.
                let failure = match caught(Box::pin(task())).await {
                    Err(failure) if !stopping.is_stopping() => failure,
                    Err(failure) => {
                        tracing::error!("WorkerTask{{id={}}} failed while it was being stopped: {failure}", status.id);
                        break;
                    }
                    Ok(()) => break,
                };
                tracing::error!("WorkerTask{{id={}}} failed: {failure}", status.id);
                status.failed(&failure);
                let Some(Restart { wait, number, max }) = restarts.after(failure.class, began.elapsed()) else {
                    return;
                };
                tracing::warn!(
                    "WorkerTask{{id={}}} is started again in {} ms: restart {number} of {max} in a row",
                    status.id,
                    wait.as_millis()
                );
                if stopping.sleep(wait).await {
                    break;
                }
                status.put(State::Restarting, None);
            }
            status.put(State::Unassigned, None);
        };
        let run = async move {
            run.await;
            ended.end();
        };
        Self { stop, target, version, running: tokio::spawn(tracing::Instrument::instrument(run, span)) }
    }

    /// Tells the task to end; does not wait.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// Tells the task to pause or go on; does not wait.
    pub fn set_target(&self, target: TargetState) {
        self.target.send_replace(target);
    }

    /// Tells the task to go on with another version of its plugin; does not wait. As [`TaskVersion::order`].
    pub fn upgrade(&self, to: Arc<PluginDesc>) -> Option<oneshot::Receiver<Swapped>> {
        let answer = self.version.order(to)?;
        // Wakes a task that waits for its source or for messages.
        self.target.send_modify(|_| {});
        Some(answer)
    }

    /// Waits for the end, at most until `deadline`; then the task is cancelled and writes no status. False: cancelled.
    pub async fn ended(mut self, deadline: Instant) -> bool {
        if tokio::time::timeout_at(deadline, &mut self.running).await.is_ok() {
            return true;
        }
        self.running.abort();
        false
    }
}
