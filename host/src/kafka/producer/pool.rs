//! Producers shared by tasks with equal settings: 50 tasks on one producer need less than half the CPU of 50 producers.
//!
//! - The client is made at the first record.
//! - A fatal error, or a broker that does not let the client in, ends the producer for all its tasks; whoever asks next
//!   gets a new one. A broker that is away ends nothing: records wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use tokio::task::spawn_blocking;

use super::live::LiveProducer;
use super::tasks::{Share, Slot, Tasks};
use crate::kafka::client_config::ProducerConfig;
use crate::kafka::log::ClientLog;
use crate::kafka::ports::{AckListener, ClientSettings, KafkaError};

/// All producers of the worker that some task holds.
#[derive(Default)]
pub(in crate::kafka) struct ProducerPool {
    producers: Mutex<HashMap<String, Weak<SharedProducer>>>,
}

impl ProducerPool {
    /// The producer for these settings; no client is made before its first record.
    pub(in crate::kafka) fn get(&self, config: ProducerConfig, settings: &ClientSettings) -> Arc<SharedProducer> {
        let key = config.pool_key(settings);
        let mut producers = self.producers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = producers.get(&key).and_then(Weak::upgrade)
            && shared.failure().is_none()
        {
            return shared;
        }
        producers.retain(|_, producer| producer.strong_count() > 0);
        let shared = Arc::new(SharedProducer::new(config));
        producers.insert(key, Arc::downgrade(&shared));
        shared
    }
}

/// A producer that several tasks use.
pub(in crate::kafka) struct SharedProducer {
    pub(super) config: ProducerConfig,
    tasks: Arc<Tasks>,
    live: OnceLock<Result<Arc<LiveProducer>, KafkaError>>,
}

impl SharedProducer {
    fn new(config: ProducerConfig) -> Self {
        let tasks = Arc::new(Tasks::new(ClientLog::new(config.librdkafka.client_id())));
        Self { config, tasks, live: OnceLock::new() }
    }

    /// Adds a task.
    pub(super) fn join(&self, listener: Arc<dyn AckListener>) -> Arc<Slot> {
        self.tasks.join(listener)
    }

    /// A task hears nothing of its records any more. It is forgotten when the last of them was reported, as what they were polled
    /// in is kept until then.
    pub(super) fn leave(&self, slot: &Slot) {
        self.tasks.leave(slot);
    }

    /// Why the producer takes no records any more.
    pub(super) fn failure(&self) -> Option<KafkaError> {
        let made = self.live.get().and_then(|live| live.as_ref().err().cloned());
        made.or_else(|| self.tasks.failure.get().cloned())
    }

    /// The client, made now if there is none yet.
    pub(super) fn live(&self) -> Result<&LiveProducer, KafkaError> {
        let live = self.live.get_or_init(|| LiveProducer::start(&self.config, &self.tasks));
        match live {
            Ok(live) => Ok(live),
            Err(error) => Err(error.clone()),
        }
    }

    /// Asks the brokers about a topic, as what the client remembers may be out of date. Whether it helped shows at the next record.
    pub(super) async fn refresh(&self, topic: Arc<str>) {
        let Some(Ok(live)) = self.live.get() else { return };
        let live = Arc::clone(live);
        let _ = spawn_blocking(move || live.refresh(&topic)).await;
    }

    /// What one task may have in flight: records and bytes.
    pub(super) fn share(&self) -> Share {
        self.tasks.share(self.config.buffer_memory)
    }
}

impl Drop for SharedProducer {
    fn drop(&mut self) {
        if let Some(Ok(live)) = self.live.take() {
            live.stop();
        }
    }
}
