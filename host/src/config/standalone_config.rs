//! A standalone worker's configuration, read from its properties and checked (Java's `StandaloneConfig`).

use std::path::PathBuf;

use super::config_exception::ConfigException;
use super::keys::standalone;
use super::worker_config::{Notice, WorkerConfig};
use crate::connect::Config;

/// Everything that a standalone worker is told. No `Debug`: it holds secrets.
#[derive(Clone)]
pub struct StandaloneConfig {
    pub worker: WorkerConfig,
    pub offset_storage_file: PathBuf,
}

impl StandaloneConfig {
    pub fn new(properties: Config) -> Result<Self, ConfigException> {
        let (worker, parsed) = WorkerConfig::read(properties, standalone::keys())?;
        Ok(Self { worker, offset_storage_file: parsed.text(standalone::OFFSET_STORAGE_FILE)?.into() })
    }

    /// Keys that change nothing, each to be logged as a warning once.
    pub fn notices(&self) -> Vec<Notice> {
        self.worker.notices(standalone::keys(), &[])
    }
}
