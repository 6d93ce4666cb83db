"""Unit tests of a plugin in plain Python: a stand-in for the worker, and calls of tasks as the worker makes them.

>>> task = testing.start(CountdownTask, {"topic": "numbers"})
>>> testing.poll(task).records[0].value
'10'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from . import _host
from ._dispatch import poll_task
from ._host import Level, PartitionOffset, TopicPartition
from ._stages import apply_batch, test_batch
from .batch import Batch, BatchWriter, Record, Schema, TimestampType
from .config import as_config
from .context import SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext
from .converter import Converter, ConverterRole, HeaderConverter
from .offsets import ScalarMap, to_json
from .records import Limits
from .sink import RecordError, SinkConnector, SinkTask
from .source import SourceConnector, SourceTask
from .transformation import Predicate, Transformation

__all__ = [
    "Applied",
    "Polled",
    "Request",
    "SinkRecord",
    "StandIn",
    "apply",
    "batch",
    "configure",
    "holds",
    "poll",
    "put",
    "stand_in",
    "start",
]


class Request(NamedTuple):
    """What a plugin asked of the worker: the name of the context's method, and its arguments. Times are in milliseconds."""

    name: str
    arguments: tuple[Any, ...] = ()


@dataclass
class StandIn:
    """The worker as a test wants it."""

    #: Committed offsets by source partition, both as JSON; :meth:`commit_offset` sets one.
    committed: dict[str, str] = field(default_factory=dict)
    #: What ``SinkTaskContext.assignment`` answers.
    assigned: list[TopicPartition] = field(default_factory=list)
    #: What ``stopping`` and every sleep answer.
    is_stopping: bool = False
    #: What was asked.
    requests: list[Request] = field(default_factory=list)
    #: What was logged.
    lines: list[tuple[Level, str]] = field(default_factory=list)
    #: What was measured: name, labels, number.
    measured: list[tuple[str, dict[str, str], float]] = field(default_factory=list)

    def commit_offset(self, partition: ScalarMap, offset: ScalarMap) -> None:
        """Makes ``offset`` the committed offset of ``partition``."""
        self.committed[to_json(partition)] = to_json(offset)

    # === the worker's side

    def log_enabled(self, level: Level) -> bool:
        return True

    def log(self, level: Level, target: str, message: str) -> None:
        self.lines.append((level, message))

    def add(self, counter: str, labels: list[tuple[str, str]], delta: int) -> None:
        self.measured.append((counter, dict(labels), delta))

    def set(self, gauge: str, labels: list[tuple[str, str]], value: float) -> None:
        self.measured.append((gauge, dict(labels), value))

    def observe(self, histogram: str, labels: list[tuple[str, str]], value: float) -> None:
        self.measured.append((histogram, dict(labels), value))

    def request_task_reconfiguration(self) -> None:
        self.requests.append(Request("request_task_reconfiguration"))

    def raise_error(self, message: str) -> None:
        self.requests.append(Request("raise_error", (message,)))

    def sleep(self, milliseconds: int) -> bool:
        self.requests.append(Request("sleep", (milliseconds,)))
        return self.is_stopping

    def stopping(self) -> bool:
        return self.is_stopping

    def offsets(self, partitions: list[str]) -> list[str | None]:
        return [self.committed.get(partition) for partition in partitions]

    def assignment(self) -> list[TopicPartition]:
        return list(self.assigned)

    def rewind(self, offsets: list[PartitionOffset]) -> None:
        self.requests.append(Request("rewind", (offsets,)))

    def pause(self, partitions: list[TopicPartition]) -> None:
        self.requests.append(Request("pause", (partitions,)))

    def resume(self, partitions: list[TopicPartition]) -> None:
        self.requests.append(Request("resume", (partitions,)))

    def timeout(self, milliseconds: int) -> None:
        self.requests.append(Request("timeout", (milliseconds,)))

    def request_commit(self) -> None:
        self.requests.append(Request("request_commit"))

    def report_errant_record(self, partition: TopicPartition, offset: int, message: str) -> None:
        self.requests.append(Request("report_errant_record", (partition, offset, message)))


def stand_in() -> StandIn:
    """A new stand-in, which answers from now on; for ``setUp``."""
    worker = StandIn()
    _host.set_host(worker)
    return worker


S = TypeVar("S", SourceConnector, SinkConnector, SourceTask, SinkTask)

_CONTEXTS: tuple[tuple[type[Any], type[Any]], ...] = (
    (SourceConnector, SourceConnectorContext),
    (SinkConnector, SinkConnectorContext),
    (SourceTask, SourceTaskContext),
    (SinkTask, SinkTaskContext),
)


def start(cls: type[S], config: Mapping[str, Any]) -> S:
    """A connector or task, made and started."""
    made = cls()
    made.context = next(context for base, context in _CONTEXTS if issubclass(cls, base))()
    made.start(as_config(config))
    return made


class Polled(NamedTuple):
    """What a poll brought."""

    records: list[Record]
    #: For how many seconds there is nothing then; None: there may be more at once.
    idle: float | None

    @property
    def values(self) -> list[Any]:
        """The records' values."""
        return [record.value for record in self.records]


def poll(task: SourceTask, limits: Limits = Limits()) -> Polled:
    """One poll, through a batch as the worker gets it."""
    content, idle = poll_task(task, limits)
    return Polled([] if content is None else list(Batch(content)), idle / 1000 if idle else None)


@dataclass
class SinkRecord:
    """A record as a sink or a stage is given it. Offsets count up from that of the first one that says none."""

    value: Any = None
    value_schema: Schema | None = None
    key: Any = None
    key_schema: Schema | None = None
    topic: str = "topic"
    partition: int = 0
    offset: int | None = None
    timestamp: int | None = None
    headers: Iterable[tuple[Any, ...]] = ()


def batch(records: Iterable[SinkRecord | str]) -> Batch:
    """A batch of records; a text is a record of it with the schema of a string."""
    writer = BatchWriter()
    for position, record in enumerate(records):
        if isinstance(record, str):
            record = SinkRecord(record, Schema.string())
        head = writer.head(
            topic=record.topic,
            partition=record.partition,
            original_topic=record.topic,
            original_partition=record.partition,
            timestamp=record.timestamp,
            timestamp_type=TimestampType.CREATE,
        )
        writer.add(
            head,
            record.value,
            record.value_schema,
            record.key,
            record.key_schema,
            headers=record.headers,
            offset=position if record.offset is None else record.offset,
        )
    return Batch(writer.finish())


def put(task: SinkTask, records: Iterable[SinkRecord | str]) -> list[RecordError]:
    """One put; what it did not take."""
    return list(task.put(batch(records)) or ())


P = TypeVar("P", Transformation, Predicate, Converter, HeaderConverter)


def configure(cls: type[P], config: Mapping[str, Any], role: ConverterRole = ConverterRole.VALUE) -> P:
    """A transform, predicate or converter, made and configured; the role is a converter's."""
    made = cls()
    if isinstance(made, Converter):
        made.configure(as_config(config), role)
    else:
        made.configure(as_config(config))
    return made


class Applied(NamedTuple):
    """What a transform made of records."""

    #: Those that are left; their ``position`` says which they were.
    records: list[Record]
    #: Those that failed, and why.
    failed: list[RecordError]

    @property
    def values(self) -> list[Any]:
        """The values of those that are left."""
        return [record.value for record in self.records]


def apply(transformation: Transformation, records: Iterable[SinkRecord | str]) -> Applied:
    """One call of a transform, through batches as in a worker."""
    outcome = apply_batch(transformation, batch(records))
    return Applied(list(Batch(outcome.batch)), outcome.failed)


def holds(predicate: Predicate, records: Iterable[SinkRecord | str]) -> list[bool]:
    """Of which records a predicate holds."""
    given = batch(records)
    bits = test_batch(predicate, given)
    return [bool(bits[at >> 3] >> (at & 7) & 1) for at in range(len(given))]
