"""What the author of a transform or predicate writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from .batch import NewRecord, Record
from .config import Config, ConfigDef, ConfigValue


class Transformation(ABC):
    """A single message transform (Java's ``Transformation``).

    The worker makes one instance of the component for each place in the chain of a task.
    """

    #: The full class name, as configurations name it. Aliases follow from it by Connect's rules.
    CLASS: ClassVar[str]
    #: The plugin's version, as ``GET /connector-plugins`` shows it.
    VERSION: ClassVar[str]
    #: The keys that the transform reads, without the prefix ``transforms.ALIAS.``.
    CONFIG_DEF: ClassVar[ConfigDef] = ConfigDef()
    #: What the transform does, in a sentence or a page; by default the class's documentation.
    DOCUMENTATION: ClassVar[str | None] = None

    @classmethod
    def validate(cls, config: Config) -> Sequence[ConfigValue]:
        """Errors and recommendations that depend on more than one value; the worker has checked types and validators."""
        return ()

    def configure(self, config: Config) -> None:
        """Makes the transform ready. After a :class:`~wasm_connect.RetriableError` a new one is made."""

    @abstractmethod
    def apply(self, record: Record) -> Record | NewRecord | None:
        """What becomes of a record: itself, a :class:`~wasm_connect.NewRecord` with changes, or None: it is dropped.

        It must not depend on records that came before: after a trap a fresh instance goes on. A
        :class:`~wasm_connect.DataError`, and any other exception, fails this record alone: ``errors.tolerance`` decides. But a
        :class:`~wasm_connect.RetriableError` brings the whole batch again, for as long as ``errors.retry.timeout`` says, and a
        :class:`~wasm_connect.FatalError` fails the task.
        """

    def close(self) -> None:
        """Lets go of what the transform holds. It is not used afterwards."""


class Predicate(ABC):
    """Says which records a transform is for (Java's ``Predicate``); negating it is the worker's part."""

    #: As :attr:`Transformation.CLASS`.
    CLASS: ClassVar[str]
    #: As :attr:`Transformation.VERSION`.
    VERSION: ClassVar[str]
    #: The keys that the predicate reads, without the prefix ``predicates.ALIAS.``.
    CONFIG_DEF: ClassVar[ConfigDef] = ConfigDef()
    #: As :attr:`Transformation.DOCUMENTATION`.
    DOCUMENTATION: ClassVar[str | None] = None

    @classmethod
    def validate(cls, config: Config) -> Sequence[ConfigValue]:
        """As :meth:`Transformation.validate`."""
        return ()

    def configure(self, config: Config) -> None:
        """As :meth:`Transformation.configure`."""

    @abstractmethod
    def test(self, record: Record) -> bool:
        """Whether it holds for a record. An exception fails the task."""

    def close(self) -> None:
        """As :meth:`Transformation.close`."""
