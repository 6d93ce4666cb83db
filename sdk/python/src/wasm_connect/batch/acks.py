"""The packed list of ``source-task.acknowledged``: what became of each polled record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import layout
from .errors import Fault, MalformedBatch
from .layout import ACK, ACKS_HEADER, NONE
from .limits import DEFAULT_LIMITS, Limits
from .reader import check_magic
from .strings import StringTable, parse_strings


class Placed(NamedTuple):
    """Where Kafka put a record (``RecordMetadata``)."""

    topic: str
    partition: int
    #: -1 if the broker did not say (``acks=0``).
    offset: int
    #: Milliseconds since the epoch, -1 if the broker did not say.
    timestamp: int


class Ack(NamedTuple):
    """What became of one record of a source task."""

    #: Which of the task's records, from 0, counted over all polls.
    sequence: int
    #: Where it is; None where a transform dropped it or its error was tolerated.
    placed: Placed | None


class Acks:
    """A list that has been checked: ``for ack in acks``, in the order of ``poll``. Raises :class:`MalformedBatch`."""

    __slots__ = ("_bytes", "_end", "_strings")

    def __init__(self, content: bytes, limits: Limits = DEFAULT_LIMITS) -> None:
        self._bytes = content
        try:
            self._end, self._strings = _sections(content, limits)
            for i, entry in enumerate(self._entries()):
                _check(entry, len(self._strings), i)
        except Fault as fault:
            raise MalformedBatch(fault.what) from None

    def __len__(self) -> int:
        return (self._end - ACKS_HEADER.size) // ACK.size

    def __iter__(self) -> Iterator[Ack]:
        for sequence, topic, partition, offset, timestamp in self._entries():
            placed = None if topic == NONE else Placed(self._strings[topic], partition, offset, timestamp)
            yield Ack(sequence, placed)

    def _entries(self) -> Iterator[tuple[int, int, int, int, int]]:
        return ACK.iter_unpack(self._bytes[ACKS_HEADER.size : self._end])


def _sections(content: bytes, limits: Limits) -> tuple[int, list[str]]:
    """Where the acks end, and the strings."""
    if len(content) > limits.max_bytes:
        raise Fault(f"has {len(content)} bytes, max_bytes is {limits.max_bytes}")
    if len(content) < ACKS_HEADER.size:
        raise Fault(f"header wants {ACKS_HEADER.size} bytes, {len(content)} are left")
    magic, version, count, strings_at, total = ACKS_HEADER.unpack_from(content)
    check_magic(magic, layout.ACKS_MAGIC, version, "list of acks")
    if total != len(content):
        raise Fault(f"has {len(content)} bytes, its header says {total}")
    if count > limits.max_records:
        raise Fault(f"has {count} records, max_records is {limits.max_records}")
    if strings_at != ACKS_HEADER.size + ACK.size * count:
        raise Fault(f"strings are at {strings_at} behind {count} acks")
    if strings_at > total:
        raise Fault(f"acks want {strings_at - ACKS_HEADER.size} bytes, {total - ACKS_HEADER.size} are left")
    return strings_at, parse_strings(content, strings_at, total, limits)


def _check(entry: tuple[int, int, int, int, int], strings: int, i: int) -> None:
    _, topic, partition, offset, timestamp = entry
    if topic == NONE:
        if (partition, offset, timestamp) != (-1, -1, -1):
            raise Fault(f"ack {i}: has no topic, but a partition, offset or timestamp")
    elif topic >= strings:
        raise Fault(f"ack {i}: there is no string {topic}")
    elif partition < 0:
        raise Fault(f"ack {i}: partition is {partition}")


class AcksWriter:
    """Writes a list of acks, for tests of tasks."""

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._strings = StringTable()

    def topic(self, name: str) -> int:
        """Enters a topic's name, which :meth:`push` does by itself."""
        return self._strings.intern(name)

    def push(self, sequence: int, placed: Placed | None) -> None:
        """Appends one record's fate."""
        if placed is None:
            self._entries.append(ACK.pack(sequence, NONE, -1, -1, -1))
        else:
            self._entries.append(ACK.pack(sequence, self.topic(placed.topic), *placed[1:]))

    def finish(self) -> bytes:
        """The list."""
        strings_at = ACKS_HEADER.size + ACK.size * len(self._entries)
        total = strings_at + self._strings.size
        header = ACKS_HEADER.pack(layout.ACKS_MAGIC, layout.FORMAT_VERSION, len(self._entries), strings_at, total)
        return b"".join((header, *self._entries, *self._strings.section()))
