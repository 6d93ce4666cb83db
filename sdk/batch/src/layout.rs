//! The numbers of the format that reader and writer share; `wit/BATCH.md` is the authority.

/// The first bytes of a batch.
pub(crate) const BATCH_MAGIC: [u8; 3] = *b"KCB";
/// Bytes of a batch's header; the first frame follows.
pub(crate) const BATCH_HEADER: usize = 28;
/// The index entry of a record that was dropped or failed.
pub(crate) const HOLE: u32 = u32::MAX;
/// A string, partition or length that is not there.
pub(crate) const NONE: u32 = u32::MAX;

/// Bytes of a frame's fixed part.
pub(crate) const FRAME: usize = 60;
/// Bytes before a header's value: name, schema, length.
pub(crate) const HEADER: usize = 12;

pub(crate) const NULL_KEY: u16 = 1;
pub(crate) const NULL_VALUE: u16 = 1 << 1;
pub(crate) const TIMESTAMP_SHIFT: u16 = 2;
pub(crate) const COMMIT_AFTER: u16 = 1 << 4;
pub(crate) const ABORT_AFTER: u16 = 1 << 5;
/// All flags of a frame.
pub(crate) const FRAME_FLAGS: u16 = 0x3f;

/// Where each field of the fixed part is.
pub(crate) mod at {
    pub(crate) const FLAGS: usize = 0;
    pub(crate) const HEADERS: usize = 2;
    pub(crate) const TOPIC: usize = 4;
    pub(crate) const PARTITION: usize = 8;
    pub(crate) const ORIGINAL_TOPIC: usize = 12;
    pub(crate) const ORIGINAL_PARTITION: usize = 16;
    pub(crate) const OFFSET: usize = 20;
    pub(crate) const TIMESTAMP: usize = 28;
    pub(crate) const KEY_SCHEMA: usize = 36;
    pub(crate) const VALUE_SCHEMA: usize = 40;
    pub(crate) const KEY_LENGTH: usize = 44;
    pub(crate) const VALUE_LENGTH: usize = 48;
    pub(crate) const SOURCE_PARTITION: usize = 52;
    pub(crate) const SOURCE_OFFSET_LENGTH: usize = 56;
}

/// Flags of a schema: which of its optional parts follow.
pub(crate) mod schema {
    pub(crate) const OPTIONAL: u8 = 1;
    pub(crate) const NAME: u8 = 1 << 1;
    pub(crate) const VERSION: u8 = 1 << 2;
    pub(crate) const DOC: u8 = 1 << 3;
    pub(crate) const PARAMETERS: u8 = 1 << 4;
    pub(crate) const DEFAULT: u8 = 1 << 5;
    /// All of them.
    pub(crate) const KNOWN: u8 = OPTIONAL | NAME | VERSION | DOC | PARAMETERS | DEFAULT;
}
