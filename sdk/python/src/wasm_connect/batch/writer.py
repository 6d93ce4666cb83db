"""Writes a batch in one pass: frames as they come, then index, strings and schemas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from struct import error as PackError
from struct import pack
from typing import Any, cast

from . import layout, tagged
from .changes import KEPT, Kept, NewRecord
from .errors import EncodeError
from .layout import FRAME, HEADER, NONE, NULL_KEY, NULL_VALUE
from .reader import Batch, Record, TimestampType
from .rows import encoder
from .schema import Schema
from .schemas import SchemaTable
from .strings import StringTable
from .value import Struct


@dataclass(slots=True)
class FrameHead:
    """What records have in common, as numbers of one batch; made by :meth:`BatchWriter.head`."""

    topic: int
    partition: int
    original_topic: int
    original_partition: int
    source_partition: int
    timestamp: int
    flags: int


#: What a copy keeps of a frame's flags: whether the worker ends a transaction behind it is not a stage's business.
_TIMESTAMP = 3 << layout.TIMESTAMP_SHIFT
_KEPT_FLAGS = NULL_KEY | NULL_VALUE | _TIMESTAMP

#: What becomes of a record that stays as it is; whose it is does not matter.
_UNCHANGED = NewRecord(cast(Record, None))


def _misfit() -> EncodeError:
    return EncodeError("a number of the record does not fit: more than 65535 headers, or too large a timestamp")


def _partition(partition: int | None) -> int:
    """A negative one means none, too."""
    return -1 if partition is None or partition < 0 else partition


class BatchWriter:
    """Writes records one after the other; :meth:`finish` answers the batch. One writer, one batch."""

    __slots__ = ("_at", "_index", "_parts", "_schemas", "_strings")

    def __init__(self) -> None:
        self._parts: list[bytes] = [b""]
        self._at = layout.BATCH_HEADER.size
        self._index: list[int] = []
        self._strings = StringTable()
        self._schemas = SchemaTable()

    def string(self, string: str) -> int:
        """The string's position in this batch."""
        try:
            return self._strings.intern(string)
        except UnicodeEncodeError as error:
            raise EncodeError(f"text cannot be written as UTF-8: {error}") from None

    def schema(self, schema: Schema | None) -> int:
        """The schema's id in this batch."""
        return layout.NO_SCHEMA if schema is None else self._schemas.intern(schema)

    def head(
        self,
        *,
        topic: str | None = None,
        partition: int | None = None,
        original_topic: str | None = None,
        original_partition: int | None = None,
        source_partition: str | None = None,
        timestamp: int | None = None,
        timestamp_type: TimestampType = TimestampType.CREATE,
    ) -> FrameHead:
        """What records have in common. Good for this batch only."""

        def optional(string: str | None) -> int:
            return NONE if string is None else self.string(string)

        return FrameHead(
            optional(topic),
            _partition(partition),
            optional(original_topic),
            _partition(original_partition),
            optional(source_partition),
            timestamp or 0,
            0 if timestamp is None else timestamp_type.value << layout.TIMESTAMP_SHIFT,
        )

    def add(
        self,
        head: FrameHead,
        value: Any = None,
        value_schema: Schema | None = None,
        key: Any = None,
        key_schema: Schema | None = None,
        source_offset: str | None = None,
        headers: Iterable[tuple[Any, ...]] = (),
        offset: int = 0,
        partition: int | None = None,
        timestamp: int | None = None,
        commit_after: bool = False,
        abort_after: bool = False,
    ) -> None:
        """Appends a record. Without a schema a value is schemaless, except that a struct brings its own.

        Raises :class:`EncodeError`; then the record was never there.
        """
        flags = head.flags
        # The plain cases first: most records are text without a key.
        if value is None:
            flags |= NULL_VALUE
            value_id, row = self.schema(value_schema), b""
        else:
            value_id, row = self._payload(value, value_schema)
        if key is None:
            flags |= NULL_KEY
            key_id, key_row = self.schema(key_schema) if key_schema is not None else 0, b""
        else:
            key_id, key_row = self._payload(key, key_schema)
        if timestamp is None:
            timestamp = head.timestamp
        elif not flags >> layout.TIMESTAMP_SHIFT & 3:
            flags |= TimestampType.CREATE.value << layout.TIMESTAMP_SHIFT
        if commit_after:
            flags |= layout.COMMIT_AFTER
        if abort_after:
            flags |= layout.ABORT_AFTER
        offset_row = b""
        if source_offset is not None:
            if head.source_partition == NONE:
                raise EncodeError("source offset without a source partition")
            offset_row = source_offset.encode()
        header_rows = self._headers(headers) if headers else []
        try:
            fixed = FRAME.pack(
                flags,
                len(header_rows),
                head.topic,
                head.partition if partition is None else _partition(partition),
                head.original_topic,
                head.original_partition,
                offset,
                timestamp,
                key_id,
                value_id,
                len(key_row),
                len(row),
                head.source_partition,
                len(offset_row),
            )
        except PackError:
            raise _misfit() from None
        self._append(b"".join((fixed, key_row, row, offset_row, *header_rows)))

    def copy(self, record: Record | NewRecord) -> None:
        """Appends a record of another batch, with changes or without. Where it was read from stays behind.

        Raises :class:`EncodeError` and, if a changed record cannot be read, :class:`MalformedBatch`; then it was never there.
        """
        changed, record = (record, record.record) if isinstance(record, NewRecord) else (_UNCHANGED, record)
        (
            flags, headers, topic, partition, _, _, offset, timestamp,
            key_schema, value_schema, key_length, value_length, _, source_offset_length,
        ) = record._frame  # fmt: skip
        batch = record._batch
        value_at = record._at + key_length
        end = value_at + value_length
        flags &= _KEPT_FLAGS
        topic_name = None if topic == NONE else batch.strings[topic]
        if changed.topic is not KEPT:
            topic_name = changed.topic
        if changed.partition is not KEPT:
            partition = _partition(changed.partition)
        if changed.timestamp is None:
            flags, timestamp = flags & ~_TIMESTAMP, 0
        elif changed.timestamp is not KEPT:
            timestamp = changed.timestamp
            flags |= 0 if flags & _TIMESTAMP else TimestampType.CREATE.value << layout.TIMESTAMP_SHIFT
        if changed.key is KEPT and changed.key_schema is KEPT:
            key_id, key_row = self.schema(batch._schemas[key_schema]), batch._bytes[record._at : value_at]
        else:
            key = record.key if changed.key is KEPT else changed.key
            key_id, key_row = self._changed(key, changed.key_schema, batch._schemas[key_schema])
            flags = flags | NULL_KEY if key is None else flags & ~NULL_KEY
        if changed.value is KEPT and changed.value_schema is KEPT:
            value_id, row = self.schema(batch._schemas[value_schema]), batch._bytes[value_at:end]
        else:
            value = record.value if changed.value is KEPT else changed.value
            value_id, row = self._changed(value, changed.value_schema, batch._schemas[value_schema])
            flags = flags | NULL_VALUE if value is None else flags & ~NULL_VALUE
        if changed.headers is not KEPT:
            header_rows = self._headers(changed.headers)
        else:
            header_rows = self._copied_headers(batch, end + source_offset_length, headers) if headers else []
        try:
            fixed = FRAME.pack(
                flags,
                len(header_rows),
                NONE if topic_name is None else self.string(topic_name),
                partition,
                NONE,
                -1,
                offset,
                timestamp,
                key_id,
                value_id,
                len(key_row),
                len(row),
                NONE,
                0,
            )
        except PackError:
            raise _misfit() from None
        self._append(b"".join((fixed, key_row, row, *header_rows)))

    def _append(self, frame: bytes) -> None:
        if self._at + len(frame) > layout.MAX_BYTES:
            raise EncodeError("batch would be larger than 2 GiB")
        self._parts.append(frame)
        self._index.append(self._at)
        self._at += len(frame)

    def hole(self) -> None:
        """A record that was dropped or failed, so that the positions of the others stay."""
        self._index.append(NONE)

    def __len__(self) -> int:
        """Records so far, holes included."""
        return len(self._index)

    @property
    def size(self) -> int:
        """Bytes of the whole batch if it were finished now."""
        return self._at + 4 * len(self._index) + self._strings.size + self._schemas.size

    def finish(self) -> bytes:
        """The batch."""
        index_at = self._at
        strings_at = index_at + 4 * len(self._index)
        schemas_at = strings_at + self._strings.size
        total = schemas_at + self._schemas.size
        parts = self._parts
        parts[0] = layout.BATCH_HEADER.pack(
            layout.BATCH_MAGIC, layout.FORMAT_VERSION, 0, len(self._index), index_at, strings_at, schemas_at, total
        )
        parts.append(pack(f"<{len(self._index)}I", *self._index))
        parts += self._strings.section()
        parts += self._schemas.section()
        return b"".join(parts)

    def _payload(self, value: Any, schema: Schema | None) -> tuple[int, bytes]:
        """The schema's id and the row of a value that is not None."""
        if schema is None:
            if not isinstance(value, Struct):
                return layout.NO_SCHEMA, tagged.encode(value)
            schema = value.schema
        return schema.builtin_id or self._schemas.intern(schema), (schema._encode or encoder(schema))(value)

    def _changed(self, value: Any, given: Schema | Kept | None, before: Schema | None) -> tuple[int, bytes]:
        """The schema's id and the row of a value that takes the place of another one."""
        schema = given
        if schema is KEPT:
            schema = value.schema if isinstance(value, Struct) else before
        return (self.schema(schema), b"") if value is None else self._payload(value, schema)

    def _copied_headers(self, batch: Batch, at: int, count: int) -> list[bytes]:
        """The headers of another batch that start there."""
        rows = []
        for _ in range(count):
            name, schema, length = HEADER.unpack_from(batch._bytes, at)
            at += HEADER.size
            row = b"" if length == NONE else batch._bytes[at : at + length]
            at += len(row)
            number = self.schema(batch._schemas[schema])
            rows.append(HEADER.pack(self.string(batch.strings[name]), number, length) + row)
        return rows

    def _headers(self, headers: Iterable[tuple[Any, ...]]) -> list[bytes]:
        rows = []
        for name, value, *schema in headers:
            if value is None:
                number, row, length = self.schema(schema[0] if schema else None), b"", NONE
            else:
                number, row = self._payload(value, schema[0] if schema else None)
                length = len(row)
            rows.append(HEADER.pack(self.string(name), number, length) + row)
        return rows
