//! Values of config providers that change while a connector runs (`config.action.reload`, Java's `WorkerConfigTransformer`).
//!
//! Java restarts a connector whenever a value's time to live is over; here a restart needs a value that did change, and takes the
//! tasks along, which would keep the old value otherwise.

use std::sync::Arc;
use std::time::Duration;

use crate::config::config_value::trim;
use crate::config::worker_config::WorkerConfig;
use crate::connect::Config;

/// A connector's values, as it was started with them.
pub(super) struct Values {
    worker: Arc<WorkerConfig>,
    raw: Config,
    resolved: Config,
    /// How long they are good for.
    ttl: Duration,
}

impl Values {
    /// None: there is nothing to look at again.
    pub(super) fn of(worker: &Arc<WorkerConfig>, raw: &Config) -> Option<Self> {
        let resolved = worker.providers.transform(raw).ok()?;
        let keeps = resolved.config.get("config.action.reload").is_some_and(|action| trim(action) == "none");
        let ttl = resolved.ttl.filter(|_| !keeps)?;
        Some(Self { worker: worker.clone(), raw: raw.clone(), resolved: resolved.config, ttl })
    }

    /// True: the connector `name` must be started anew because a value has changed. False: it is no more what it was.
    /// `state` says after each look whether it still is and runs; none: it is not.
    pub(super) async fn changed(self, name: &str, state: impl Fn(&Config) -> Option<bool>) -> bool {
        loop {
            tokio::time::sleep(self.ttl).await;
            match state(&self.raw) {
                None => return false,
                Some(false) => continue,
                Some(true) => {}
            }
            match self.worker.providers.transform(&self.raw) {
                Ok(now) if now.config == self.resolved => {}
                Ok(_) => {
                    tracing::info!("Restarting connector {name}: a value of a config provider has changed");
                    return true;
                }
                Err(error) => tracing::warn!("cannot look at the values of connector {name} again: {error}"),
            }
        }
    }
}
