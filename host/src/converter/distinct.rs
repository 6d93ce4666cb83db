//! Entries of an object or a map: of those with one key the last one counts, at the place of the first.

use std::borrow::Cow;
use std::collections::HashMap;

/// Up to this many entries a search one by one beats an index.
const FEW: usize = 16;

/// Entries by key, in the order in which the keys came first.
pub(super) struct Distinct<'a, V> {
    entries: Vec<(Cow<'a, str>, V)>,
    /// Positions by key, made when there are more than [`FEW`].
    index: HashMap<Cow<'a, str>, usize>,
}

impl<'a, V> Distinct<'a, V> {
    pub(super) fn new() -> Self {
        Distinct { entries: Vec::new(), index: HashMap::new() }
    }

    pub(super) fn insert(&mut self, key: Cow<'a, str>, value: V) {
        match self.position(&key) {
            Some(at) => self.entries[at].1 = value,
            None => {
                self.entries.push((key, value));
                self.extend_index();
            }
        }
    }

    /// Adds an entry unless its key is there already, which is answered with false.
    pub(super) fn insert_new(&mut self, key: Cow<'a, str>, value: V) -> bool {
        let is_new = self.position(&key).is_none();
        if is_new {
            self.entries.push((key, value));
            self.extend_index();
        }
        is_new
    }

    pub(super) fn into_entries(self) -> Vec<(Cow<'a, str>, V)> {
        self.entries
    }

    fn position(&self, key: &str) -> Option<usize> {
        if self.entries.len() > FEW {
            return self.index.get(key).copied();
        }
        self.entries.iter().position(|(known, _)| known == key)
    }

    fn extend_index(&mut self) {
        if self.entries.len() > FEW {
            for at in self.index.len()..self.entries.len() {
                self.index.insert(self.entries[at].0.clone(), at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_counts_at_the_first_place() {
        for count in [3, FEW, FEW + 1, 100] {
            let mut distinct = Distinct::new();
            for round in 0..2 {
                for i in 0..count {
                    distinct.insert(format!("k{i}").into(), (round, i));
                }
            }
            let entries = distinct.into_entries();
            assert_eq!(entries.len(), count);
            assert!(entries.iter().enumerate().all(|(i, (key, value))| *key == format!("k{i}") && *value == (1, i)));
        }
    }
}
