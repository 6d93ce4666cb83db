//! What a converter remembers of schemas: those it has parsed, by their text, and the text of those it has written.

use std::sync::Arc;

use wasm_connect_batch::Schema;

use crate::converter::cache::{ByStructure, Generations};

/// Schemas that are tried before anything is hashed; mostly the first one hits.
const RECENT: usize = 4;

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

#[cfg(test)]
mod tests {
    use super::*;

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
