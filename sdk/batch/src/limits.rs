//! How much a reader accepts, checked before anything of that size is allocated.

/// Upper bounds on a foreign batch. Each is named in the error that it causes.
///
/// What is made of a batch is bounded by its bytes: the tables while it is parsed, and about 32 times the bytes of a row by
/// [`crate::Datum::to_value`], of which an array of int8 is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole batch.
    pub max_bytes: usize,
    /// Records, holes included.
    pub max_records: usize,
    /// Entries of the string table.
    pub max_strings: usize,
    /// Entries of the schema table.
    pub max_schemas: usize,
    /// Bytes of the schema table.
    pub max_schema_bytes: usize,
    /// Nodes of one schema when it is written out as a tree: shared children count each time they are named, so that walking
    /// a small table cannot take for ever.
    pub max_schema_nodes: u32,
    /// Nesting of schemas and of schemaless values; a scalar is 1.
    pub max_depth: u16,
}

impl Limits {
    /// Nesting that every reader accepts; writers refuse to go deeper.
    pub const DEPTH: u16 = 100;
    /// Nodes of one schema that every reader accepts; writers refuse more.
    pub const SCHEMA_NODES: u32 = 65_536;
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_bytes: 256 << 20,
            max_records: 1_000_000,
            max_strings: 1_000_000,
            max_schemas: 10_000,
            max_schema_bytes: 4 << 20,
            max_schema_nodes: Limits::SCHEMA_NODES,
            max_depth: Limits::DEPTH,
        }
    }
}
