//! A running task gets a fresh instance between two batches, of the same plugin or of another version of it.
//!
//! Drain, retire, install: the task rests where all that it took is committed, the present instance has its last calls, and a
//! fresh one starts there. Nothing is lost, nobody else notices, and the task stays RUNNING in its generation.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use super::errors::TaskFailure;
use super::task_version::Upgrade;
use crate::plugin::ports::{InstanceContext, MemoryUse, PluginDesc, PluginError, PluginRuntime, SinkTask, SourceTask};

/// Where a task's instances come from.
#[derive(Clone)]
pub struct Instances {
    pub runtime: Arc<dyn PluginRuntime>,
    /// What the next instance is made of.
    pub plugin: Arc<PluginDesc>,
    /// What each instance is given.
    pub context: InstanceContext,
}

impl Instances {
    pub async fn source_task(&self) -> Result<Box<dyn SourceTask>, PluginError> {
        self.runtime.source_task(&self.plugin, self.context.clone()).await
    }

    pub async fn sink_task(&self) -> Result<Box<dyn SinkTask>, PluginError> {
        self.runtime.sink_task(&self.plugin, self.context.clone()).await
    }
}

/// Class and version, as errors name them.
impl fmt::Display for Instances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.plugin.class, self.plugin.version)
    }
}

/// Whether a task has come to rest.
#[derive(Debug, PartialEq, Eq)]
pub enum Drained {
    /// All that the instance brought or took is safe and committed; another one may go on from there.
    AtRest,
    /// Not now, and why; the task goes on as it was.
    NotYet(String),
}

/// A task whose instance can be replaced while it runs: what sources and sinks do differently.
#[async_trait]
pub trait Swappable: Send {
    /// What its next instance is made of.
    fn plugin(&mut self) -> &mut Arc<PluginDesc>;

    /// Brings the task to rest. Fails as the task would have failed.
    async fn drain(&mut self) -> Result<Drained, TaskFailure>;

    /// Brings the task to rest without the instance, which has died: commits what is safe, and goes back to it.
    async fn settle(&mut self) -> Result<(), TaskFailure>;

    /// The last calls of the present instance; what they answer is logged and changes nothing.
    async fn retire(&mut self);

    /// Makes an instance of [`Self::plugin`] and starts it where the task's commits stand, whether the last one was drained,
    /// or died, or never came to life.
    async fn install(&mut self) -> Result<(), TaskFailure>;
}

/// What became of a [`swap`].
#[derive(Debug)]
pub enum Swapped {
    /// A fresh instance is at work.
    Done,
    /// The task could not come to rest, and why; the present instance goes on.
    Postponed(String),
    /// The other version did not start, and why; a fresh instance of the present one is at work.
    RolledBack(TaskFailure),
}

/// Replaces the task's instance by one of `to`. If that is another version and does not start, the present version takes its
/// place again. Fails if neither starts, or as the task would have failed.
pub async fn swap(task: &mut impl Swappable, to: Arc<PluginDesc>) -> Result<Swapped, TaskFailure> {
    if let Drained::NotYet(reason) = task.drain().await? {
        return Ok(Swapped::Postponed(reason));
    }
    task.retire().await;
    install(task, to).await
}

/// The second half of a [`swap`], for a task that is at rest without an instance: drained and retired, or settled.
async fn install(task: &mut impl Swappable, to: Arc<PluginDesc>) -> Result<Swapped, TaskFailure> {
    let from = std::mem::replace(task.plugin(), to.clone());
    match task.install().await {
        Ok(()) => Ok(Swapped::Done),
        Err(failure) if Arc::ptr_eq(&from, &to) => Err(failure),
        Err(failure) => {
            *task.plugin() = from;
            task.install().await.map(|()| Swapped::RolledBack(failure))
        }
    }
}

/// Does as ordered, unless whoever ordered it has given up. Fails if no version goes on.
pub async fn upgrade(task: &mut impl Swappable, order: Upgrade) -> Result<(), TaskFailure> {
    let Upgrade { to, told } = order;
    if told.is_closed() {
        return Ok(());
    }
    let (began, from) = (Instant::now(), task.plugin().clone());
    let swapped = if from.is_same(&to) { Swapped::Done } else { swap(task, to.clone()).await? };
    if matches!(swapped, Swapped::Done) && !from.is_same(&to) {
        let took = began.elapsed().as_millis();
        tracing::info!(
            "Replaced the instance of {} {} by one of {}; it took {took} ms",
            to.class,
            from.version,
            to.version
        );
    }
    // Nobody needs to hear of it.
    let _ = told.send(swapped);
    Ok(())
}

/// Replaces an instance that has outgrown its memory by a fresh one of the same version. False: not now, try again later.
pub async fn recycle(task: &mut impl Swappable, memory: MemoryUse) -> Result<bool, TaskFailure> {
    let began = Instant::now();
    let plugin = task.plugin().clone();
    let PluginDesc { class, version, .. } = &*plugin;
    match swap(task, plugin.clone()).await? {
        Swapped::Done => {
            let took = began.elapsed().as_millis();
            tracing::info!("Recycled the instance of {class} {version}, because {memory}; it took {took} ms");
            Ok(true)
        }
        Swapped::Postponed(reason) => {
            tracing::warn!("cannot recycle the instance of {class} {version} now, though {memory}: {reason}");
            Ok(false)
        }
        Swapped::RolledBack(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::ports::PluginKind;

    /// Notes its steps.
    struct Task {
        plugin: Arc<PluginDesc>,
        not_yet: Option<&'static str>,
        /// Versions that do not start.
        broken: &'static [&'static str],
        steps: Vec<String>,
    }

    #[async_trait]
    impl Swappable for Task {
        fn plugin(&mut self) -> &mut Arc<PluginDesc> {
            &mut self.plugin
        }

        async fn drain(&mut self) -> Result<Drained, TaskFailure> {
            self.steps.push("drain".into());
            Ok(self.not_yet.map_or(Drained::AtRest, |reason| Drained::NotYet(reason.into())))
        }

        async fn settle(&mut self) -> Result<(), TaskFailure> {
            self.steps.push("settle".into());
            Ok(())
        }

        async fn retire(&mut self) {
            self.steps.push("retire".into());
        }

        async fn install(&mut self) -> Result<(), TaskFailure> {
            self.steps.push(format!("install {}", self.plugin.version));
            match self.broken.contains(&&*self.plugin.version) {
                true => Err(TaskFailure::new(format!("{} is broken", self.plugin.version))),
                false => Ok(()),
            }
        }
    }

    fn version(version: &str) -> Arc<PluginDesc> {
        Arc::new(PluginDesc {
            class: "a.B".into(),
            kind: PluginKind::Sink,
            version: version.into(),
            task_class: None,
            documentation: String::new(),
            location: None,
            config: Arc::new([]),
        })
    }

    /// A task of version 1 is swapped to version 2; what became of it, its steps, and the version that it has then.
    async fn swapped(not_yet: Option<&'static str>, broken: &'static [&'static str]) -> (String, String, String) {
        let mut task = Task { plugin: version("1"), not_yet, broken, steps: Vec::new() };
        let outcome = match swap(&mut task, version("2")).await {
            Ok(Swapped::Done) => "done".to_owned(),
            Ok(Swapped::Postponed(reason)) => format!("postponed: {reason}"),
            Ok(Swapped::RolledBack(failure)) => format!("rolled back: {failure}"),
            Err(failure) => format!("failed: {failure}"),
        };
        (outcome, task.steps.join(", "), task.plugin.version.clone())
    }

    #[tokio::test]
    async fn a_task_comes_to_rest_before_its_instance_is_replaced() {
        assert_eq!(swapped(None, &[]).await, ("done".into(), "drain, retire, install 2".into(), "2".into()));
        let postponed = swapped(Some("acks are missing"), &[]).await;
        assert_eq!(postponed, ("postponed: acks are missing".into(), "drain".into(), "1".into()));
    }

    #[tokio::test]
    async fn a_version_that_does_not_start_gives_way_to_the_one_before() {
        let (outcome, steps, version) = swapped(None, &["2"]).await;
        assert_eq!(outcome, "rolled back: 2 is broken");
        assert_eq!((&*steps, &*version), ("drain, retire, install 2, install 1", "1"));
        assert_eq!(swapped(None, &["1", "2"]).await.0, "failed: 1 is broken");
    }

    #[tokio::test]
    async fn a_fresh_instance_of_the_same_version_has_no_other_to_fall_back_to() {
        let mut task = Task { plugin: version("1"), not_yet: None, broken: &["1"], steps: Vec::new() };
        assert!(recycle(&mut task, MemoryUse { used: 2, mark: 1 }).await.is_err());
        assert_eq!(task.steps.join(", "), "drain, retire, install 1");
    }
}
