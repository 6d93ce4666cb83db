"""The numbers of the format (``wit/BATCH.md``)."""

from __future__ import annotations

from struct import Struct

#: The version of the format that this codec reads and writes.
FORMAT_VERSION = 1

BATCH_MAGIC = b"KCB"
ACKS_MAGIC = b"KCA"

#: Magic, version, flags, record count, where index, strings and schemas start, length.
BATCH_HEADER = Struct("<3sBIIIIII")
#: Magic, version, count, where the strings start, length.
ACKS_HEADER = Struct("<3sBIII")
#: Sequence, topic, partition, offset, timestamp.
ACK = Struct("<QIiqq")

#: Flags, header count, topic, partition, original topic, original partition, offset, timestamp, key schema, value schema,
#: key length, value length, source partition, source offset length.
FRAME = Struct("<HHIiIiqqIIIIII")
#: Name, schema, length.
HEADER = Struct("<III")
U32 = Struct("<I")

#: No string; in the index, a hole; as a header's length, null.
NONE = 0xFFFF_FFFF

# Flags of a frame.
NULL_KEY = 1
NULL_VALUE = 2
TIMESTAMP_SHIFT = 2
COMMIT_AFTER = 16
ABORT_AFTER = 32
FRAME_FLAGS = 63

# Flags of a schema's definition.
OPTIONAL = 1
NAME = 2
VERSION = 4
DOC = 8
PARAMETERS = 16
DEFAULT = 32
SCHEMA_FLAGS = 63

#: The id of no schema, and the first id of a batch's own schemas.
NO_SCHEMA = 0
OWN_SCHEMAS = 32

#: The tag of null in a schemaless array or map.
NULL_TAG = 0

#: Batches stay below this many bytes, so that every offset fits into 32 bits.
MAX_BYTES = 1 << 31

#: Nesting of schemas and schemaless values that every reader accepts; writers refuse to go deeper.
DEPTH = 100
#: Nodes of a schema, written out as a tree, that every reader accepts; writers refuse more.
SCHEMA_NODES = 65_536
