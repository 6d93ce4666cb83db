"""What the author of a source writes: the connector that splits the work, and the task that polls records."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .batch import Acks
from .config import Config, ConfigDef, ConfigValue
from .context import SourceConnectorContext, SourceTaskContext
from .offsets import Scalar
from .records import Idle, Records


class ExactlyOnce(enum.Enum):
    """Whether a connector keeps exactly-once (KIP-618)."""

    SUPPORTED = 0
    UNSUPPORTED = 1
    #: Java's null.
    UNKNOWN = 2


@dataclass(frozen=True)
class SourceTaskOptions:
    """Which calls a source task wants."""

    #: Call ``acknowledged`` for every record.
    acknowledge_records: bool = False
    #: Call ``commit`` after each offset commit.
    commit: bool = False


class SourceTask(ABC):
    """A source task (Java's ``SourceTask``). An instance of the component has one."""

    #: What it may ask of the worker; there before ``start``.
    context: SourceTaskContext

    @abstractmethod
    def start(self, config: Config) -> None:
        """Starts the task. After a :class:`~wasm_connect.RetriableError` a new one is made and started."""

    def options(self) -> SourceTaskOptions:
        """What the task wants to hear of: what it has methods for."""
        cls = type(self)
        return SourceTaskOptions(
            acknowledge_records=cls.acknowledged is not SourceTask.acknowledged,
            commit=cls.commit is not SourceTask.commit,
        )

    @abstractmethod
    def poll(self, records: Records) -> Idle | None:
        """Adds records until there are no more for now or ``records.is_full``.

        If there is nothing, say for how long with :class:`~wasm_connect.Idle` and return at once: the worker waits.
        """

    def acknowledged(self, acks: Acks) -> None:
        """What became of each record (Java's ``commitRecord``). Called if a task overrides it."""

    def commit(self) -> None:
        """The offsets of all records acknowledged so far are committed. Called if a task overrides it."""

    def stop(self) -> None:
        """Lets go of what the task holds. It is not used afterwards."""


class SourceConnector(ABC):
    """A source connector (Java's ``SourceConnector``).

    The worker makes one instance of the component for it and one for each task, so connector and tasks share nothing but
    configurations.
    """

    #: The full class name, as configurations name it. Aliases follow from it by Connect's rules.
    CLASS: ClassVar[str]
    #: The plugin's version, as ``GET /connector-plugins`` shows it.
    VERSION: ClassVar[str]
    #: The task that the connector's work is done by.
    TASK: ClassVar[type[SourceTask]]
    #: The name of the task's class, as ``GET /connectors/{name}/tasks`` shows it.
    TASK_CLASS: ClassVar[str]
    #: The keys that the connector reads.
    CONFIG_DEF: ClassVar[ConfigDef] = ConfigDef()
    #: What the connector does, in a sentence or a page; by default the class's documentation.
    DOCUMENTATION: ClassVar[str | None] = None

    #: What it may ask of the worker; there before ``start``.
    context: SourceConnectorContext
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
        """The configurations of at most ``max_tasks`` tasks; the worker adds nothing to them. Numbers become text."""

    def monitor(self) -> float | None:
        """First called right after ``start``: look at the system, then say in how many seconds to be called again; None: never.

        In place of the thread that such connectors start in Java.
        """
        return None

    def stop(self) -> None:
        """Lets go of what the connector holds. It is not used afterwards."""

    @classmethod
    def exactly_once_support(cls, config: Config) -> ExactlyOnce:
        """Whether the connector keeps exactly-once with this configuration (KIP-618)."""
        return ExactlyOnce.UNKNOWN

    @classmethod
    def can_define_transaction_boundaries(cls, config: Config) -> bool:
        """Whether the tasks mark where transactions end (KIP-618)."""
        return False

    @classmethod
    def alter_offsets(
        cls, config: Config, offsets: Sequence[tuple[dict[str, Scalar], dict[str, Scalar] | None]]
    ) -> bool:
        """Whether these offsets may be set (KIP-875); None deletes."""
        return False
