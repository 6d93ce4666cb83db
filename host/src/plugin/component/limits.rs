//! What one instance may use up, and the memory of what it was refused.

use wasmtime::ResourceLimiter;

use crate::plugin::ports::MemoryUse;

/// The worker's key for the memory of one instance; a connector's own value may lower it.
pub const MEMORY_MAX: &str = "sandbox.memory.max.bytes";

/// The worker's key for the time that one call may take.
pub const CALL_TIMEOUT: &str = "sandbox.call.timeout.ms";

/// Elements of all tables of an instance; a language runtime has some ten thousand functions.
const MAX_TABLE_ELEMENTS: usize = 1_000_000;
/// Core instances, memories and tables in a store; a component of dynamically linked modules has some dozens.
const MAX_OBJECTS: usize = 1_000;
/// Entries of the table of handles: streams, files, pollables.
pub const MAX_HANDLES: usize = 10_000;

/// Caps linear memory and tables of one store.
#[derive(Debug)]
pub struct Limits {
    memory_max_bytes: usize,
    memory_bytes: usize,
    /// Above it the instance wants to be replaced.
    memory_mark: usize,
    table_elements: usize,
    /// The limit that was hit, as a sentence's subject, until it is asked for.
    denied: Option<String>,
}

impl Limits {
    pub fn new(memory_max_bytes: usize) -> Self {
        let memory_mark = memory_max_bytes / 4 * 3;
        Self { memory_max_bytes, memory_bytes: 0, memory_mark, table_elements: 0, denied: None }
    }

    /// The instance has started. One that needs about as much as its mark from the start is not replaced before it has grown by a
    /// quarter, or by half of what is left: a fresh one would be no smaller.
    pub fn started(&mut self) {
        let (used, max) = (self.memory_bytes, self.memory_max_bytes);
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
        if total > self.memory_max_bytes {
            self.denied = Some(format!(
                "the instance needs {total} bytes of memory and {MEMORY_MAX} is {}",
                self.memory_max_bytes
            ));
            return Ok(false);
        }
        self.memory_bytes = total;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        if total > MAX_TABLE_ELEMENTS {
            self.denied =
                Some(format!("the instance needs tables of {total} elements and the limit is {MAX_TABLE_ELEMENTS}"));
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
        MAX_OBJECTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_share_one_cap() -> wasmtime::Result<()> {
        let mut limits = Limits::new(300);
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
            let mut limits = Limits::new(1_000);
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
        let mut limits = Limits::new(10);
        assert!(!limits.memory_growing(0, 11, None)?);
        limits.forget_denied();
        assert_eq!(limits.take_denied(), None);
        assert!(!limits.table_growing(0, MAX_TABLE_ELEMENTS + 1, None)?);
        assert!(limits.take_denied().is_some());
        Ok(())
    }
}
