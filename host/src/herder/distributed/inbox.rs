//! What the config topic tells a herder, until it looks: each thing once, so that a burst of records fills nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::event::Event;
use crate::connect::RestartRequest;
use crate::storage::config_store::{ConfigUpdate, ConfigUpdateListener};

/// Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct ConfigInbox(Arc<Inner>);

#[derive(Default)]
struct Inner {
    news: Mutex<News>,
    changed: Notify,
}

#[derive(Default)]
struct News {
    targets: BTreeSet<Arc<str>>,
    restarts: BTreeMap<Arc<str>, RestartRequest>,
    levels: BTreeMap<String, String>,
}

// === impl ConfigInbox ===

impl ConfigInbox {
    /// Resolves when there is something new in the topic, whether it is among the events or not.
    pub(super) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    pub(super) fn take(&self) -> Vec<Event> {
        let News { targets, restarts, levels } = std::mem::take(&mut *self.lock());
        let targets = targets.into_iter().map(ConfigUpdate::TargetState);
        let restarts = restarts.into_iter().map(|(connector, request)| ConfigUpdate::Restart { connector, request });
        let levels = levels.into_iter().map(|(namespace, level)| ConfigUpdate::LoggerLevel { namespace, level });
        targets.chain(restarts).chain(levels).map(Event::Config).collect()
    }

    fn lock(&self) -> MutexGuard<'_, News> {
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConfigUpdateListener for ConfigInbox {
    fn updated(&self, update: ConfigUpdate) {
        let mut news = self.lock();
        match update {
            ConfigUpdate::TargetState(connector) => drop(news.targets.insert(connector)),
            ConfigUpdate::Restart { connector, request } => {
                let kept = news.restarts.entry(connector).or_insert(request);
                *kept = (*kept).max(request);
            }
            ConfigUpdate::LoggerLevel { namespace, level } => drop(news.levels.insert(namespace, level)),
            // Seen in the topic's state.
            ConfigUpdate::ConnectorConfig(_)
            | ConfigUpdate::ConnectorRemoved(_)
            | ConfigUpdate::TaskConfigs { .. }
            | ConfigUpdate::SessionKey(_) => {}
        }
        drop(news);
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_told_twice_is_heard_once() {
        let inbox = ConfigInbox::default();
        let restart = |include_tasks| ConfigUpdate::Restart {
            connector: "c".into(),
            request: RestartRequest { include_tasks, only_failed: false },
        };
        for update in [restart(false), restart(true), restart(false), ConfigUpdate::TargetState("c".into())] {
            inbox.updated(update);
        }
        inbox.updated(ConfigUpdate::TargetState("c".into()));
        inbox.changed().await;
        let heard = inbox.take();
        assert!(
            matches!(
                &heard[..],
                [
                    Event::Config(ConfigUpdate::TargetState(_)),
                    Event::Config(ConfigUpdate::Restart { request: RestartRequest { include_tasks: true, .. }, .. })
                ]
            ),
            "{heard:?}"
        );
        assert!(inbox.take().is_empty());
    }
}
