"""Reads a batch: every bound is checked once, in one pass; what a record holds is decoded when it is asked for."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from struct import unpack_from
from typing import Any, NamedTuple

from . import layout, tagged
from .errors import NOT_UTF8, Fault, MalformedBatch
from .layout import FRAME, HEADER, NONE
from .limits import DEFAULT_LIMITS, Limits
from .rows import decoder
from .schema import Schema
from .schemas import parse_schemas
from .strings import parse_strings


class TimestampType(enum.Enum):
    """Who set a record's timestamp."""

    #: The producer.
    CREATE = 1
    #: The broker.
    LOG_APPEND = 2


class Header(NamedTuple):
    """A record's header."""

    name: str
    value: Any
    #: None: a schemaless value, or null without a schema.
    schema: Schema | None = None


#: Schemas of batches that were read before, by their section: most batches of a task have the same ones.
_known_schemas: dict[bytes, dict[int, Schema | None]] = {}
_MAX_KNOWN = 64


class Batch:
    """A batch of records: ``for record in batch``, ``len(batch)``, ``batch[3]``.

    Holes, records that a stage dropped or failed, count in ``len`` and keep the positions of the others; ``batch[i]`` is None
    there, and the loop passes over them.

    Raises :class:`MalformedBatch`.
    """

    __slots__ = ("_bytes", "_frames", "_max_depth", "_schemas", "strings")

    #: The string table.
    strings: list[str]

    def __init__(self, content: bytes, limits: Limits = DEFAULT_LIMITS) -> None:
        try:
            frames_end, index, self.strings, self._schemas = _sections(content, limits)
        except Fault as fault:
            raise MalformedBatch(fault.what) from None
        self._bytes = content
        self._max_depth = limits.max_depth
        #: Of each record: where its payloads start, and its fixed part; None: a hole.
        self._frames: list[tuple[int, tuple[int, ...]] | None] = []
        self._check_frames(index, frames_end)

    def _check_frames(self, index: tuple[int, ...], end: int) -> None:
        content, frames = self._bytes, self._frames
        strings, schemas = len(self.strings), self._schemas
        unpack, fixed = FRAME.unpack_from, FRAME.size
        at = layout.BATCH_HEADER.size
        for position, start in enumerate(index):
            if start == NONE:
                frames.append(None)
                continue
            if start != at:
                raise MalformedBatch(f"frame starts at {start} instead of {at}", position)
            if at + fixed > end:
                raise MalformedBatch(f"frame wants {fixed} bytes, {end - at} are left", position)
            frame = unpack(content, at)
            (
                flags, headers, topic, partition, original_topic, original_partition, _offset, timestamp,
                key_schema, value_schema, key_length, value_length, source_partition, source_offset_length,
            ) = frame  # fmt: skip
            timestamp_type = flags >> 2 & 3
            if (
                flags > 63
                or (timestamp and not timestamp_type)
                or timestamp_type == 3
                or (flags & 1 and key_length)
                or (flags & 2 and value_length)
                or partition < -1
                or original_partition < -1
                or (topic >= strings and topic != NONE)
                or (original_topic >= strings and original_topic != NONE)
                or (source_partition >= strings and source_partition != NONE)
                or key_schema not in schemas
                or value_schema not in schemas
                or (source_offset_length and source_partition == NONE)
            ):
                raise MalformedBatch(self._what_is_wrong(frame), position)
            at += fixed
            frames.append((at, frame))
            at += key_length + value_length
            if at + source_offset_length > end:
                raise MalformedBatch(_too_long(frame, end - frames[-1][0]), position)  # type: ignore[index]
            if source_offset_length:
                try:
                    content[at : at + source_offset_length].decode()
                except UnicodeDecodeError:
                    raise MalformedBatch(f"source offset: {NOT_UTF8}", position) from None
                at += source_offset_length
            for i in range(headers):
                try:
                    at = self._check_header(at, end)
                except Fault as fault:
                    raise MalformedBatch(f"header {i}: {fault.what}", position) from None
        if at != end:
            raise MalformedBatch(f"{end - at} bytes follow the last frame")

    def _check_header(self, at: int, end: int) -> int:
        """Where the header at ``at`` ends."""
        if at + HEADER.size > end:
            noun = ("name", "schema", "length")[(end - at) // 4]
            raise Fault(f"{noun} wants 4 bytes, {(end - at) % 4} are left")
        name, schema, length = HEADER.unpack_from(self._bytes, at)
        if name >= len(self.strings):
            raise Fault(f"there is no string {name}")
        if schema not in self._schemas:
            raise Fault(f"there is no schema {schema}")
        at += HEADER.size
        if length == NONE:
            return at
        if at + length > end:
            raise Fault(f"value wants {length} bytes, {end - at} are left")
        return at + int(length)

    def _what_is_wrong(self, frame: tuple[int, ...]) -> str:
        """Which of the checks of a frame's fixed part has failed."""
        (
            flags, _, topic, partition, original_topic, original_partition, _, timestamp,
            key_schema, value_schema, key_length, value_length, source_partition, _,
        ) = frame  # fmt: skip
        if flags & ~layout.FRAME_FLAGS:
            return f"unknown flags {flags:#06x}"
        if flags >> layout.TIMESTAMP_SHIFT & 3 == 3:
            return "unknown timestamp type 3"
        if timestamp and not flags >> layout.TIMESTAMP_SHIFT & 3:
            return "timestamp is set, its type is none"
        if flags & layout.NULL_KEY and key_length:
            return "key is null and has bytes"
        if flags & layout.NULL_VALUE and value_length:
            return "value is null and has bytes"
        for noun, number in (("partition", partition), ("original partition", original_partition)):
            if number < -1:
                return f"{noun} is {number}"
        named = (("topic", topic), ("original topic", original_topic), ("source partition", source_partition))
        for noun, number in named:
            if number != NONE and number >= len(self.strings):
                return f"{noun}: there is no string {number}"
        for noun, number in (("key", key_schema), ("value", value_schema)):
            if number not in self._schemas:
                return f"{noun}: there is no schema {number}"
        return "has a source offset without a source partition"

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, position: int) -> Record | None:
        frame = self._frames[position]
        position = position if position >= 0 else len(self._frames) + position
        return None if frame is None else Record(self, position, frame)

    def __iter__(self) -> Iterator[Record]:
        for position, frame in enumerate(self._frames):
            if frame is not None:
                yield Record(self, position, frame)

    @property
    def schemas(self) -> list[Schema]:
        """The batch's own schemas, in the order of their ids."""
        return [schema for number, schema in self._schemas.items() if number >= layout.OWN_SCHEMAS and schema]

    def _string(self, number: int) -> str | None:
        return None if number == NONE else self.strings[number]

    def _value(self, schema: Schema | None, start: int, end: int) -> Any:
        if schema is None:
            return tagged.decode(self._bytes, start, end, self._max_depth)
        return decoder(schema)(self._bytes, start, end)


def _sections(content: bytes, limits: Limits) -> tuple[int, tuple[int, ...], list[str], dict[int, Schema | None]]:
    """Where the frames end, the index, the strings and the schemas by id."""
    if len(content) > limits.max_bytes:
        raise Fault(f"has {len(content)} bytes, max_bytes is {limits.max_bytes}")
    if len(content) < layout.BATCH_HEADER.size:
        raise Fault(f"header wants {layout.BATCH_HEADER.size} bytes, {len(content)} are left")
    magic, version, flags, count, index_at, strings_at, schemas_at, total = layout.BATCH_HEADER.unpack_from(content)
    check_magic(magic, layout.BATCH_MAGIC, version, "batch")
    if flags:
        raise Fault(f"has unknown flags {flags:#x}")
    if count > limits.max_records:
        raise Fault(f"has {count} records, max_records is {limits.max_records}")
    if total != len(content):
        raise Fault(f"has {len(content)} bytes, its header says {total}")
    start = layout.BATCH_HEADER.size
    for noun, end in (("frames", index_at), ("index entries", strings_at), ("strings", schemas_at), ("schemas", total)):
        if not start <= end <= total:
            raise Fault(f"{noun} are at {start}..{end} of {total} bytes")
        start = end
    if strings_at - index_at != 4 * count:
        raise Fault(f"index has {strings_at - index_at} bytes for {count} records")
    index = unpack_from(f"<{count}I", content, index_at)
    strings = parse_strings(content, strings_at, schemas_at, limits)
    return index_at, index, strings, _schemas(content[schemas_at:], limits)


def _schemas(section: bytes, limits: Limits) -> dict[int, Schema | None]:
    if limits is not DEFAULT_LIMITS:
        return parse_schemas(section, limits)
    schemas = _known_schemas.get(section)
    if schemas is None:
        schemas = parse_schemas(section, limits)
        if len(_known_schemas) >= _MAX_KNOWN:
            _known_schemas.clear()
        _known_schemas[section] = schemas
    return schemas


def check_magic(magic: bytes, expected: bytes, version: int, noun: str) -> None:
    """Whether it is a batch, or a list of acks, of a version that is known here."""
    if magic != expected:
        raise Fault(f"is no {noun}: starts with [{magic.hex(',').replace(',', ', ')}]")
    if version != layout.FORMAT_VERSION:
        raise Fault(f"is of version {version}, this reader knows version {layout.FORMAT_VERSION}")


def _too_long(frame: tuple[int, ...], left: int) -> str:
    """Which of a frame's payloads does not fit into what is left."""
    for noun, length in (("key", frame[10]), ("value", frame[11]), ("source offset", frame[13])):
        if length > left:
            return f"{noun} wants {length} bytes, {left} are left"
        left -= length
    return "frame is cut off"


class Record:
    """One record of a batch. Nothing of it is decoded before it is asked for."""

    __slots__ = ("_at", "_batch", "_frame", "position")

    #: Its position in the batch, holes counted.
    position: int

    def __init__(self, batch: Batch, position: int, frame: tuple[int, tuple[int, ...]]) -> None:
        self._batch = batch
        self.position = position
        self._at, self._frame = frame

    @property
    def topic(self) -> str | None:
        """The topic."""
        return self._batch._string(self._frame[2])

    @property
    def partition(self) -> int | None:
        """The topic's partition; None: the partitioner decides."""
        partition = self._frame[3]
        return None if partition < 0 else partition

    @property
    def original_topic(self) -> str | None:
        """A sink record's topic before transforms (KIP-793), to which offsets and reports refer."""
        return self._batch._string(self._frame[4])

    @property
    def original_partition(self) -> int | None:
        """A sink record's partition before transforms."""
        partition = self._frame[5]
        return None if partition < 0 else partition

    @property
    def offset(self) -> int:
        """A sink record's offset in Kafka; 0 for source records."""
        return self._frame[6]

    @property
    def timestamp(self) -> int | None:
        """Milliseconds since the epoch."""
        return self._frame[7] if self._frame[0] >> 2 & 3 else None

    @property
    def timestamp_type(self) -> TimestampType | None:
        """Who set the timestamp."""
        of = self._frame[0] >> 2 & 3
        return TimestampType(of) if of else None

    @property
    def key(self) -> Any:
        """The key; None for null. A schema's default is not substituted."""
        if self._frame[0] & layout.NULL_KEY:
            return None
        return self._decode("key", self.key_schema, self._at, self._at + self._frame[10])

    @property
    def key_schema(self) -> Schema | None:
        """The key's schema; None for schemaless values."""
        return self._batch._schemas[self._frame[8]]

    @property
    def key_row(self) -> bytes | None:
        """The key's row as it is in the batch, unchecked: of a string, its UTF-8; None for null."""
        if self._frame[0] & layout.NULL_KEY:
            return None
        return self._batch._bytes[self._at : self._at + self._frame[10]]

    @property
    def value(self) -> Any:
        """The value; None for null. A schema's default is not substituted."""
        frame = self._frame
        if frame[0] & layout.NULL_VALUE:
            return None
        start = self._at + frame[10]
        return self._decode("value", self._batch._schemas[frame[9]], start, start + frame[11])

    @property
    def value_schema(self) -> Schema | None:
        """The value's schema; None for schemaless values."""
        return self._batch._schemas[self._frame[9]]

    @property
    def value_row(self) -> bytes | None:
        """The value's row as it is in the batch, unchecked: of a string, its UTF-8; None for null."""
        if self._frame[0] & layout.NULL_VALUE:
            return None
        start = self._at + self._frame[10]
        return self._batch._bytes[start : start + self._frame[11]]

    @property
    def source_partition(self) -> str | None:
        """A source record's partition, as the text of a flat JSON object."""
        return self._batch._string(self._frame[12])

    @property
    def source_offset(self) -> str | None:
        """A source record's offset, as the text of a flat JSON object."""
        length = self._frame[13]
        start = self._at + self._frame[10] + self._frame[11]
        return self._batch._bytes[start : start + length].decode() if length else None

    @property
    def headers(self) -> list[Header]:
        """The headers; names may repeat."""
        batch, frame = self._batch, self._frame
        at = self._at + frame[10] + frame[11] + frame[13]
        headers = []
        for i in range(frame[1]):
            name, number, length = HEADER.unpack_from(batch._bytes, at)
            at += HEADER.size
            schema, value = batch._schemas[number], None
            if length != NONE:
                value = self._decode(f"header {i}", schema, at, at + length)
                at += length
            headers.append(Header(batch.strings[name], value, schema))
        return headers

    @property
    def commit_after(self) -> bool:
        """Source: the transaction is committed after this record."""
        return bool(self._frame[0] & layout.COMMIT_AFTER)

    @property
    def abort_after(self) -> bool:
        """Source: the transaction is aborted after this record."""
        return bool(self._frame[0] & layout.ABORT_AFTER)

    def __repr__(self) -> str:
        return f"record {self.position} of {self.topic}-{self.partition}"

    def _decode(self, part: str, schema: Schema | None, start: int, end: int) -> Any:
        try:
            return self._batch._value(schema, start, end)
        except UnicodeDecodeError:
            raise MalformedBatch(f"{part}: {NOT_UTF8}", self.position) from None
        except Fault as fault:
            raise MalformedBatch(f"{part}: {fault.what}", self.position) from None
