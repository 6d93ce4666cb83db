"""Schemas, structs and values: Connect's rules with Java's texts."""

from __future__ import annotations

import datetime
import decimal
import unittest
from typing import Any

from wasm_connect import DataError, EncodeError, Entries, Int8, Schema, SchemaError, Struct, TimestampType, logical
from wasm_connect.batch import Batch, BatchWriter
from wasm_connect.projector import SchemaProjectorError, project

PERSON = Schema.struct(
    {"name": Schema.string(), "age": Schema.int32(optional=True), "city": Schema.string(default="Ulm")}, name="Person"
)


def written(value: Any, schema: Schema | None = None) -> Any:
    """The value as it is read after it was written."""
    writer = BatchWriter()
    writer.add(writer.head(), value, schema)
    return next(iter(Batch(writer.finish()))).value


class Schemas(unittest.TestCase):
    def test_equal_structures_are_equal_schemas(self) -> None:
        again = Schema.struct(
            [("name", Schema.string()), ("age", Schema.int32(optional=True)), ("city", Schema.string(default="Ulm"))],
            name="Person",
        )
        self.assertEqual(PERSON, again)
        self.assertEqual(hash(PERSON), hash(again))
        self.assertNotEqual(PERSON, PERSON.with_optional(True))
        self.assertNotEqual(Schema.string(doc="a"), Schema.string(doc="b"))
        parameters = {"a": "1", "b": "2"}
        turned = dict(reversed(parameters.items()))
        self.assertEqual(Schema.string(parameters=parameters), Schema.string(parameters=turned))

    def test_plain_primitives_are_shared(self) -> None:
        self.assertIs(Schema.string(), Schema.string())
        self.assertIs(Schema.int8(optional=True), Schema.int8().with_optional(True))
        self.assertIsNot(Schema.string(name="n"), Schema.string())
        self.assertEqual(repr(Schema.string(name="n")), "Schema{n:STRING}")

    def test_what_connect_does_not_allow_is_refused(self) -> None:
        for make, text in (
            (lambda: Schema.struct([("a", Schema.int8()), ("a", Schema.int8())]), "field name duplication a"),
            (lambda: Schema.struct({"": Schema.int8()}), "fieldName cannot be null."),
            (
                lambda: Schema.int8(default=200),
                "Invalid default value: Invalid Python object for schema with type INT8",
            ),
            (lambda: deep(101), "nested 101 deep, the most is 100"),
        ):
            with self.assertRaisesRegex(SchemaError, text):
                make()
        self.assertEqual(deep(100).depth, 100)


def deep(levels: int) -> Schema:
    schema = Schema.int8()
    for _ in range(levels - 1):
        schema = Schema.array(schema)
    return schema


class Structs(unittest.TestCase):
    def test_fields_are_read_with_their_defaults(self) -> None:
        ada = Struct(PERSON, name="Ada", age=36)
        self.assertEqual((ada["name"], ada["age"], ada["city"]), ("Ada", 36, "Ulm"))
        self.assertIsNone(ada.get_without_default("city"))
        self.assertEqual(ada.get("age"), 36)
        self.assertEqual(ada.get("shoe size", 42), 42)
        self.assertEqual(ada.to_dict(), {"name": "Ada", "age": 36, "city": "Ulm"})
        self.assertEqual(repr(ada), "Struct{name=Ada,age=36}")
        self.assertEqual(list(ada), ["name", "age", "city"])
        self.assertIn("age", ada)

    def test_values_are_checked_with_java_s_texts(self) -> None:
        ada = Struct(PERSON)
        for name, value, text in (
            ("shoe size", 1, "shoe size is not a valid field name"),
            ("name", None, 'Invalid value: null used for required field: "name", schema type: STRING'),
            ("name", 1, 'Invalid Python object for schema with type STRING: int for field: "name"'),
            ("age", True, 'Invalid Python object for schema with type INT32: bool for field: "age"'),
            ("age", 1 << 31, 'Invalid Python object for schema with type INT32: int for field: "age"'),
        ):
            with self.assertRaises(DataError) as refused:
                ada[name] = value
            self.assertEqual(str(refused.exception), text)
        with self.assertRaisesRegex(DataError, 'null used for required field: "name"'):
            ada.validate()
        with self.assertRaisesRegex(DataError, "Not a struct schema: Schema{STRING}"):
            Struct(Schema.string())

    def test_collections_are_checked_to_the_bottom(self) -> None:
        schema = Schema.struct({"tags": Schema.map(Schema.string(), Schema.array(Schema.int8()))})
        struct = Struct(schema, tags={"a": [1, 2]})
        for wrong in ({"a": [1, 200]}, {1: []}, {"a": "b"}, ["a"]):
            with self.assertRaises(DataError):
                struct["tags"] = wrong
        with self.assertRaisesRegex(DataError, "Struct schemas do not match"):
            Struct(Schema.struct({"person": PERSON}), person=struct)

    def test_a_struct_comes_back_as_it_was_written(self) -> None:
        schema = Schema.struct({"people": Schema.array(PERSON), "by name": Schema.map(Schema.string(), PERSON)})
        ada = Struct(PERSON, name="Ada")
        both = Struct(schema, {"people": [ada, ada], "by name": {"ada": ada}})
        self.assertEqual(written(both), both)
        self.assertNotEqual(both, Struct(schema, {"people": [], "by name": {}}))


class Values(unittest.TestCase):
    def test_schemaless_values_keep_their_types(self) -> None:
        value = {"a": 1, "b": [1.5, True, None, b"x"], "c": {"d": "e"}, 2: Int8(3)}
        found = written(value)
        self.assertEqual(found, value)
        self.assertIs(type(found[2]), Int8)
        self.assertIs(type(found["a"]), int)

    def test_maps_that_no_dict_can_hold_are_lists_of_entries(self) -> None:
        for pairs in ([(1, "a"), (1, "b")], [([1], "a")]):
            found = written(Entries(pairs))
            self.assertEqual(found, pairs)
            self.assertIsInstance(found, Entries)

    def test_what_does_not_fit_is_refused_with_its_place(self) -> None:
        person = Struct.from_values(PERSON, ["Ada", "old", None])
        for value, schema, text in (
            (person, None, "field \"age\": 'old' is no value of Schema{INT32}"),
            (1, Schema.string(), "1 is no value of Schema{STRING}"),
            (1 << 40, Schema.int32(), "1099511627776 is no value of Schema{INT32}"),
            ([1, None, "x"], Schema.array(Schema.int8()), "item 2: 'x' is no value of Schema{INT8}"),
            ({"a": 1}, Schema.map(Schema.int8(), Schema.int8()), "key of item 0: 'a' is no value of Schema{INT8}"),
            ({"a": person}, None, "a struct has no schemaless form"),
            (1 << 64, None, "18446744073709551616 does not fit into 64 bits"),
            ("\ud800", Schema.string(), "text cannot be written as UTF-8"),
            (object(), None, "object has no schemaless form"),
        ):
            with self.subTest(value=value), self.assertRaises(EncodeError) as refused:
                written(value, schema)
            self.assertIn(text, str(refused.exception))

    def test_a_record_that_is_refused_was_never_there(self) -> None:
        writer = BatchWriter()
        writer.add(writer.head(topic="t", timestamp=5, timestamp_type=TimestampType.LOG_APPEND), "a")
        with self.assertRaises(EncodeError):
            writer.add(writer.head(topic="t"), object())
        with self.assertRaisesRegex(EncodeError, "source offset without a source partition"):
            writer.add(writer.head(topic="t"), "b", source_offset="{}")
        size = writer.size
        content = writer.finish()
        self.assertEqual(len(content), size)
        (record,) = Batch(content)
        self.assertEqual((record.value, record.timestamp_type), ("a", TimestampType.LOG_APPEND))


class Logical(unittest.TestCase):
    def test_values_of_logical_types_convert_both_ways(self) -> None:
        for text in ("0", "123.45", "-0.01", "-128", "1E+3", "99999999999999999999.99"):
            number = decimal.Decimal(text)
            self.assertEqual(logical.to_decimal(logical.from_decimal(number, 2), 2), number)
        self.assertEqual(logical.from_decimal(decimal.Decimal("123.45"), 2).hex(), "3039")
        self.assertEqual(logical.from_decimal(decimal.Decimal("-0.01"), 2).hex(), "ff")
        with self.assertRaisesRegex(ValueError, "mismatching scale"):
            logical.from_decimal(decimal.Decimal("0.001"), 2)
        day = datetime.date(2024, 2, 29)
        self.assertEqual((logical.from_date(day), logical.to_date(19782)), (19782, day))
        noon = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
        self.assertEqual((logical.from_datetime(noon), logical.to_datetime(1709208000000)), (1709208000000, noon))
        last = datetime.time(23, 59, 59, 999000)
        self.assertEqual((logical.from_time(last), logical.to_time(86399999)), (86399999, last))
        self.assertEqual(logical.scale_of(logical.decimal_schema(3)), 3)


class Projections(unittest.TestCase):
    def test_a_value_of_an_older_schema_becomes_one_of_a_newer(self) -> None:
        old = Schema.struct({"id": Schema.int32(), "gone": Schema.string()}, name="Order")
        new = Schema.struct(
            {"id": Schema.int64(), "more": Schema.string(default="none"), "note": Schema.string(optional=True)},
            name="Order",
        )
        projected = project(old, Struct(old, id=7, gone="x"), new)
        self.assertEqual(projected, Struct(new, id=7, more="none", note=None))
        wanting = Schema.struct({"more": Schema.string()}, name="Order")
        with self.assertRaisesRegex(SchemaProjectorError, "Required field `more` is missing from source schema"):
            project(old, Struct(old, id=1, gone=""), wanting)
        with self.assertRaisesRegex(
            SchemaProjectorError, "Error projecting id: Schema type mismatch. source type: INT64 and target type: INT32"
        ):
            project(new, Struct(new, id=1), old)

    def test_items_keys_and_values_are_projected(self) -> None:
        self.assertEqual(project(Schema.array(Schema.int8()), [1, 2], Schema.array(Schema.float64())), [1.0, 2.0])
        source = Schema.map(Schema.int8(), Schema.float32())
        target = Schema.map(Schema.int16(), Schema.float64())
        self.assertEqual(project(source, {1: 0.5}, target), {1: 0.5})
        # As many digits as a float32 has.
        self.assertEqual(project(Schema.int32(), 16777217, Schema.float32()), 16777216.0)

    def test_null_needs_a_schema_that_has_it_or_a_default(self) -> None:
        optional = Schema.int32(optional=True)
        self.assertIsNone(project(optional, None, optional))
        self.assertEqual(project(optional, None, Schema.int32(default=3)), 3)
        with self.assertRaisesRegex(SchemaProjectorError, "target schema does not provide a default value"):
            project(optional, None, Schema.int32())

    def test_names_and_parameters_have_to_be_equal(self) -> None:
        with self.assertRaisesRegex(SchemaProjectorError, "source name: null and target name: Id"):
            project(Schema.int32(), 1, Schema.int32(name="Id"))
        with self.assertRaisesRegex(SchemaProjectorError, r"source parameters: \{a=b\} and target parameters: null"):
            project(Schema.int32(parameters={"a": "b"}), 1, Schema.int32())
