//! What a converter remembers of schemas: those it has parsed, by their text, and the text of those it has written.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use wasm_connect_batch::Schema;

/// Schemas that are tried before anything is hashed; mostly the first one hits.
const RECENT: usize = 4;

/// Bytes of text that one cache keeps at most, whatever `schemas.cache.size` says.
const MAX_BYTES: usize = 16 << 20;

/// Schemas by their JSON text.
pub(super) struct Parsed {
    recent: Vec<(Arc<[u8]>, Schema)>,
    all: Generations<Arc<[u8]>, Schema>,
}

/// JSON texts by their schema.
pub(super) struct Rendered {
    recent: Vec<(Schema, Arc<[u8]>)>,
    all: Generations<ByStructure, Arc<[u8]>>,
}

impl Parsed {
    pub(super) fn new(capacity: usize) -> Self {
        Parsed { recent: Vec::new(), all: Generations::new(capacity) }
    }

    /// A schema that was used lately and whose text is at the start of `text`, with that text's length.
    ///
    /// No object's text is the start of another one's, so that no end has to be found.
    pub(super) fn at_start(&mut self, text: &[u8]) -> Option<(Schema, usize)> {
        let found = self.recent.iter().position(|(known, _)| text.starts_with(known))?;
        self.recent.swap(0, found);
        self.recent.first().map(|(known, schema)| (schema.clone(), known.len()))
    }

    pub(super) fn get(&mut self, text: &[u8]) -> Option<Schema> {
        let (text, schema) = self.all.get(text)?;
        remember(&mut self.recent, (text, schema.clone()));
        Some(schema)
    }

    /// Remembers a schema; `text` must be an object.
    pub(super) fn insert(&mut self, text: &[u8], schema: Schema) {
        let text: Arc<[u8]> = text.into();
        if self.all.insert(text.clone(), schema.clone(), text.len()) {
            remember(&mut self.recent, (text, schema));
        }
    }
}

impl Rendered {
    pub(super) fn new(capacity: usize) -> Self {
        Rendered { recent: Vec::new(), all: Generations::new(capacity) }
    }

    pub(super) fn get(&mut self, schema: &Schema) -> Option<Arc<[u8]>> {
        if let Some(found) = self.recent.iter().position(|(known, _)| known.is_same(schema)) {
            self.recent.swap(0, found);
            return self.recent.first().map(|(_, text)| text.clone());
        }
        let (_, text) = self.all.get(&ByStructure(schema.clone()))?;
        remember(&mut self.recent, (schema.clone(), text.clone()));
        Some(text)
    }

    pub(super) fn insert(&mut self, schema: &Schema, text: Arc<[u8]>) {
        if self.all.insert(ByStructure(schema.clone()), text.clone(), text.len()) {
            remember(&mut self.recent, (schema.clone(), text));
        }
    }
}

fn remember<T>(recent: &mut Vec<T>, entry: T) {
    recent.truncate(RECENT - 1);
    recent.insert(0, entry);
}

/// A schema as a key: equal if the structure is.
#[derive(Clone)]
struct ByStructure(Schema);

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
struct Generations<K, V> {
    half: usize,
    bytes: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Generations<K, V> {
    fn new(capacity: usize) -> Self {
        Generations { half: capacity.div_ceil(2), bytes: 0, young: HashMap::new(), old: HashMap::new() }
    }

    fn get<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<(K, V)>
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
    fn insert(&mut self, key: K, value: V, bytes: usize) -> bool {
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

    #[test]
    fn a_text_is_found_at_the_start_of_another() {
        let mut parsed = Parsed::new(10);
        let text = br#"{"type":"string","optional":false}"#;
        parsed.insert(text, Schema::string().build());
        let record = br#"{"type":"string","optional":false},"payload":"x"}"#;
        assert_eq!(parsed.at_start(record), Some((Schema::string().build(), text.len())));
        assert_eq!(parsed.at_start(&record[..10]), None);
    }

    #[test]
    fn equal_schemas_share_a_text() {
        let schema = |doc: &str| Schema::structure().field("a", Schema::int8().doc(doc).build()).build();
        let mut rendered = Rendered::new(10);
        rendered.insert(&schema("x"), b"text".as_slice().into());
        assert_eq!(rendered.get(&schema("x")).as_deref(), Some(b"text".as_slice()));
        assert_eq!(rendered.get(&schema("y")), None);
    }
}
