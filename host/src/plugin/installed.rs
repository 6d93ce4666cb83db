//! The plugins that can be used now: a snapshot that is swapped whole when files come, change and go, so that a request sees
//! one state of the plugin path from its beginning to its end.

use std::sync::Arc;

use tokio::sync::watch;

use super::registry::Plugins;

/// Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct InstalledPlugins(Arc<watch::Sender<Arc<Plugins>>>);

impl InstalledPlugins {
    pub fn new(plugins: Plugins) -> Self {
        plugins.warn_of_duplicates(&Plugins::default());
        Self(Arc::new(watch::Sender::new(Arc::new(plugins))))
    }

    /// The snapshot for one request, or for the start of one connector or task.
    pub fn current(&self) -> Arc<Plugins> {
        self.0.borrow().clone()
    }

    /// From now on these.
    pub fn replace(&self, plugins: Plugins) {
        plugins.warn_of_duplicates(&self.current());
        self.0.send_replace(Arc::new(plugins));
    }

    /// Tells of every later [`Self::replace`].
    pub fn changes(&self) -> watch::Receiver<Arc<Plugins>> {
        self.0.subscribe()
    }
}
