//! Values of config providers that change while a connector runs (`config.action.reload`, Java's `WorkerConfigTransformer`).
//!
//! Java restarts a connector whenever a value's time to live is over; here a restart needs a value that did change, and takes the
//! tasks along, which would keep the old value otherwise.

use std::sync::{Arc, PoisonError};

use super::{Entry, Shared};
use crate::config::config_value::trim;
use crate::connect::TargetState;

impl Shared {
    /// Looks at the connector's values again whenever their time to live is over, in place of an earlier call for the same connector.
    pub(super) fn follow_values(self: &Arc<Self>, name: &str, entry: &Entry) {
        let mut following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = following.remove(name) {
            earlier.abort();
        }
        let Ok(before) = self.parts.worker_config.providers.transform(&entry.config) else { return };
        let keeps = before.config.get("config.action.reload").is_some_and(|action| trim(action) == "none");
        let Some(ttl) = before.ttl.filter(|_| !keeps) else { return };
        let (shared, connector, raw) = (self.clone(), name.to_owned(), entry.config.clone());
        let follower = tokio::spawn(async move {
            loop {
                tokio::time::sleep(ttl).await;
                match shared.entry(&connector) {
                    Ok(entry) if entry.config != raw => return,
                    Err(_) => return,
                    Ok(entry) if entry.target != TargetState::Started => continue,
                    Ok(_) => {}
                }
                match shared.parts.worker_config.providers.transform(&raw) {
                    Ok(now) if now.config == before.config => {}
                    Ok(_) => break,
                    Err(error) => tracing::warn!("cannot look at the values of connector {connector} again: {error}"),
                }
            }
            tracing::info!("Restarting connector {connector}: a value of a config provider has changed");
            // On its own: the restart ends this follower and starts the next.
            tokio::spawn(async move { shared.restart_with_new_values(&connector).await });
        });
        following.insert(name.to_owned(), follower.abort_handle());
    }

    async fn restart_with_new_values(self: &Arc<Self>, name: &str) {
        let _changing = self.change(name).await;
        let Ok(entry) = self.entry(name) else { return };
        let tasks: Vec<u32> = (0..entry.task_configs.len() as u32).collect();
        if let Err(error) = self.restart(name, true, &tasks).await {
            tracing::error!("Failed to restart connector {name}: {error}");
        }
    }
}
