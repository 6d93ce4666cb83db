"""The C codec, as a shared library, spoken to in the JSON of ``wit/vectors/README.md``."""

from __future__ import annotations

import ctypes
import math
import os
from ctypes import POINTER, Structure, Union, byref, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_int32
from ctypes import c_int64, c_size_t, c_ssize_t, c_uint32, c_uint64, c_void_p
from typing import Any


class Text(Structure):
    _fields_ = (("at", c_void_p), ("length", c_size_t))


class Value(Structure):
    pass


class ValueList(Structure):
    _fields_ = (("items", POINTER(Value)), ("count", c_size_t))


class Content(Union):
    _fields_ = (
        ("integer", c_int64),
        ("float32", c_float),
        ("float64", c_double),
        ("boolean", c_bool),
        ("string", Text),
        ("list", ValueList),
    )


Value._anonymous_ = ("content",)
Value._fields_ = (("type", c_int), ("content", Content))


class Schema(Structure):
    pass


class Field(Structure):
    _fields_ = (("name", Text), ("schema", POINTER(Schema)))


class Parameter(Structure):
    _fields_ = (("key", Text), ("value", Text))


Schema._fields_ = (
    ("type", c_int),
    ("optional", c_bool),
    ("has_version", c_bool),
    ("version", c_int32),
    ("name", Text),
    ("doc", Text),
    ("parameters", POINTER(Parameter)),
    ("parameter_count", c_size_t),
    ("fallback", POINTER(Value)),
    ("fields", POINTER(Field)),
    ("field_count", c_size_t),
    ("keys", POINTER(Schema)),
    ("values", POINTER(Schema)),
    ("depth", c_uint32),
    ("nodes", c_uint32),
    ("builtin_id", c_uint32),
)


class Error(Structure):
    _fields_ = (("kind", c_int), ("record", c_int64), ("message", c_char * 1024))


class Payload(Structure):
    _fields_ = (("schema", POINTER(Schema)), ("value", Value))


class Header(Structure):
    _fields_ = (("name", Text), ("payload", Payload))


class Record(Structure):
    _fields_ = (
        ("topic", Text),
        ("partition", c_int32),
        ("original_topic", Text),
        ("original_partition", c_int32),
        ("offset", c_int64),
        ("timestamp", c_int64),
        ("timestamp_type", c_int),
        ("key", Payload),
        ("value", Payload),
        ("source_partition", Text),
        ("source_offset", Text),
        ("headers", POINTER(Header)),
        ("header_count", c_size_t),
        ("commit_after", c_bool),
        ("abort_after", c_bool),
    )


class Ack(Structure):
    _fields_ = (
        ("sequence", c_uint64),
        ("topic", Text),
        ("partition", c_int32),
        ("offset", c_int64),
        ("timestamp", c_int64),
    )


def _library() -> Any:
    library = ctypes.CDLL(os.environ["WASM_CONNECT_C"])
    pointer, text, error, value, schema = c_void_p, Text, POINTER(Error), POINTER(Value), POINTER(Schema)
    for name, answer, arguments in (
        ("wc_arena_new", pointer, ()),
        ("wc_arena_free", None, (pointer,)),
        ("wc_arena_reset", None, (pointer,)),
        ("wc_plain", schema, (c_int, c_bool)),
        ("wc_schema_new", schema, (pointer, schema, error)),
        ("wc_field_position", c_ssize_t, (schema, text)),
        ("wc_get", Value, (schema, value, c_char_p)),
        ("wc_validate", c_bool, (schema, value, error)),
        ("wc_project", c_bool, (pointer, schema, value, schema, value, error)),
        ("wc_writer_new", pointer, ()),
        ("wc_writer_free", None, (pointer,)),
        ("wc_writer_add", c_bool, (pointer, POINTER(Record), error)),
        ("wc_writer_hole", None, (pointer,)),
        ("wc_writer_count", c_size_t, (pointer,)),
        ("wc_writer_size", c_size_t, (pointer,)),
        ("wc_writer_finish", Text, (pointer,)),
        ("wc_writer_string", c_bool, (pointer, text, POINTER(c_uint32), error)),
        ("wc_writer_schema", c_bool, (pointer, schema, POINTER(c_uint32), error)),
        ("wc_batch_read", pointer, (pointer, text, error)),
        ("wc_batch_count", c_size_t, (pointer,)),
        ("wc_batch_is_hole", c_bool, (pointer, c_size_t)),
        ("wc_batch_record", c_bool, (pointer, c_size_t, POINTER(Record), error)),
        ("wc_batch_string_count", c_size_t, (pointer,)),
        ("wc_batch_string", text, (pointer, c_size_t)),
        ("wc_batch_schema_count", c_size_t, (pointer,)),
        ("wc_batch_schema", schema, (pointer, c_size_t)),
        ("wc_acks_read", c_bool, (pointer, text, POINTER(POINTER(Ack)), POINTER(c_size_t), error)),
        ("wc_acks_write", text, (pointer, POINTER(Text), c_size_t, POINTER(Ack), c_size_t)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = answer, arguments
    return library


C = _library()

TYPES = ("null", "int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string", "bytes", "array", "map", "struct")
NUMBERS = {name: number for number, name in enumerate(TYPES)}
OWN = 32
TIMESTAMP_TYPES = {"create": 1, "append": 2}


class Malformed(Exception):
    """What the codec has refused."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.message.decode(errors="replace"))
        self.record = None if error.record < 0 else error.record


class Refused(Exception):
    """What the codec has refused to write."""


class Arena:
    """The C side's memory, and what Python has handed to it, for as long as it is used."""

    def __init__(self) -> None:
        self.pointer = C.wc_arena_new()
        self._kept: list[Any] = []
        self.error = Error()

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *_: object) -> None:
        C.wc_arena_free(self.pointer)

    def keep(self, thing: Any) -> Any:
        self._kept.append(thing)
        return thing

    def bytes(self, content: bytes) -> Text:
        # Exactly as long as it is, so that a sanitizer sees what is read beyond.
        memory = self.keep(ctypes.create_string_buffer(content, len(content)) if content else ctypes.create_string_buffer(1))
        return Text(ctypes.addressof(memory), len(content))

    def text(self, text: str | None) -> Text:
        return Text(None, 0) if text is None else self.bytes(text.encode())

    def array(self, of: Any, items: list[Any]) -> Any:
        return self.keep((of * len(items))(*items))

    def check(self, done: Any) -> Any:
        if not done:
            raise Refused(self.error.message.decode(errors="replace"))
        return done


def content(text: Text) -> bytes:
    return ctypes.string_at(text.at, text.length) if text.length else b""


def string(text: Text) -> str | None:
    return None if text.at is None else content(text).decode()


# === batches


def encode(json: dict[str, Any]) -> bytes:
    """The bytes of a described batch."""
    with Arena() as arena:
        writer, number = C.wc_writer_new(), c_uint32()
        try:
            for text in json["strings"]:
                arena.check(C.wc_writer_string(writer, arena.text(text), byref(number), byref(arena.error)))
            schemas: list[Any] = []
            for described in json["schemas"]:
                schemas.append(schema_from_json(arena, described, schemas))
                arena.check(C.wc_writer_schema(writer, schemas[-1], byref(number), byref(arena.error)))
            for described in json["records"]:
                if described is None:
                    C.wc_writer_hole(writer)
                else:
                    record = record_from_json(arena, schemas, described)
                    arena.check(C.wc_writer_add(writer, byref(record), byref(arena.error)))
            expected = C.wc_writer_size(writer)
            written = content(C.wc_writer_finish(writer))
            assert len(written) == expected, "wc_writer_size is wrong"
            return written
        finally:
            C.wc_writer_free(writer)


def record_from_json(arena: Arena, schemas: list[Any], json: dict[str, Any]) -> Record:
    kind, at = json.get("timestamp", (None, 0))
    headers = [
        Header(arena.text(name), payload_from_json(arena, schemas, payload)) for name, payload in json.get("headers", ())
    ]
    return Record(
        topic=arena.text(json.get("topic")),
        partition=json.get("partition", -1),
        original_topic=arena.text(json.get("original_topic")),
        original_partition=json.get("original_partition", -1),
        offset=int(json["offset"]),
        timestamp=int(at),
        timestamp_type=TIMESTAMP_TYPES.get(kind, 0),
        key=payload_from_json(arena, schemas, json["key"]),
        value=payload_from_json(arena, schemas, json["value"]),
        source_partition=arena.text(json.get("source_partition")),
        source_offset=arena.text(json.get("source_offset")),
        headers=arena.array(Header, headers),
        header_count=len(headers),
        commit_after="commit_after" in json,
        abort_after="abort_after" in json,
    )


def payload_from_json(arena: Arena, schemas: list[Any], json: dict[str, Any]) -> Payload:
    schema = by_id(schemas, json["schema"])
    value = value_from_json(arena, schema.contents, json["value"]) if schema else tagged_from_json(arena, json["value"])
    return Payload(schema, value)


def decode(bytes_: bytes) -> dict[str, Any]:
    """The description of a batch, without what it is about."""
    with Arena() as arena:
        batch = C.wc_batch_read(arena.pointer, arena.bytes(bytes_), byref(arena.error))
        if not batch:
            raise Malformed(arena.error)
        strings = [string(C.wc_batch_string(batch, i)) or "" for i in range(C.wc_batch_string_count(batch))]
        schemas = [C.wc_batch_schema(batch, i) for i in range(C.wc_batch_schema_count(batch))]
        records: list[Any] = []
        for i in range(C.wc_batch_count(batch)):
            if C.wc_batch_is_hole(batch, i):
                records.append(None)
                continue
            record = Record()
            if not C.wc_batch_record(batch, i, byref(record), byref(arena.error)):
                raise Malformed(arena.error)
            records.append(record_to_json(schemas, record))
        return {
            "strings": strings,
            "schemas": [schema_to_json(schema.contents, schemas) for schema in schemas],
            "records": records,
        }


def record_to_json(schemas: list[Any], record: Record) -> dict[str, Any]:
    def payload(of: Payload) -> dict[str, Any]:
        shown = value_to_json(of.schema.contents, of.value) if of.schema else tagged_to_json(of.value)
        return {"schema": id_of(schemas, of.schema), "value": shown}

    timestamp = None
    if record.timestamp_type:
        kind = {number: name for name, number in TIMESTAMP_TYPES.items()}[record.timestamp_type]
        timestamp = [kind, str(record.timestamp)]
    json = {
        "topic": string(record.topic),
        "partition": None if record.partition < 0 else record.partition,
        "original_topic": string(record.original_topic),
        "original_partition": None if record.original_partition < 0 else record.original_partition,
        "timestamp": timestamp,
        "source_partition": string(record.source_partition),
        "source_offset": string(record.source_offset),
        "headers": [
            [string(header.name) or "", payload(header.payload)] for header in record.headers[: record.header_count]
        ]
        or None,
        "commit_after": record.commit_after or None,
        "abort_after": record.abort_after or None,
    }
    always = {"offset": str(record.offset), "key": payload(record.key), "value": payload(record.value)}
    return {name: value for name, value in json.items() if value is not None} | always


# === lists of acks


def encode_acks(json: dict[str, Any]) -> bytes:
    """The bytes of a described list of acks."""
    with Arena() as arena:
        strings = [arena.text(text) for text in json["strings"]]
        acks = [
            Ack(
                int(ack["sequence"]),
                arena.text(ack.get("topic")),
                ack.get("partition", -1),
                int(ack.get("offset", -1)),
                int(ack.get("timestamp", -1)),
            )
            for ack in json["acks"]
        ]
        names, list_ = arena.array(Text, strings), arena.array(Ack, acks)
        return content(C.wc_acks_write(arena.pointer, names, len(strings), list_, len(acks)))


def decode_acks(bytes_: bytes) -> list[dict[str, Any]]:
    """The description of the acks."""
    with Arena() as arena:
        acks, count = POINTER(Ack)(), c_size_t()
        if not C.wc_acks_read(arena.pointer, arena.bytes(bytes_), byref(acks), byref(count), byref(arena.error)):
            raise Malformed(arena.error)
        described = []
        for ack in acks[: count.value]:
            json: dict[str, Any] = {"sequence": str(ack.sequence)}
            if ack.topic.at is not None:
                json |= {"topic": string(ack.topic), "partition": ack.partition}
                json |= {"offset": str(ack.offset), "timestamp": str(ack.timestamp)}
            described.append(json)
        return described


# === schemas


def schema_from_json(arena: Arena, json: dict[str, Any], before: list[Any]) -> Any:
    """A schema whose children are among ``before``."""
    fields = [Field(arena.text(name), by_id(before, number)) for name, number in json.get("fields", ())]
    parameters = [Parameter(arena.text(key), arena.text(value)) for key, value in json.get("parameters", ())]
    schema = Schema(
        type=NUMBERS[json["type"]],
        optional=json.get("optional", False),
        has_version="version" in json,
        version=json.get("version", 0),
        name=arena.text(json.get("name")),
        doc=arena.text(json.get("doc")),
        parameters=arena.array(Parameter, parameters),
        parameter_count=len(parameters),
        fields=arena.array(Field, fields),
        field_count=len(fields),
        keys=by_id(before, json.get("keys", 0)),
        values=by_id(before, json.get("values", json.get("items", 0))),
    )
    if "default" in json:
        bare = arena.check(C.wc_schema_new(arena.pointer, byref(schema), byref(arena.error)))
        value = arena.keep(value_from_json(arena, bare.contents, json["default"]))
        schema.fallback = ctypes.pointer(value)
    return arena.check(C.wc_schema_new(arena.pointer, byref(schema), byref(arena.error)))


def schema_to_json(schema: Schema, schemas: list[Any]) -> dict[str, Any]:
    json: dict[str, Any] = {"type": TYPES[schema.type]}
    if schema.optional:
        json["optional"] = True
    if schema.name.at is not None:
        json["name"] = string(schema.name)
    if schema.has_version:
        json["version"] = schema.version
    if schema.doc.at is not None:
        json["doc"] = string(schema.doc)
    if schema.parameter_count:
        json["parameters"] = [[string(of.key), string(of.value)] for of in schema.parameters[: schema.parameter_count]]
    if schema.fallback:
        json["default"] = value_to_json(schema, schema.fallback.contents)
    if json["type"] == "array":
        json["items"] = id_of(schemas, schema.values)
    if json["type"] == "map":
        json |= {"keys": id_of(schemas, schema.keys), "values": id_of(schemas, schema.values)}
    if json["type"] == "struct":
        fields = schema.fields[: schema.field_count]
        json["fields"] = [[string(field.name), id_of(schemas, field.schema)] for field in fields]
    return json


def by_id(schemas: list[Any], number: int) -> Any:
    if number >= OWN:
        return schemas[number - OWN]
    return C.wc_plain(number // 2, bool(number % 2)) if number else None


def id_of(schemas: list[Any], schema: Any) -> int:
    if not schema:
        return 0
    address = ctypes.addressof(schema.contents)
    for position, own in enumerate(schemas):
        if ctypes.addressof(own.contents) == address:
            return OWN + position
    return int(schema.contents.builtin_id)


# === values


def _value(type_: str, **content_: Any) -> Value:
    return Value(NUMBERS[type_], Content(**content_))


def _list(arena: Arena, type_: str, items: list[Value]) -> Value:
    return _value(type_, list=ValueList(arena.array(Value, items), len(items)))


def value_from_json(arena: Arena, schema: Schema, json: Any) -> Value:
    """A value of a schema."""
    of = TYPES[schema.type]
    if json is None:
        return _value("null")
    if of == "array":
        return _list(arena, of, [value_from_json(arena, schema.values.contents, item) for item in json])
    if of == "map":
        both = (schema.keys.contents, schema.values.contents)
        items = [value_from_json(arena, part, item) for pair in json for part, item in zip(both, pair)]
        return _list(arena, of, items)
    if of == "struct":
        fields = schema.fields[: schema.field_count]
        items = [value_from_json(arena, field.schema.contents, json[string(field.name) or ""]) for field in fields]
        return _list(arena, of, items)
    return _scalar_from_json(arena, of, json)


def value_to_json(schema: Schema, value: Value) -> Any:
    of = TYPES[value.type]
    items = value.list.items[: value.list.count] if of in ("array", "map", "struct") else []
    if of == "array":
        return [value_to_json(schema.values.contents, item) for item in items]
    if of == "map":
        both = (schema.keys.contents, schema.values.contents)
        return [[value_to_json(part, item) for part, item in zip(both, pair)] for pair in zip(items[::2], items[1::2])]
    if of == "struct":
        fields = schema.fields[: schema.field_count]
        return {string(field.name): value_to_json(field.schema.contents, item) for field, item in zip(fields, items)}
    return _scalar_to_json(of, value)


def tagged_from_json(arena: Arena, json: Any) -> Value:
    """A schemaless value."""
    if json is None:
        return _value("null")
    of, value = json["type"], json["value"]
    if of == "array":
        return _list(arena, of, [tagged_from_json(arena, item) for item in value])
    if of == "map":
        return _list(arena, of, [tagged_from_json(arena, part) for pair in value for part in pair])
    return _scalar_from_json(arena, of, value)


def tagged_to_json(value: Value) -> Any:
    of = TYPES[value.type]
    if of == "null":
        return None
    if of not in ("array", "map"):
        return {"type": of, "value": _scalar_to_json(of, value)}
    items = [tagged_to_json(item) for item in value.list.items[: value.list.count]]
    return {"type": of, "value": items if of == "array" else [list(pair) for pair in zip(items[::2], items[1::2])]}


def _scalar_from_json(arena: Arena, of: str, json: Any) -> Value:
    if of.startswith("int"):
        return _value(of, integer=int(json))
    if of.startswith("float"):
        return _value(of, **{of: float(json)})
    if of == "boolean":
        return _value(of, boolean=json)
    return _value(of, string=arena.bytes(bytes.fromhex(json)) if of == "bytes" else arena.text(json))


def _scalar_to_json(of: str, value: Value) -> Any:
    if of == "null":
        return None
    if of.startswith("int"):
        return str(value.integer) if of == "int64" else value.integer
    if of.startswith("float"):
        number = getattr(value, of)
        if math.isfinite(number):
            return number
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if of == "boolean":
        return value.boolean
    return content(value.string).hex() if of == "bytes" else string(value.string) or ""
