"""The JSON form of batches and lists of acks, as ``wit/vectors/README.md`` describes it: to bytes and back."""

from __future__ import annotations

import math
from typing import Any

from wasm_connect.batch import (
    Acks,
    AcksWriter,
    Batch,
    BatchWriter,
    Entries,
    Float32,
    Int8,
    Int16,
    Int32,
    Placed,
    Record,
    Schema,
    Struct,
    TimestampType,
    Type,
)
from wasm_connect.batch.schema import BUILTINS

OWN = 32
TIMESTAMP_TYPES = {"create": TimestampType.CREATE, "append": TimestampType.LOG_APPEND}

# === batches


def encode(json: dict[str, Any]) -> bytes:
    """The bytes of a described batch."""
    writer = BatchWriter()
    for string in json["strings"]:
        writer.string(string)
    schemas: list[Schema] = []
    for schema in json["schemas"]:
        schemas.append(schema_from_json(schema, schemas))
        writer.schema(schemas[-1])
    for record in json["records"]:
        if record is None:
            writer.hole()
        else:
            _encode_record(writer, schemas, record)
    return writer.finish()


def _encode_record(writer: BatchWriter, schemas: list[Schema], json: dict[str, Any]) -> None:
    names = ("topic", "partition", "original_topic", "original_partition", "source_partition")
    head: dict[str, Any] = {name: json[name] for name in names if name in json}
    if "timestamp" in json:
        of, at = json["timestamp"]
        head |= {"timestamp": int(at), "timestamp_type": TIMESTAMP_TYPES[of]}
    key_schema, key = _payload(schemas, json["key"])
    value_schema, value = _payload(schemas, json["value"])
    headers = []
    for name, payload in json.get("headers", ()):
        schema, header = _payload(schemas, payload)
        headers.append((name, header, schema))
    writer.add(
        writer.head(**head),
        value,
        value_schema,
        key,
        key_schema,
        source_offset=json.get("source_offset"),
        headers=headers,
        offset=int(json["offset"]),
        commit_after="commit_after" in json,
        abort_after="abort_after" in json,
    )


def _payload(schemas: list[Schema], json: dict[str, Any]) -> tuple[Schema | None, Any]:
    schema = _by_id(schemas, json["schema"])
    return schema, tagged_from_json(json["value"]) if schema is None else value_from_json(schema, json["value"])


def decode(content: bytes) -> dict[str, Any]:
    """The description of a batch, without what it is about."""
    batch = Batch(content)
    records = [
        None if record is None else _decode_record(batch.schemas, record)
        for record in map(batch.__getitem__, range(len(batch)))
    ]
    return {
        "strings": batch.strings,
        "schemas": [schema_to_json(schema, batch.schemas) for schema in batch.schemas],
        "records": records,
    }


def _decode_record(schemas: list[Schema], record: Record) -> dict[str, Any]:
    def payload(schema: Schema | None, value: Any) -> dict[str, Any]:
        shown = tagged_to_json(value) if schema is None else value_to_json(schema, value)
        return {"schema": _id(schemas, schema), "value": shown}

    of = record.timestamp_type
    json = {
        "topic": record.topic,
        "partition": record.partition,
        "original_topic": record.original_topic,
        "original_partition": record.original_partition,
        "timestamp": None if of is None else [{v: k for k, v in TIMESTAMP_TYPES.items()}[of], str(record.timestamp)],
        "source_partition": record.source_partition,
        "source_offset": record.source_offset,
        "headers": [[name, payload(schema, value)] for name, value, schema in record.headers] or None,
        "commit_after": record.commit_after or None,
        "abort_after": record.abort_after or None,
    }
    always = {
        "offset": str(record.offset),
        "key": payload(record.key_schema, record.key),
        "value": payload(record.value_schema, record.value),
    }
    return {name: value for name, value in json.items() if value is not None} | always


# === lists of acks


def encode_acks(json: dict[str, Any]) -> bytes:
    """The bytes of a described list of acks."""
    writer = AcksWriter()
    for string in json["strings"]:
        writer.topic(string)
    for ack in json["acks"]:
        placed = None
        if "topic" in ack:
            placed = Placed(ack["topic"], ack["partition"], int(ack["offset"]), int(ack["timestamp"]))
        writer.push(int(ack["sequence"]), placed)
    return writer.finish()


def decode_acks(content: bytes) -> list[dict[str, Any]]:
    """The description of the acks."""
    acks = []
    for sequence, placed in Acks(content):
        ack: dict[str, Any] = {"sequence": str(sequence)}
        if placed is not None:
            topic, partition, offset, timestamp = placed
            ack |= {"topic": topic, "partition": partition, "offset": str(offset), "timestamp": str(timestamp)}
        acks.append(ack)
    return acks


# === schemas


def schema_from_json(json: dict[str, Any], before: list[Schema]) -> Schema:
    """A schema whose children are among ``before``."""
    attributes = {key: json[key] for key in ("optional", "name", "version", "doc") if key in json}
    attributes["parameters"] = dict(json.get("parameters", ()))
    attributes["fields"] = [(name, _by_id(before, number)) for name, number in json.get("fields", ())]
    attributes["keys"] = _by_id(before, json.get("keys", 0))
    attributes["values"] = _by_id(before, json.get("values", json.get("items", 0)))
    of = Type[json["type"].upper()]
    schema = Schema(of, **attributes)
    if "default" not in json:
        return schema
    return Schema(of, default=value_from_json(schema, json["default"]), **attributes)


def schema_to_json(schema: Schema, schemas: list[Schema]) -> dict[str, Any]:
    json: dict[str, Any] = {"type": schema.type.label}
    if schema.optional:
        json["optional"] = True
    for name in ("name", "version", "doc"):
        if getattr(schema, name) is not None:
            json[name] = getattr(schema, name)
    if schema.parameters:
        json["parameters"] = [[key, value] for key, value in schema.parameters.items()]
    if schema.default is not None:
        json["default"] = value_to_json(schema, schema.default)
    if schema.type is Type.ARRAY:
        json["items"] = _id(schemas, schema.value_schema)
    if schema.type is Type.MAP:
        json |= {"keys": _id(schemas, schema.key_schema), "values": _id(schemas, schema.value_schema)}
    if schema.type is Type.STRUCT:
        json["fields"] = [[field.name, _id(schemas, field.schema)] for field in schema.fields]
    return json


def _by_id(schemas: list[Schema], number: int) -> Schema | None:
    return schemas[number - OWN] if number >= OWN else BUILTINS.get(number)


def _id(schemas: list[Schema], schema: Schema | None) -> int:
    if schema is None:
        return 0
    same = [position for position, own in enumerate(schemas) if own is schema]
    return OWN + same[0] if same else schema.builtin_id


# === values


def value_from_json(schema: Schema, json: Any) -> Any:
    """A value of a schema. A vector may hold a null where the schema wants a value, so structs are not checked."""
    if json is None:
        return None
    if schema.type is Type.ARRAY:
        return [value_from_json(schema.value_schema, item) for item in json]
    if schema.type is Type.MAP:
        keys, values = schema.key_schema, schema.value_schema
        return Entries((value_from_json(keys, key), value_from_json(values, value)) for key, value in json)
    if schema.type is Type.STRUCT:
        return Struct.from_values(schema, [value_from_json(field.schema, json[field.name]) for field in schema.fields])
    return _scalar_from_json(schema.type, json)


def value_to_json(schema: Schema, value: Any) -> Any:
    if value is None:
        return None
    if schema.type is Type.ARRAY:
        return [value_to_json(schema.value_schema, item) for item in value]
    if schema.type is Type.MAP:
        keys, values = schema.key_schema, schema.value_schema
        pairs = value if isinstance(value, Entries) else value.items()
        return [[value_to_json(keys, key), value_to_json(values, item)] for key, item in pairs]
    if schema.type is Type.STRUCT:
        return {field.name: value_to_json(field.schema, item) for field, item in zip(schema.fields, value.values)}
    return _scalar_to_json(schema.type, value)


SCALARS = {
    "int8": Int8,
    "int16": Int16,
    "int32": Int32,
    "int64": int,
    "float32": Float32,
    "float64": float,
    "boolean": bool,
    "string": str,
    "bytes": bytes,
}


def tagged_from_json(json: Any) -> Any:
    """A schemaless value."""
    if json is None:
        return None
    of, value = json["type"], json["value"]
    if of == "array":
        return [tagged_from_json(item) for item in value]
    if of == "map":
        return Entries((tagged_from_json(key), tagged_from_json(item)) for key, item in value)
    return SCALARS[of](_scalar_from_json(Type[of.upper()], value))


def tagged_to_json(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (dict, Entries)):
        pairs = value if isinstance(value, Entries) else value.items()
        return {"type": "map", "value": [[tagged_to_json(key), tagged_to_json(item)] for key, item in pairs]}
    if isinstance(value, list):
        return {"type": "array", "value": [tagged_to_json(item) for item in value]}
    of = next(name for name, python in SCALARS.items() if type(value) is python)
    return {"type": of, "value": _scalar_to_json(Type[of.upper()], value)}


def _scalar_from_json(of: Type, json: Any) -> Any:
    if of is Type.BYTES:
        return bytes.fromhex(json)
    if of is Type.INT64:
        return int(json)
    return float(json) if of in (Type.FLOAT32, Type.FLOAT64) else json


def _scalar_to_json(of: Type, value: Any) -> Any:
    if of is Type.BYTES:
        return value.hex()
    if of is Type.INT64:
        return str(value)
    if of in (Type.FLOAT32, Type.FLOAT64):
        if math.isfinite(value):
            return float(value)
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
