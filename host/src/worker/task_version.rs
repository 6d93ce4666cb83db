//! Which version of its plugin a task runs, and the order to go on with another one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::instance_swap::Swapped;
use crate::plugin::ports::PluginDesc;

/// Cheap to clone; all clones are of one task.
#[derive(Clone)]
pub struct TaskVersion(Arc<Mutex<Inner>>);

struct Inner {
    present: Arc<PluginDesc>,
    order: Option<Upgrade>,
    ended: bool,
}

/// An order to a task: go on with another version.
pub struct Upgrade {
    pub to: Arc<PluginDesc>,
    /// Dropped if the task fails on the way.
    pub told: oneshot::Sender<Swapped>,
}

impl TaskVersion {
    pub fn new(plugin: Arc<PluginDesc>) -> Self {
        Self(Arc::new(Mutex::new(Inner { present: plugin, order: None, ended: false })))
    }

    /// What the task's instance is made of, and the next one if the task is started again.
    pub fn present(&self) -> Arc<PluginDesc> {
        self.lock().present.clone()
    }

    /// From now on an instance of this one is at work.
    pub fn runs(&self, plugin: &Arc<PluginDesc>) {
        self.lock().present = plugin.clone();
    }

    /// Leaves an order for the task. None: an earlier one is still to be done. The answer does not come if the task has ended, or
    /// fails on the way.
    pub fn order(&self, to: Arc<PluginDesc>) -> Option<oneshot::Receiver<Swapped>> {
        let (told, answer) = oneshot::channel();
        let mut inner = self.lock();
        if inner.order.as_ref().is_some_and(|earlier| !earlier.told.is_closed()) {
            return None;
        }
        if !inner.ended {
            inner.order = Some(Upgrade { to, told });
        }
        Some(answer)
    }

    /// What the task is to do between two batches.
    pub fn take_order(&self) -> Option<Upgrade> {
        self.lock().order.take()
    }

    /// The task has ended: whoever ordered something hears so.
    pub fn end(&self) {
        let mut inner = self.lock();
        inner.ended = true;
        inner.order = None;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::ports::PluginKind;

    fn version(version: &str) -> Arc<PluginDesc> {
        Arc::new(PluginDesc {
            class: "a.B".into(),
            kind: PluginKind::Source,
            version: version.into(),
            task_class: None,
            documentation: String::new(),
            location: None,
            config: Arc::new([]),
        })
    }

    #[test]
    fn one_order_waits_at_a_time_unless_nobody_waits_for_it() {
        let task = TaskVersion::new(version("1"));
        let waiting = task.order(version("2"));
        assert!(waiting.is_some() && task.order(version("3")).is_none());
        drop(waiting);
        let _waiting = task.order(version("3"));
        assert_eq!(task.take_order().map(|order| order.to.version.clone()).as_deref(), Some("3"));
        assert!(task.take_order().is_none());
        assert_eq!(task.present().version, "1", "ordered is not done");
    }

    #[test]
    fn who_orders_something_of_a_task_that_ended_hears_so() {
        let task = TaskVersion::new(version("1"));
        let mut before = task.order(version("2")).unwrap();
        task.end();
        assert!(before.try_recv().is_err());
        assert!(task.order(version("3")).unwrap().try_recv().is_err());
        assert!(task.take_order().is_none());
    }
}
