"""What the worker offers, as the rest of the SDK calls it: by the bindings in a component, by a stand-in anywhere else."""

from __future__ import annotations

import enum
from typing import NamedTuple, Protocol


class TopicPartition(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class PartitionOffset(NamedTuple):
    """A place in a partition: ``offset`` is that of the next record to be read, as everywhere in Kafka's consumer offsets."""

    topic: str
    partition: int
    offset: int


class Level(enum.Enum):
    """Levels of the worker's log."""

    TRACE = 0
    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4


class Host(Protocol):
    """The imports of ``wit/imports.wit``, with errors raised. Times are in milliseconds."""

    def log_enabled(self, level: Level) -> bool: ...
    def log(self, level: Level, target: str, message: str) -> None: ...
    def add(self, counter: str, labels: list[tuple[str, str]], delta: int) -> None: ...
    def set(self, gauge: str, labels: list[tuple[str, str]], value: float) -> None: ...
    def observe(self, histogram: str, labels: list[tuple[str, str]], value: float) -> None: ...
    def request_task_reconfiguration(self) -> None: ...
    def raise_error(self, message: str) -> None: ...
    def sleep(self, milliseconds: int) -> bool: ...
    def stopping(self) -> bool: ...
    def offsets(self, partitions: list[str]) -> list[str | None]: ...
    def assignment(self) -> list[TopicPartition]: ...
    def rewind(self, offsets: list[PartitionOffset]) -> None: ...
    def pause(self, partitions: list[TopicPartition]) -> None: ...
    def resume(self, partitions: list[TopicPartition]) -> None: ...
    def timeout(self, milliseconds: int) -> None: ...
    def request_commit(self) -> None: ...
    def report_errant_record(self, partition: TopicPartition, offset: int, message: str) -> None: ...


_host: Host | None = None


def host() -> Host:
    """Who answers."""
    global _host
    if _host is None:
        from .testing import StandIn

        _host = StandIn()
    return _host


def set_host(host: Host) -> None:
    """Decides who answers from now on."""
    global _host
    _host = host


def milliseconds(seconds: float) -> int:
    """A time as the contract has it: 32 bits, whole, not negative."""
    return min(max(round(seconds * 1000), 0), 0xFFFF_FFFF)
