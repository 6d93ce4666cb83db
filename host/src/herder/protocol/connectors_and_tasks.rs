//! Connectors and tasks that are dealt with together, in an order that is kept (Java's `ConnectorsAndTasks`).

use std::sync::Arc;

use indexmap::IndexSet;

use super::bytes::{MalformedProtocol, Reader, Writer};
use crate::config::java_hash;
use crate::connect::ConnectorTaskId;

/// The number that stands for the connector itself among its tasks.
const CONNECTOR: i32 = -1;

/// Each connector and each task at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectorsAndTasks {
    pub connectors: IndexSet<Arc<str>>,
    pub tasks: IndexSet<ConnectorTaskId>,
}

// === impl ConnectorsAndTasks ===

impl ConnectorsAndTasks {
    pub fn is_empty(&self) -> bool {
        self.connectors.is_empty() && self.tasks.is_empty()
    }

    /// Appends those of `other` that are not here yet.
    pub fn extend(&mut self, other: &Self) {
        self.connectors.extend(other.connectors.iter().cloned());
        self.tasks.extend(other.tasks.iter().cloned());
    }

    /// Takes out those that are in `other`.
    pub fn remove_all(&mut self, other: &Self) {
        self.connectors.retain(|connector| !other.connectors.contains(connector));
        self.tasks.retain(|task| !other.tasks.contains(task));
    }

    /// Keeps only those that are in `other` too.
    pub fn retain_all(&mut self, other: &Self) {
        self.connectors.retain(|connector| other.connectors.contains(connector));
        self.tasks.retain(|task| other.tasks.contains(task));
    }

    /// An array of connectors, each with numbers of tasks. In Java those of an assignment go through a `HashSet` on their way and
    /// those that are revoked do not.
    pub(super) fn write(&self, writer: &mut Writer, like_hash_set: bool) {
        let mut connectors: Vec<_> = self.connectors.iter().collect();
        if like_hash_set {
            java_hash::sort_like_hash_set_copy(&mut connectors, |name| name);
        }
        let mut numbers: indexmap::IndexMap<&str, Vec<i32>> = indexmap::IndexMap::new();
        for connector in connectors {
            numbers.entry(connector).or_default().push(CONNECTOR);
        }
        for task in &self.tasks {
            numbers.entry(&task.connector).or_default().push(task.task.cast_signed());
        }
        writer.length(numbers.len());
        for (connector, numbers) in numbers {
            writer.string(connector);
            writer.length(numbers.len());
            numbers.into_iter().for_each(|number| writer.int32(number));
        }
    }

    /// A null array is an empty one.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedProtocol> {
        let mut read = Self::default();
        for _ in 0..reader.nullable_length()?.unwrap_or(0) {
            let connector: Arc<str> = reader.string()?.into();
            for _ in 0..reader.nullable_length()?.unwrap_or(0) {
                match reader.int32()? {
                    CONNECTOR => drop(read.connectors.insert(connector.clone())),
                    number => {
                        let task =
                            u32::try_from(number).map_err(|_| reader.malformed("a task with a negative number"))?;
                        read.tasks.insert(ConnectorTaskId::new(connector.clone(), task));
                    }
                }
            }
        }
        Ok(read)
    }
}
