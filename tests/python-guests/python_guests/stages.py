"""Stages for tests: a transform that does what its records say, a predicate, a converter and a header converter."""

from __future__ import annotations

from typing import Any

from wasm_connect import (
    Config,
    ConfigDef,
    ConfigKey,
    Converter,
    ConverterRole,
    DataError,
    Header,
    HeaderConverter,
    NewRecord,
    Predicate,
    Record,
    Schema,
    SchemaAndValue,
    Transformation,
)


class Shout(Transformation):
    """Writes text in upper case, and says so in a header; some texts are orders."""

    CLASS = "tests.python.Shout"
    VERSION = "1.0.0"
    CONFIG_DEF = ConfigDef(ConfigKey.string("header", required=True, doc="The name of the header."))

    def configure(self, config: Config) -> None:
        self._header = self.CONFIG_DEF.parse(config)["header"]

    def apply(self, record: Record) -> NewRecord | None:
        text = record.value
        if text == "drop":
            return None
        if text == "refuse":
            raise DataError("it was told to refuse")
        if text == "raise":
            raise KeyError("raised on purpose")
        if text == "eat memory":
            hoard = []
            while True:
                hoard.append(bytearray(1 << 20))
        headers = [*record.headers, Header(self._header, "shouted", Schema.string())]
        return NewRecord(record, value=text.upper(), headers=headers)


class IsText(Predicate):
    """Holds for one text."""

    CLASS = "tests.python.IsText"
    VERSION = "1.0.0"
    CONFIG_DEF = ConfigDef(ConfigKey.string("text", required=True, doc="The text."))

    def configure(self, config: Config) -> None:
        self._text = self.CONFIG_DEF.parse(config)["text"]

    def test(self, record: Record) -> bool:
        return bool(record.value == self._text)


class Backwards(Converter):
    """Text in Connect is its bytes from the last one on in Kafka."""

    CLASS = "tests.python.Backwards"
    VERSION = "1.0.0"

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if value is not None and not isinstance(value, str):
            raise DataError(f"{topic}: {value} is no text")
        return None if value is None else value.encode()[::-1]

    def to_connect(self, topic: str, content: bytes | None) -> SchemaAndValue:
        return SchemaAndValue() if content is None else SchemaAndValue(Schema.string(), content[::-1].decode())

    def configure(self, config: Config, role: ConverterRole) -> None:
        assert role is not ConverterRole.HEADERS


class Tagged(HeaderConverter):
    """A header is its name and its text."""

    CLASS = "tests.python.Tagged"
    VERSION = "1.0.0"

    def from_connect(self, topic: str, name: str, schema: Schema | None, value: Any) -> bytes | None:
        return f"{name}={value}".encode()

    def to_connect(self, topic: str, name: str, content: bytes | None) -> SchemaAndValue:
        return SchemaAndValue(Schema.string(), (content or b"").decode().removeprefix(f"{name}="))
