"""What the author of a converter or header converter writes."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from .batch import Schema
from .config import Config, ConfigDef, ConfigValue


class ConverterRole(enum.Enum):
    """Which part of a record a converter is for (Java's ``converter.type``)."""

    KEY = 0
    VALUE = 1
    #: All headers: a :class:`HeaderConverter`.
    HEADERS = 2


class SchemaAndValue(NamedTuple):
    """A value, and its schema if it has one (Java's ``SchemaAndValue``); without either, null without a schema."""

    #: None: schemaless.
    schema: Schema | None = None
    #: Of that schema.
    value: Any = None


class Converter(ABC):
    """Translates keys or values between Kafka's bytes and Connect's data (Java's ``Converter``).

    An exception of a record fails that record alone, as of a :class:`~wasm_connect.Transformation`.
    """

    #: The full class name, as configurations name it. Aliases follow from it by Connect's rules.
    CLASS: ClassVar[str]
    #: The plugin's version, as ``GET /connector-plugins`` shows it.
    VERSION: ClassVar[str]
    #: The keys that the converter reads, without the prefix ``key.converter.`` or ``value.converter.``.
    CONFIG_DEF: ClassVar[ConfigDef] = ConfigDef()
    #: What the converter does, in a sentence or a page; by default the class's documentation.
    DOCUMENTATION: ClassVar[str | None] = None

    @classmethod
    def validate(cls, config: Config) -> Sequence[ConfigValue]:
        """Errors and recommendations that depend on more than one value; the worker has checked types and validators."""
        return ()

    def configure(self, config: Config, role: ConverterRole) -> None:
        """Makes the converter ready. After a :class:`~wasm_connect.RetriableError` a new one is made."""

    @abstractmethod
    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """The bytes for Kafka; None: null."""

    @abstractmethod
    def to_connect(self, topic: str, content: bytes | None) -> SchemaAndValue:
        """What Kafka's bytes mean; None: null."""


class HeaderConverter(ABC):
    """Translates headers between Kafka's bytes and Connect's data (Java's ``HeaderConverter``)."""

    #: As :attr:`Converter.CLASS`.
    CLASS: ClassVar[str]
    #: As :attr:`Converter.VERSION`.
    VERSION: ClassVar[str]
    #: The keys that the converter reads, without the prefix ``header.converter.``.
    CONFIG_DEF: ClassVar[ConfigDef] = ConfigDef()
    #: As :attr:`Converter.DOCUMENTATION`.
    DOCUMENTATION: ClassVar[str | None] = None

    @classmethod
    def validate(cls, config: Config) -> Sequence[ConfigValue]:
        """As :meth:`Converter.validate`."""
        return ()

    def configure(self, config: Config) -> None:
        """As :meth:`Converter.configure`."""

    @abstractmethod
    def from_connect(self, topic: str, name: str, schema: Schema | None, value: Any) -> bytes | None:
        """The bytes for Kafka of the header ``name``; None: null."""

    @abstractmethod
    def to_connect(self, topic: str, name: str, content: bytes | None) -> SchemaAndValue:
        """What Kafka's bytes of the header ``name`` mean; None: null."""
