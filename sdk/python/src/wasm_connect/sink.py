"""What the author of a sink writes: the connector that splits the work, and the task that puts records into the system."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ._host import PartitionOffset, TopicPartition
from .batch import Batch
from .config import Config, ConfigDef, ConfigValue
from .context import SinkConnectorContext, SinkTaskContext


@dataclass(frozen=True)
class RecordError:
    """A record that cannot be taken (Java's ``DataException``)."""

    #: Its position in the batch (``record.position``).
    index: int
    #: Why.
    message: str


class SinkTask(ABC):
    """A sink task (Java's ``SinkTask``). An instance of the component has one."""

    #: What it may ask of the worker; there before ``start``.
    context: SinkTaskContext

    @abstractmethod
    def start(self, config: Config) -> None:
        """Starts the task. After a :class:`~wasm_connect.RetriableError` a new one is made and started."""

    def open(self, partitions: Sequence[TopicPartition]) -> Iterable[PartitionOffset] | None:
        """Partitions that the task gets. A sink that keeps offsets in its own system answers where to read on."""

    @abstractmethod
    def put(self, records: Batch) -> Iterable[RecordError] | None:
        """Takes the records; also called without any, so that writers that go by time get a turn.

        The answer lists records that cannot be taken: ``errors.tolerance`` decides about them. An exception: none was taken.
        """

    def flush(self, delivered: Sequence[PartitionOffset]) -> None:
        """Makes what was put durable."""

    def pre_commit(self, delivered: Sequence[PartitionOffset]) -> Iterable[PartitionOffset]:
        """Given the offsets delivered so far, answers those that are safe to commit: all after ``flush``, unless overridden."""
        self.flush(delivered)
        return delivered

    def close(self, partitions: Sequence[TopicPartition]) -> None:
        """Partitions that the task loses. Offsets were committed before."""

    def stop(self) -> None:
        """Lets go of what the task holds. It is not used afterwards."""


class SinkConnector(ABC):
    """A sink connector (Java's ``SinkConnector``).

    The worker makes one instance of the component for it and one for each task, so connector and tasks share nothing but
    configurations.
    """

    #: The full class name, as configurations name it. Aliases follow from it by Connect's rules.
    CLASS: ClassVar[str]
    #: The plugin's version, as ``GET /connector-plugins`` shows it.
    VERSION: ClassVar[str]
    #: The task that the connector's work is done by.
    TASK: ClassVar[type[SinkTask]]
    #: The name of the task's class, as ``GET /connectors/{name}/tasks`` shows it.
    TASK_CLASS: ClassVar[str]
    #: The keys that the connector reads.
    CONFIG_DEF: ClassVar[ConfigDef] = ConfigDef()
    #: What the connector does, in a sentence or a page; by default the class's documentation.
    DOCUMENTATION: ClassVar[str | None] = None

    #: What it may ask of the worker; there before ``start``.
    context: SinkConnectorContext
    #: What it was started with, unless ``start`` is overridden.
    config: Config

    @classmethod
    def validate(cls, config: Config) -> Sequence[ConfigValue]:
        """Errors and recommendations that depend on more than one value; the worker has checked types and validators."""
        return ()

    def start(self, config: Config) -> None:
        """Starts the connector. After a :class:`~wasm_connect.RetriableError` a new one is made and started."""
        self.config = config

    @abstractmethod
    def task_configs(self, max_tasks: int) -> Sequence[Mapping[str, Any]]:
        """The configurations of at most ``max_tasks`` tasks. Numbers become text."""

    def monitor(self) -> float | None:
        """As :meth:`wasm_connect.SourceConnector.monitor`."""
        return None

    def stop(self) -> None:
        """Lets go of what the connector holds. It is not used afterwards."""

    @classmethod
    def alter_offsets(cls, config: Config, offsets: Sequence[tuple[TopicPartition, int | None]]) -> bool:
        """Whether these consumer offsets may be set (KIP-875); None resets.

        A sink that keeps offsets in its own system sets them there. True, unlike in Java, means only that there is no objection.
        """
        return True
