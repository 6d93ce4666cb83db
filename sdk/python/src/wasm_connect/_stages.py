"""Batches through transforms, predicates and converters, record by record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .batch import Batch, BatchError, BatchWriter, NewRecord, Record, Schema
from .converter import Converter, ConverterRole, HeaderConverter
from .errors import ConnectError, FatalError, as_connect_error
from .sink import RecordError
from .transformation import Predicate, Transformation


class Outcome(NamedTuple):
    """What a stage made of a batch: one with holes where records were dropped or failed, and the failed ones."""

    batch: bytes
    failed: list[RecordError]


def apply_batch(transformation: Transformation, records: Batch) -> Outcome:
    """What a transform makes of a batch."""
    apply = transformation.apply

    def write(writer: BatchWriter, record: Record) -> None:
        answer = apply(record)
        if isinstance(answer, (Record, NewRecord)):
            writer.copy(answer)
        elif answer is not None:
            raise FatalError(f"apply answered {type(answer).__name__}, not Record, NewRecord or None")

    return _each(records, write)


def test_batch(predicate: Predicate, records: Batch) -> bytes:
    """One bit a record, least significant first."""
    bits = bytearray((len(records) + 7) // 8)
    for record in records:
        if predicate.test(record):
            bits[record.position >> 3] |= 1 << (record.position & 7)
    return bytes(bits)


#: Translates something with a schema, of a topic and, if it is a header, of a name.
_Convert = Callable[[str, str, "Schema | None", Any], "tuple[Schema | None, Any]"]


def from_connect_batch(converter: Converter | HeaderConverter, role: ConverterRole, records: Batch) -> Outcome:
    """The converted part of each record, as bytes or null."""
    content = Schema.bytes(optional=True)

    def convert(topic: str, name: str, schema: Schema | None, value: Any) -> tuple[Schema | None, Any]:
        if isinstance(converter, HeaderConverter):
            answer = converter.from_connect(topic, name, schema, value)
        else:
            answer = converter.from_connect(topic, schema, value)
        return (None, None) if answer is None else (content, answer)

    return _each(records, _convert_part(role, convert))


def to_connect_batch(converter: Converter | HeaderConverter, role: ConverterRole, records: Batch) -> Outcome:
    """What the converted part of each record means, which is bytes or null."""

    def convert(topic: str, name: str, _schema: Schema | None, value: Any) -> tuple[Schema | None, Any]:
        if value is not None and not isinstance(value, bytes):
            raise FatalError("to-connect: a part is neither bytes nor null")
        if isinstance(converter, HeaderConverter):
            return converter.to_connect(topic, name, value)
        return converter.to_connect(topic, value)

    return _each(records, _convert_part(role, convert))


#: Converters say nothing of a record but the part.
_NOWHERE = BatchWriter().head()


def _convert_part(role: ConverterRole, convert: _Convert) -> Callable[[BatchWriter, Record], None]:
    """Writes a record of the converted part and nothing else."""

    def key(writer: BatchWriter, record: Record) -> None:
        schema, value = convert(record.topic or "", "", record.key_schema, record.key)
        writer.add(_NOWHERE, key=value, key_schema=schema)

    def value(writer: BatchWriter, record: Record) -> None:
        schema, value = convert(record.topic or "", "", record.value_schema, record.value)
        writer.add(_NOWHERE, value, schema)

    def headers(writer: BatchWriter, record: Record) -> None:
        topic, converted = record.topic or "", []
        for name, value, schema in record.headers:
            schema, value = convert(topic, name, schema, value)
            converted.append((name, value, schema))
        writer.add(_NOWHERE, headers=converted)

    return {ConverterRole.KEY: key, ConverterRole.VALUE: value, ConverterRole.HEADERS: headers}[role]


def _each(records: Batch, write: Callable[[BatchWriter, Record], None]) -> Outcome:
    """Writes what becomes of each record. An exception fails its record alone, unless it says that it is about more."""
    writer, failed = BatchWriter(), []
    for position in range(len(records)):
        record = records[position]
        if record is not None:
            try:
                write(writer, record)
            except (ConnectError, MemoryError):
                raise
            except Exception as error:
                failed.append(RecordError(position, _reason(error)))
        if len(writer) == position:
            writer.hole()
    return Outcome(writer.finish(), failed)


def _reason(error: Exception) -> str:
    """Why a record failed: of what is known the text, else the traceback."""
    return str(error if isinstance(error, BatchError) else as_connect_error(error))
