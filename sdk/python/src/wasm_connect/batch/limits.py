"""How much of a foreign batch a reader accepts."""

from __future__ import annotations

from dataclasses import dataclass

from . import layout


@dataclass(frozen=True)
class Limits:
    """Upper bounds on a foreign batch, checked before anything of that size is made. Each is named in the error that it causes."""

    #: Bytes of the whole batch.
    max_bytes: int = 256 << 20
    #: Records, holes included.
    max_records: int = 1_000_000
    #: Entries of the string table.
    max_strings: int = 1_000_000
    #: Entries of the schema table.
    max_schemas: int = 10_000
    #: Bytes of the schema table.
    max_schema_bytes: int = 4 << 20
    #: Nodes of one schema when it is written out as a tree: shared children count each time that they are named.
    max_schema_nodes: int = layout.SCHEMA_NODES
    #: Nesting of schemas and of schemaless values; a scalar is 1.
    max_depth: int = layout.DEPTH


#: What the SDK reads with.
DEFAULT_LIMITS = Limits()
