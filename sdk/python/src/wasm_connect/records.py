"""The records of one poll, written straight into the batch that the worker gets."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .batch import BatchWriter, FrameHead, Schema
from .offsets import ScalarMap, to_json


@dataclass(frozen=True)
class Limits:
    """How much one poll may bring and how long it may take."""

    #: Records.
    max_records: int = 1_000_000
    #: Bytes of the whole batch; one record may exceed it.
    max_bytes: int = 256 << 20
    #: How long ``poll`` may take, roughly, in seconds.
    max_wait: float = 0.0


@dataclass(frozen=True)
class Idle:
    """Answer of a poll: nothing more for so many seconds, after the records that it has added."""

    seconds: float


class Route:
    """What many records have in common: topic, source partition, and if they are always the same partition and timestamp.

    Make it once, in ``start``, and keep it: then a record costs no look-up of them. Without a timestamp records have the time of
    their poll, in milliseconds since the epoch.
    """

    __slots__ = ("_batch", "_head", "partition", "source_partition", "timestamp", "topic")

    def __init__(
        self,
        topic: str,
        source_partition: ScalarMap | None = None,
        *,
        partition: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        self.topic = topic
        #: The source partition as the worker compares it.
        self.source_partition = None if source_partition is None else to_json(source_partition)
        self.partition = partition
        self.timestamp = timestamp
        # Numbers are good for one batch: which one, and what they are.
        self._batch: object = None
        self._head: FrameHead | None = None


class Records:
    """What a poll brings. The SDK makes one for each poll."""

    __slots__ = ("_batch", "_now", "_writer", "limits")

    #: The limits of this poll.
    limits: Limits

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        # Stands for this batch in routes, which outlive it.
        self._batch = object()
        self._writer = BatchWriter()
        self._now: int | None = None

    def limit_records(self, max_records: int) -> None:
        """Lowers the number of records of this poll, for plugins with a ``batch.size`` of their own."""
        limits = self.limits
        self.limits = Limits(min(limits.max_records, max_records), limits.max_bytes, limits.max_wait)

    @property
    def is_full(self) -> bool:
        """Whether this poll has brought enough."""
        return len(self._writer) >= self.limits.max_records or self._writer.size >= self.limits.max_bytes

    def __len__(self) -> int:
        """Records so far."""
        return len(self._writer)

    def add(
        self,
        route: Route,
        value: Any = None,
        value_schema: Schema | None = None,
        key: Any = None,
        key_schema: Schema | None = None,
        *,
        source_offset: ScalarMap | str | None = None,
        headers: Iterable[tuple[Any, ...]] = (),
        partition: int | None = None,
        timestamp: int | None = None,
        commit_after: bool = False,
        abort_after: bool = False,
    ) -> None:
        """Adds a record.

        Without a schema a value is schemaless, except that a struct brings its own. ``source_offset`` is where to read on after
        this record: a map, or the text of :class:`~wasm_connect.NumberOffset`. ``headers`` are :class:`~wasm_connect.Header` or
        tuples of name, value and, if any, schema. The transaction is committed or aborted after this record if so told (KIP-618).

        Raises :class:`~wasm_connect.EncodeError`; then the record was never there.
        """
        head = route._head
        if head is None or route._batch is not self._batch:
            head = self._resolve(route)
        if source_offset is not None and source_offset.__class__ is not str:
            source_offset = to_json(source_offset)  # type: ignore[arg-type]  # no text
        self._writer.add(
            head,
            value,
            value_schema,
            key,
            key_schema,
            source_offset,
            headers,
            0,
            partition,
            timestamp,
            commit_after,
            abort_after,
        )

    def finish(self) -> bytes:
        """The batch; for tests of a task, else the SDK hands it to the worker."""
        return self._writer.finish()

    def _resolve(self, route: Route) -> FrameHead:
        timestamp = route.timestamp
        if timestamp is None:
            if self._now is None:
                self._now = time.time_ns() // 1_000_000
            timestamp = self._now
        head = self._writer.head(
            topic=route.topic,
            partition=route.partition,
            source_partition=route.source_partition,
            timestamp=timestamp,
        )
        route._batch, route._head = self._batch, head
        return head
