//! What converters remember of schemas, as much as is allowed.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use wasm_connect_batch::Schema;

/// Bytes of text that one cache keeps at most, whatever its configured size.
const MAX_BYTES: usize = 16 << 20;

/// A schema as a key: equal if the structure is.
#[derive(Clone)]
pub(super) struct ByStructure(pub Schema);

impl PartialEq for ByStructure {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for ByStructure {}

impl Hash for ByStructure {
    /// Enough of a schema to tell those apart that one topic has.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ByStructure(schema) = self;
        (schema.ty(), schema.is_optional(), schema.name(), schema.version(), schema.nodes()).hash(state);
        for field in schema.fields() {
            (&field.name, field.schema.ty(), field.schema.is_optional()).hash(state);
        }
        for child in schema.key_schema().into_iter().chain(schema.value_schema()) {
            (child.ty(), child.is_optional(), child.name()).hash(state);
        }
    }
}

/// A map of bounded size: what was not used while half of it was filled is forgotten.
pub(super) struct Generations<K, V> {
    half: usize,
    bytes: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Generations<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Generations { half: capacity.div_ceil(2), bytes: 0, young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn get<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
    {
        if let Some((key, value)) = self.young.get_key_value(key) {
            return Some((key.clone(), value.clone()));
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.young.insert(key.clone(), value.clone());
        Some((key, value))
    }

    /// False if it is not kept: there is no room for anything, or not for this.
    pub(super) fn insert(&mut self, key: K, value: V, bytes: usize) -> bool {
        if self.half == 0 || bytes > MAX_BYTES / 2 {
            return false;
        }
        if self.young.len() >= self.half || self.bytes + bytes > MAX_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.young.insert(key, value);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_used_are_forgotten() {
        let mut map = Generations::new(4);
        for i in 0..100 {
            map.insert(i, i, 1);
            assert!(map.get(&0).is_some(), "used all the time");
            assert!(map.young.len() + map.old.len() <= 5);
        }
        assert!(map.get(&50).is_none());
        assert!(!Generations::new(0).insert(1, 1, 1));
    }

    #[test]
    fn bytes_are_bounded() {
        let mut map = Generations::new(1_000_000);
        for i in 0..100 {
            map.insert(i, (), 1 << 20);
        }
        assert!(map.young.len() + map.old.len() <= 16);
        assert!(!map.insert(1000, (), MAX_BYTES));
    }
}
