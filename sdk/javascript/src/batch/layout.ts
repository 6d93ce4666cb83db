// The numbers of the format (wit/BATCH.md).

/** The version of the format that this codec reads and writes. */
export const FORMAT_VERSION = 1;

/** `KCB` and `KCA`, as little-endian numbers with the version as their fourth byte. */
export const BATCH_MAGIC = 0x42434b | (FORMAT_VERSION << 24);
export const ACKS_MAGIC = 0x41434b | (FORMAT_VERSION << 24);

/** Bytes of a batch's header, a frame's fixed part, a header's fixed part, a list of acks' header, an ack. */
export const BATCH_HEADER = 28;
export const FRAME = 60;
export const HEADER = 12;
export const ACKS_HEADER = 16;
export const ACK = 32;

/** No string; in the index, a hole; as a header's length, null. */
export const NONE = 0xffff_ffff;

/** Flags of a frame. */
export const NULL_KEY = 1;
export const NULL_VALUE = 2;
export const TIMESTAMP_SHIFT = 2;
export const COMMIT_AFTER = 16;
export const ABORT_AFTER = 32;
export const FRAME_FLAGS = 63;

/** Flags of a schema's definition. */
export const OPTIONAL = 1;
export const NAME = 2;
export const VERSION = 4;
export const DOC = 8;
export const PARAMETERS = 16;
export const DEFAULT = 32;
export const SCHEMA_FLAGS = 63;

/** The id of no schema, and the first id of a batch's own schemas. */
export const NO_SCHEMA = 0;
export const OWN_SCHEMAS = 32;

/** The tag of null in a schemaless array or map. */
export const NULL_TAG = 0;

/** Batches stay below this many bytes, so that every offset fits into 32 bits. */
export const MAX_BYTES = 2 ** 31;

/** Nesting of schemas and schemaless values that every reader accepts; writers refuse to go deeper. */
export const DEPTH = 100;
/** Nodes of a schema, written out as a tree, that every reader accepts; writers refuse more. */
export const SCHEMA_NODES = 65_536;
