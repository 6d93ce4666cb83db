//! Memory and tables of one store, as far as its limits go, and the memory of what was refused.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use crate::config::keys::limits::{MEMORY_MAX, TABLE_MAX};
use crate::config::sandbox_limits::SandboxLimits;
use crate::plugin::ports::MemoryUse;

/// Core instances and tables in a store; a component of dynamically linked modules has some dozens.
const MAX_OBJECTS: usize = 1_000;
/// Memories in a store; modules that are linked share one. Each takes 4 GiB of address space and some mappings, and both are the
/// whole worker's.
const MAX_MEMORIES: usize = 50;

/// What one store uses and may use.
#[derive(Debug)]
pub struct Limits {
    of: Arc<SandboxLimits>,
    memory_bytes: usize,
    /// Above it the instance wants to be replaced.
    memory_mark: usize,
    table_elements: usize,
    /// The limit that was hit, as a sentence's subject, until it is asked for.
    denied: Option<String>,
}

impl Limits {
    pub fn new(of: Arc<SandboxLimits>) -> Self {
        let memory_mark = of.memory_recycle_bytes;
        Self { of, memory_bytes: 0, memory_mark, table_elements: 0, denied: None }
    }

    /// The instance has started. One that needs about as much as its mark from the start is not replaced before it has grown by a
    /// quarter, or by half of what is left: a fresh one would be no smaller.
    pub fn started(&mut self) {
        let (used, max) = (self.memory_bytes, self.of.memory_max_bytes);
        let grown = used.saturating_add(used / 4).min(used + max.saturating_sub(used) / 2);
        self.memory_mark = self.memory_mark.max(grown);
    }

    /// Some, if the instance is above its mark.
    pub fn outgrown(&self) -> Option<MemoryUse> {
        let (used, mark) = (self.memory_bytes, self.memory_mark);
        (used > mark).then_some(MemoryUse { used, mark })
    }

    /// What was refused since the last call, in words that name the limit.
    pub fn take_denied(&mut self) -> Option<String> {
        self.denied.take()
    }

    /// Forgets what was refused and did no harm: a guest may ask, be told no, and go on.
    pub fn forget_denied(&mut self) {
        self.denied = None;
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        let max = self.of.memory_max_bytes;
        if total > max {
            self.denied = Some(format!("the instance needs {total} bytes of memory and {MEMORY_MAX} is {max}"));
            return Ok(false);
        }
        self.memory_bytes = total;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        let max = self.of.table_max_elements;
        if total > max {
            self.denied = Some(format!("the instance needs tables of {total} elements and {TABLE_MAX} is {max}"));
            return Ok(false);
        }
        self.table_elements = total;
        Ok(true)
    }

    fn instances(&self) -> usize {
        MAX_OBJECTS
    }

    fn tables(&self) -> usize {
        MAX_OBJECTS
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(memory_max_bytes: usize) -> Limits {
        let memory_recycle_bytes = memory_max_bytes / 4 * 3;
        Limits::new(Arc::new(SandboxLimits { memory_max_bytes, memory_recycle_bytes, ..SandboxLimits::default() }))
    }

    #[test]
    fn memories_share_one_cap() -> wasmtime::Result<()> {
        let mut limits = limits(300);
        assert!(limits.memory_growing(0, 100, None)?);
        assert!(limits.memory_growing(0, 100, None)?);
        assert!(limits.memory_growing(100, 200, None)?);
        assert!(!limits.memory_growing(100, 101, None)?);
        assert_eq!(limits.memory_bytes, 300);
        assert_eq!(
            limits.take_denied().as_deref(),
            Some("the instance needs 301 bytes of memory and sandbox.memory.max.bytes is 300")
        );
        assert_eq!(limits.take_denied(), None);
        Ok(())
    }

    #[test]
    fn an_instance_outgrows_its_mark_and_not_what_it_needs_from_the_start() -> wasmtime::Result<()> {
        let outgrown_at = |from_the_start: usize| -> wasmtime::Result<Option<usize>> {
            let mut limits = limits(1_000);
            limits.memory_growing(0, from_the_start, None)?;
            limits.started();
            for bytes in from_the_start..1_000 {
                limits.memory_growing(bytes, bytes + 1, None)?;
                if let Some(memory) = limits.outgrown() {
                    assert_eq!(memory.used, memory.mark + 1);
                    return Ok(Some(memory.used));
                }
            }
            Ok(None)
        };
        assert_eq!(outgrown_at(10)?, Some(751));
        assert_eq!(outgrown_at(700)?, Some(851));
        assert_eq!(outgrown_at(900)?, Some(951));
        assert_eq!(outgrown_at(999)?, Some(1_000));
        Ok(())
    }

    #[test]
    fn a_refusal_without_harm_is_forgotten() -> wasmtime::Result<()> {
        let mut limits = limits(10);
        assert!(!limits.memory_growing(0, 11, None)?);
        limits.forget_denied();
        assert_eq!(limits.take_denied(), None);
        assert!(!limits.table_growing(0, 1_000_001, None)?);
        assert_eq!(
            limits.take_denied().as_deref(),
            Some("the instance needs tables of 1000001 elements and sandbox.table.max.elements is 1000000")
        );
        Ok(())
    }
}
