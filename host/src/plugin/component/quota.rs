//! A bound on how many things of a kind one instance holds at a time: open files, open sockets.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Clones count together.
#[derive(Clone, Debug)]
pub struct Quota {
    /// The limit's key.
    key: &'static str,
    most: usize,
    held: Arc<AtomicUsize>,
}

/// One of them, given back when it is dropped.
#[derive(Debug)]
pub struct QuotaPermit(Arc<AtomicUsize>);

impl Quota {
    pub fn new(key: &'static str, most: usize) -> Self {
        Self { key, most, held: Arc::default() }
    }

    /// Takes one; none: the instance holds all that it may.
    pub fn take(&self) -> Option<QuotaPermit> {
        let permit = QuotaPermit(self.held.clone());
        (self.held.fetch_add(1, Ordering::Relaxed) < self.most).then_some(permit)
    }
}

/// For who hits it.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} allows ({})", self.key, self.most)
    }
}

impl Drop for QuotaPermit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let quota = Quota::new("a.key", 2);
        let same = quota.clone();
        let (first, _second) = (quota.take().unwrap(), same.take().unwrap());
        assert!(quota.take().is_none());
        assert!(same.take().is_none(), "a refusal takes nothing");
        drop(first);
        assert!(same.take().is_some());
    }
}
