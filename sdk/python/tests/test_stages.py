"""Transforms, predicates and converters: what becomes of a batch, and of a record that fails."""

from __future__ import annotations

import unittest
from typing import Any

from wasm_connect import (
    Batch,
    Config,
    ConfigDef,
    ConfigKey,
    Converter,
    ConverterRole,
    DataError,
    FatalError,
    HeaderConverter,
    NewRecord,
    Predicate,
    Record,
    RecordError,
    RetriableError,
    Schema,
    SchemaAndValue,
    Struct,
    TimestampType,
    Transformation,
    _dispatch,
    export,
    testing,
)
from wasm_connect.batch import BatchWriter
from wasm_connect.testing import SinkRecord

PERSON = Schema.struct({"name": Schema.string(), "age": Schema.int32(optional=True)}, name="Person")


class Doubled(Transformation):
    """Doubles numbers, drops zero, keeps one and fails of what is no number."""

    CLASS = "example.Doubled"
    VERSION = "1.0.0"
    CONFIG_DEF = ConfigDef(ConfigKey.boolean("retry", default=False))

    closed = False

    def configure(self, config: Config) -> None:
        self.retry = self.CONFIG_DEF.parse(config)["retry"]

    def apply(self, record: Record) -> Record | NewRecord | None:
        if self.retry:
            raise RetriableError("not now")
        number = record.value
        if number == "unexpected":
            raise KeyError("key")
        if not isinstance(number, int):
            raise DataError("no number")
        if number == 0:
            return None
        return record if number == 1 else NewRecord(record, value=2 * number)

    def close(self) -> None:
        Doubled.closed = True


class Changed(Transformation):
    """Answers what a test wants."""

    CLASS = "example.Changed"
    VERSION = "1.0.0"

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def apply(self, record: Record) -> NewRecord:
        return NewRecord(record, **self.changes)


class IsLong(Predicate):
    CLASS = "example.IsLong"
    VERSION = "1.0.0"

    def test(self, record: Record) -> bool:
        return len(record.value) > 3


class Backwards(Converter):
    """The bytes of a text from its end on."""

    CLASS = "example.Backwards"
    VERSION = "1.0.0"

    def configure(self, config: Config, role: ConverterRole) -> None:
        self.role = role

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if value is None:
            return None
        if schema != Schema.string():
            raise DataError(f"{topic}: no text")
        return bytes(reversed(value.encode()))

    def to_connect(self, topic: str, content: bytes | None) -> SchemaAndValue:
        if content is None:
            return SchemaAndValue()
        return SchemaAndValue(Schema.string(), bytes(reversed(content)).decode())


class Named(HeaderConverter):
    """Puts the name before a header's value."""

    CLASS = "example.Named"
    VERSION = "1.0.0"

    def from_connect(self, topic: str, name: str, schema: Schema | None, value: Any) -> bytes | None:
        return f"{name}={value}".encode()

    def to_connect(self, topic: str, name: str, content: bytes | None) -> SchemaAndValue:
        return SchemaAndValue(None, (content or b"").decode().removeprefix(f"{name}="))


#: A record with everything that a record may have.
FULL = SinkRecord(
    "value",
    Schema.string(),
    Struct(PERSON, name="Ada", age=36),
    topic="t",
    partition=3,
    offset=9,
    timestamp=7,
    headers=[("h", 1, Schema.int32()), ("n", None), ("h", {"a": 1})],
)


def changed(**changes: Any) -> Record:
    """The full record with these changes."""
    applied = testing.apply(Changed(**changes), [FULL])
    assert not applied.failed, applied.failed
    return applied.records[0]


class Transformations(unittest.TestCase):
    def test_records_that_are_dropped_or_fail_leave_holes(self) -> None:
        transformation = testing.configure(Doubled, {})
        applied = testing.apply(transformation, [SinkRecord(1), SinkRecord(0), "x", "unexpected", SinkRecord(4)])
        self.assertEqual([(record.position, record.value) for record in applied.records], [(0, 1), (4, 8)])
        self.assertEqual(applied.failed[0], RecordError(2, "no number"))
        unexpected = applied.failed[1]
        self.assertEqual(unexpected.index, 3)
        self.assertTrue(unexpected.message.startswith("Traceback"), unexpected.message)
        self.assertTrue(unexpected.message.endswith("KeyError: 'key'"), unexpected.message)

    def test_an_error_with_a_kind_is_of_the_whole_batch(self) -> None:
        with self.assertRaisesRegex(RetriableError, "not now"):
            testing.apply(testing.configure(Doubled, {"retry": True}), ["x"])
        wrong = type("Wrong", (Transformation,), {"apply": lambda self, record: True})()
        with self.assertRaisesRegex(FatalError, "apply answered bool, not Record, NewRecord or None"):
            testing.apply(wrong, ["x"])

    def test_a_record_that_is_kept_is_the_same_but_for_where_it_was_read_from(self) -> None:
        given = testing.batch([FULL])[0]
        kept = changed()
        assert given is not None
        for name in ("topic", "partition", "offset", "timestamp", "timestamp_type", "headers"):
            self.assertEqual(getattr(kept, name), getattr(given, name), name)
        for name in ("key", "key_schema", "key_row", "value", "value_schema", "value_row"):
            self.assertEqual(getattr(kept, name), getattr(given, name), name)
        self.assertEqual((kept.original_topic, kept.original_partition), (None, None))
        self.assertEqual((given.original_topic, given.original_partition), ("t", 3))

    def test_where_a_source_read_a_record_is_left_to_the_worker(self) -> None:
        writer = BatchWriter()
        head = writer.head(topic="t", source_partition='{"p":1}')
        writer.add(head, "x", source_offset='{"o":1}', headers=[("h", 1)], commit_after=True)
        copies = BatchWriter()
        for record in Batch(writer.finish()):
            copies.copy(record)
        (copy,) = Batch(copies.finish())
        self.assertEqual((copy.source_partition, copy.source_offset, copy.commit_after), (None, None, False))
        self.assertEqual((copy.value, copy.timestamp, [*copy.headers]), ("x", None, [("h", 1, None)]))

    def test_only_what_is_given_changes(self) -> None:
        moved = changed(topic="u", partition=None, timestamp=None)
        self.assertEqual((moved.topic, moved.partition, moved.timestamp, moved.value), ("u", None, None, "value"))
        later = changed(timestamp=8, partition=0)
        self.assertEqual((later.timestamp, later.timestamp_type, later.partition), (8, TimestampType.CREATE, 0))
        value = changed(value="other")
        self.assertEqual((value.value, value.value_schema, value.key), ("other", Schema.string(), FULL.key))
        schemaless = changed(value=[1], value_schema=None)
        self.assertEqual((schemaless.value, schemaless.value_schema), ([1], None))
        optional = changed(value_schema=Schema.string(optional=True))
        self.assertEqual((optional.value, optional.value_schema), ("value", Schema.string(optional=True)))
        null = changed(key=None, value=None)
        self.assertEqual((null.key, null.key_schema, null.value), (None, PERSON, None))
        struct = changed(value=FULL.key)
        self.assertEqual((struct.value, struct.value_schema), (FULL.key, PERSON))
        headers = changed(headers=[("i", 2)])
        self.assertEqual([*headers.headers], [("i", 2, None)])

    def test_a_change_that_cannot_be_written_fails_its_record(self) -> None:
        applied = testing.apply(Changed(value=1), ["x", SinkRecord({"a": 1})])
        self.assertEqual(applied.failed, [RecordError(0, "1 is no value of Schema{STRING}")])
        self.assertEqual(applied.values, [1])
        applied = testing.apply(Changed(timestamp=1 << 63), ["x"])
        self.assertIn("does not fit", applied.failed[0].message)


class Predicates(unittest.TestCase):
    def test_bits_are_those_of_records(self) -> None:
        predicate = testing.configure(IsLong, {})
        words = ["four", "two"] * 5
        self.assertEqual(testing.holds(predicate, words), [True, False] * 5)
        with self.assertRaises(TypeError):
            testing.holds(predicate, [SinkRecord(1)])


class Converters(unittest.TestCase):
    def setUp(self) -> None:
        testing.stand_in()
        export(converters=[Backwards], header_converters=[Named])
        self.addCleanup(_dispatch.close)

    def test_values_are_bytes_and_back(self) -> None:
        _dispatch.configure_converter("example.Backwards", [], ConverterRole.VALUE)
        given = testing.batch(["abc", SinkRecord(None), SinkRecord(1, topic="u")])
        outcome = _dispatch.from_connect(given._bytes)
        self.assertEqual(outcome.failed, [RecordError(2, "u: no text")])
        converted = Batch(outcome.batch)
        self.assertEqual([record.value for record in converted], [b"cba", None])
        self.assertEqual([record.value_schema for record in converted], [Schema.bytes(optional=True), None])
        (text, null) = Batch(_dispatch.to_connect(outcome.batch).batch)
        self.assertEqual((text.value, text.value_schema), ("abc", Schema.string()))
        self.assertEqual((null.value, null.value_schema, text.topic), (None, None, None))

    def test_keys_are_the_other_part(self) -> None:
        _dispatch.configure_converter("example.Backwards", [], ConverterRole.KEY)
        self.assertIs(_dispatch._running.role, ConverterRole.KEY)
        given = testing.batch([SinkRecord("value", None, "key", Schema.string())])
        (record,) = Batch(_dispatch.from_connect(given._bytes).batch)
        self.assertEqual((record.key, record.value), (b"yek", None))

    def test_headers_keep_their_names_and_their_order(self) -> None:
        _dispatch.configure_converter("example.Named", [], ConverterRole.HEADERS)
        given = testing.batch([SinkRecord("v", headers=[("a", 1), ("b", "x"), ("a", 2)])])
        outcome = _dispatch.from_connect(given._bytes)
        (record,) = Batch(outcome.batch)
        written = [(name, value) for name, value, _ in record.headers]
        self.assertEqual(written, [("a", b"a=1"), ("b", b"b=x"), ("a", b"a=2")])
        (record,) = Batch(_dispatch.to_connect(outcome.batch).batch)
        self.assertEqual([(name, value) for name, value, _ in record.headers], [("a", "1"), ("b", "x"), ("a", "2")])


class Dispatch(unittest.TestCase):
    def setUp(self) -> None:
        testing.stand_in()
        export(transformations=[Doubled], predicates=[IsLong], converters=[Backwards])
        self.addCleanup(_dispatch.close)

    def test_an_instance_is_one_stage_and_is_closed(self) -> None:
        with self.assertRaisesRegex(FatalError, "apply: this instance was started as nothing, not as a transform"):
            _dispatch.apply(b"")
        _dispatch.configure_transformation("example.Doubled", [])
        with self.assertRaisesRegex(FatalError, "configure: this instance is a transform already"):
            _dispatch.configure_predicate("example.IsLong", [])
        outcome = _dispatch.apply(testing.batch([SinkRecord(2), "x"])._bytes)
        self.assertEqual(([record.value for record in Batch(outcome.batch)], outcome.failed[0].index), ([4], 1))
        _dispatch.close()
        self.assertTrue(Doubled.closed)
        _dispatch.configure_predicate("example.IsLong", [])
        self.assertEqual(_dispatch.test(testing.batch(["a", "abcd"])._bytes), b"\2")

    def test_classes_that_lack_something_are_refused_when_they_are_exported(self) -> None:
        class Nothing(Transformation):
            CLASS = "example.Nothing"
            VERSION = "1.0.0"

        with self.assertRaisesRegex(TypeError, "Nothing lacks apply"):
            export(transformations=[Nothing])
        with self.assertRaisesRegex(TypeError, "IsLong is no Transformation"):
            export(transformations=[IsLong])  # type: ignore[list-item]
