//! What transforms work out once for each schema, not once for each record (Java's `schemaUpdateCache`).

use wasm_connect_batch::Schema;

/// As many schemas as Java's transforms remember.
const CAPACITY: usize = 16;

/// What belongs to the most recent schemas. All records of a batch that have one schema share it, so it is found by its address;
/// the equal one of the next batch is compared once.
#[derive(Debug)]
pub struct SchemaCache<T> {
    /// The most recent first.
    entries: Vec<(Schema, T)>,
}

impl<T> SchemaCache<T> {
    pub fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// What belongs to `schema`, built now if it is not there. An error is not remembered.
    pub fn get_or_build<E>(&mut self, schema: &Schema, build: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        match self.position(schema) {
            Some(0) => {}
            Some(found) => self.entries[..=found].rotate_right(1),
            None => {
                let built = build()?;
                self.entries.truncate(CAPACITY - 1);
                self.entries.insert(0, (schema.clone(), built));
            }
        }
        Ok(&self.entries[0].1)
    }

    fn position(&mut self, schema: &Schema) -> Option<usize> {
        let same = self.entries.iter().position(|(known, _)| known.is_same(schema));
        same.or_else(|| {
            let equal = self.entries.iter().position(|(known, _)| known == schema)?;
            self.entries[equal].0 = schema.clone();
            Some(equal)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_schemas_share_what_was_built_and_old_ones_are_forgotten() {
        let schema = |i: i32| Schema::int32().version(i).build();
        let mut cache = SchemaCache::new();
        let mut built = Vec::new();
        for i in (0..16).chain(0..16).chain(16..17).chain(1..17).chain(0..1) {
            let entry = cache.get_or_build(&schema(i), || {
                built.push(i);
                Ok::<_, ()>(i)
            });
            assert_eq!(entry, Ok(&i));
        }
        assert_eq!(built, (0..17).chain(0..1).collect::<Vec<_>>());
        assert_eq!(cache.get_or_build(&schema(99), || Err("no")), Err("no"));
        assert_eq!(cache.entries.len(), 16);
    }
}
