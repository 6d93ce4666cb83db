//! A connector is started with its new values when those of a config provider have changed.

use std::sync::{Arc, PoisonError};

use super::{Entry, Shared};
use crate::connect::{Config, TargetState};
use crate::herder::value_changes::Values;

impl Shared {
    /// Looks at the connector's values again whenever their time to live is over, in place of an earlier call for the same connector.
    pub(super) fn follow_values(self: &Arc<Self>, name: &str, entry: &Entry) {
        let mut following = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = following.remove(name) {
            earlier.abort();
        }
        let Some(values) = Values::of(&self.parts.worker_config, &entry.config) else { return };
        let (shared, connector) = (self.clone(), name.to_owned());
        let follower = tokio::spawn(async move {
            let state = |raw: &Config| {
                let entry = shared.entry(&connector).ok().filter(|entry| entry.config == *raw)?;
                Some(entry.target == TargetState::Started)
            };
            if values.changed(&connector, state).await {
                // On its own: the restart ends this follower and starts the next.
                tokio::spawn(async move { shared.restart_with_new_values(&connector).await });
            }
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
