"""What becomes of a record that was read, where not all of it stays as it is."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any

from .reader import Record
from .schema import Schema


class Kept(enum.Enum):
    """What stays as it is."""

    KEPT = enum.auto()

    def __repr__(self) -> str:
        return self.name


KEPT = Kept.KEPT


class NewRecord:
    """A record with changes (Java's ``newRecord``): ``NewRecord(record, value="new")``.

    What is not given stays as it is, also the schema of a value that is given; only a struct brings its own. Where the record was
    read from is the worker's to know, and cannot be changed.
    """

    __slots__ = ("headers", "key", "key_schema", "partition", "record", "timestamp", "topic", "value", "value_schema")

    def __init__(
        self,
        record: Record,
        *,
        topic: str | Kept = KEPT,
        partition: int | Kept | None = KEPT,
        timestamp: int | Kept | None = KEPT,
        key: Any = KEPT,
        key_schema: Schema | Kept | None = KEPT,
        value: Any = KEPT,
        value_schema: Schema | Kept | None = KEPT,
        headers: Iterable[tuple[Any, ...]] | Kept = KEPT,
    ) -> None:
        #: What it was.
        self.record = record
        self.topic = topic
        #: None: the partitioner decides.
        self.partition = partition
        #: Milliseconds since the epoch; None: no timestamp.
        self.timestamp = timestamp
        self.key = key
        #: None: schemaless.
        self.key_schema = key_schema
        self.value = value
        #: None: schemaless.
        self.value_schema = value_schema
        #: All of them: :class:`~wasm_connect.Header`, or tuples of name, value and, if any, schema.
        self.headers = headers
