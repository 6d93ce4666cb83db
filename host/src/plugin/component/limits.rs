//! What one instance may use up, and the memory of what it was refused.

use wasmtime::ResourceLimiter;

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
    table_elements: usize,
    /// The limit that was hit, as a sentence's subject, until it is asked for.
    denied: Option<String>,
}

impl Limits {
    pub fn new(memory_max_bytes: usize) -> Self {
        Self { memory_max_bytes, memory_bytes: 0, table_elements: 0, denied: None }
    }

    /// What was refused since the last call, in words that name the limit.
    pub fn take_denied(&mut self) -> Option<String> {
        self.denied.take()
    }

    /// Forgets what was refused and did no harm: a guest may ask, be told no, and go on.
    pub fn forget_denied(&mut self) {
        self.denied = None;
    }

    /// Linear memory of all memories of the instance.
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes
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
        assert_eq!(limits.memory_bytes(), 300);
        assert_eq!(
            limits.take_denied().as_deref(),
            Some("the instance needs 301 bytes of memory and sandbox.memory.max.bytes is 300")
        );
        assert_eq!(limits.take_denied(), None);
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
