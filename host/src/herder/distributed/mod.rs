//! One worker of a group (Java's `DistributedHerder`): a pure step that decides, and a shell that does.
//!
//! Reads are answered at once from what was read of the internal topics. Changes are requests to the step (invariant I9), which
//! answers them, begins what they need, or says which worker can.

/// What is to be done.
pub mod action;
/// What has happened.
pub mod event;
mod inbox;
mod leadership;
mod on_config;
mod on_group;
mod on_request;
mod on_work;
mod perform;
mod requests;
mod shell;
mod state;
mod step;

#[cfg(test)]
mod simulation;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::Instant;

pub use self::inbox::ConfigInbox;
use self::shell::{Letter, MAILBOX, Shell};
pub use self::state::{Options, SessionKeyOptions, State};
pub use self::step::{Moment, next_step_ms, step};
use crate::config::distributed_config::{self, DistributedConfig};
use crate::config::worker_config::WorkerConfig;
use crate::connect::Config;
use crate::herder::peers::Peers;
use crate::herder::protocol::ConnectProtocol;
use crate::kafka::ports::{GroupMembership, GroupMembershipError};
use crate::logging::Loggers;
use crate::plugin::installed::InstalledPlugins;
use crate::plugin::ports::PluginRuntime;
use crate::storage::config_store::ConfigStore;
use crate::storage::status_store::KafkaStatusStore;
use crate::worker::Worker;

/// The longest that giving work up waits for statuses to be written.
const STATUS_FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// What a distributed herder works with.
pub struct DistributedParts {
    pub worker: Worker,
    pub plugins: InstalledPlugins,
    pub runtime: Arc<dyn PluginRuntime>,
    pub configs: Arc<dyn ConfigStore>,
    pub status: Arc<KafkaStatusStore>,
    pub peers: Arc<dyn Peers>,
    pub config: Arc<DistributedConfig>,
    /// Its part that every worker has.
    pub worker_config: Arc<WorkerConfig>,
    /// `host:port` of the advertised REST address.
    pub worker_id: String,
    pub kafka_cluster_id: String,
    pub loggers: Loggers,
}

/// Cheap to clone; all clones are one herder.
#[derive(Clone)]
pub struct DistributedHerder(Arc<Shared>);

struct Shared {
    parts: DistributedParts,
    /// Where this worker's REST API is for others, with a `/` at the end.
    url: String,
    letters: mpsc::Sender<Letter>,
    clock: Clock,
    ready: AtomicBool,
    /// Whether requests between workers must be signed.
    sessioned: AtomicBool,
    following: Mutex<HashMap<Arc<str>, Follower>>,
}

/// Looks at the values of config providers again, for a connector with this configuration.
struct Follower {
    config: Arc<Config>,
    task: AbortHandle,
}

/// Time since the epoch that never goes back.
struct Clock {
    started: Instant,
    started_ms: i64,
}

impl Clock {
    fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), started_ms: i64::try_from(since.as_millis()).unwrap_or(0) }
    }

    fn now_ms(&self) -> i64 {
        self.started_ms + i64::try_from(self.started.elapsed().as_millis()).unwrap_or(0)
    }
}

/// A herder that does not run yet.
pub struct Unstarted(Shell);

// === impl DistributedHerder ===

impl DistributedHerder {
    /// `url` is that of this worker's REST API, `inbox` hears what is read from the config topic.
    pub fn new(
        parts: DistributedParts,
        url: &str,
        membership: Box<dyn GroupMembership>,
        inbox: ConfigInbox,
    ) -> (Self, Unstarted) {
        let (letters, mailbox) = mpsc::channel(MAILBOX);
        let options = options(&parts.config, url);
        let state = State::new(options.clone(), parts.configs.snapshot());
        let shared = Arc::new(Shared {
            url: options.url,
            letters,
            clock: Clock::new(),
            ready: AtomicBool::new(false),
            sessioned: AtomicBool::new(state.is_sessioned()),
            following: Mutex::default(),
            parts,
        });
        (Self(shared.clone()), Unstarted(Shell::new(shared, state, membership, inbox, mailbox)))
    }

    /// Refuses new work, stops everything and leaves the group.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.0.letters.send(Letter::ShutDown(done)).await.is_ok() {
            let _ = stopped.await;
        }
    }

    /// Whether the worker has joined the group and runs what it was assigned.
    pub fn has_started(&self) -> bool {
        self.0.ready.load(Ordering::SeqCst)
    }
}

impl Unstarted {
    /// Joins the group and works until the herder is stopped; an error is one that only somebody else can mend.
    pub async fn run(self) -> Result<(), GroupMembershipError> {
        self.0.run().await
    }
}

fn options(config: &DistributedConfig, url: &str) -> Options {
    let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let inter_worker = &config.inter_worker;
    Options {
        url: format!("{}/", url.trim_end_matches('/')),
        protocol: match config.protocol {
            distributed_config::ConnectProtocol::Eager => ConnectProtocol::Eager,
            distributed_config::ConnectProtocol::Compatible => ConnectProtocol::Compatible,
            distributed_config::ConnectProtocol::Sessioned => ConnectProtocol::Sessioned,
        },
        max_delay_ms: ms(config.scheduled_rebalance_max_delay),
        sync_timeout_ms: ms(config.worker_sync_timeout),
        unsync_backoff_ms: ms(config.worker_unsync_backoff),
        session_keys: SessionKeyOptions {
            algorithm: inter_worker.key_algorithm.name(),
            length: inter_worker.key_bits.div_ceil(8),
            ttl_ms: inter_worker.key_ttl.map(ms),
        },
    }
}
