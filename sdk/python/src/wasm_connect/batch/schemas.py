"""The table of schemas: children before parents, so that one pass builds and writes them."""

from __future__ import annotations

from struct import Struct as Packer
from typing import Any

from . import layout
from .errors import NOT_UTF8, BatchError, EncodeError, Fault
from .layout import OWN_SCHEMAS, U32
from .limits import Limits
from .rows import decoder, encoder
from .schema import BUILTINS, Schema, Type

_I32 = Packer("<i")

# === reading


def parse_schemas(section: bytes, limits: Limits) -> dict[int, Schema | None]:
    """All schemas of a batch by id, the constant ones too; raises :class:`Fault`."""
    if len(section) > limits.max_schema_bytes:
        raise Fault(f"has {len(section)} bytes of schemas, max_schema_bytes is {limits.max_schema_bytes}")
    reader = _Reader(section)
    count = reader.count(2, "schema count")
    if count > limits.max_schemas:
        raise Fault(f"has {count} schemas, max_schemas is {limits.max_schemas}")
    schemas: dict[int, Schema | None] = {layout.NO_SCHEMA: None, **BUILTINS}
    for i in range(count):
        try:
            schemas[OWN_SCHEMAS + i] = _parse_schema(reader, schemas, limits)
        except Fault as fault:
            raise fault.within(f"schema {i}") from None
        except BatchError as error:
            raise Fault(str(error)).within(f"schema {i}") from None
    if reader.left:
        raise Fault(f"{reader.left} bytes follow the last schema")
    return schemas


def _parse_schema(reader: _Reader, before: dict[int, Schema | None], limits: Limits) -> Schema:
    code = reader.u8("type")
    if not Type.INT8.value <= code <= Type.STRUCT.value:
        raise Fault(f"unknown type {code}")
    of = Type(code)
    flags = reader.u8("flags")
    if flags & ~layout.SCHEMA_FLAGS:
        raise Fault(f"unknown flags {flags:#04x}")
    attributes = _parse_children(reader, of, before)
    attributes["optional"] = bool(flags & layout.OPTIONAL)
    if flags & layout.NAME:
        attributes["name"] = reader.text("name")
    if flags & layout.VERSION:
        attributes["version"] = _I32.unpack(reader.take(4, "version"))[0]
    if flags & layout.DOC:
        attributes["doc"] = reader.text("doc")
    if flags & layout.PARAMETERS:
        attributes["parameters"] = _parse_parameters(reader)
    schema = Schema(of, **attributes)
    if schema.depth > limits.max_depth:
        raise Fault(f"nested {schema.depth} deep, max_depth is {limits.max_depth}")
    if schema.nodes > limits.max_schema_nodes:
        raise Fault(f"has {schema.nodes} nodes, max_schema_nodes is {limits.max_schema_nodes}")
    if not flags & layout.DEFAULT:
        return BUILTINS.get(schema.builtin_id, schema)
    row = reader.take(reader.u32("default"), "default")
    try:
        default = decoder(schema)(row, 0, len(row))
    except UnicodeDecodeError:
        raise Fault(NOT_UTF8).within("default") from None
    except Fault as fault:
        raise fault.within("default") from None
    return Schema(of, default=default, **attributes)


def _parse_children(reader: _Reader, of: Type, before: dict[int, Schema | None]) -> dict[str, Any]:
    def child(noun: str) -> Schema:
        number = reader.u32(noun)
        schema = before.get(number)
        if schema is None:
            raise Fault(f"{noun}: there is no schema {number} before this one")
        return schema

    if of is Type.ARRAY:
        return {"values": child("items")}
    if of is Type.MAP:
        return {"keys": child("keys"), "values": child("values")}
    if of is Type.STRUCT:
        fields = []
        for _ in range(reader.count(8, "field count")):
            name = reader.text("field name")
            fields.append((name, child(name)))
        return {"fields": fields}
    return {}


def _parse_parameters(reader: _Reader) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for _ in range(reader.count(8, "parameter count")):
        key = reader.text("parameter")
        if key in parameters:
            raise Fault(f'parameter "{key}" comes twice')
        parameters[key] = reader.text("parameter")
    if not parameters:
        raise Fault("flag says parameters, there are none")
    return parameters


class _Reader:
    """Reads on and on; each read says what it wanted if the bytes end."""

    __slots__ = ("_at", "_bytes")

    def __init__(self, section: bytes) -> None:
        self._bytes = section
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._bytes) - self._at

    def take(self, count: int, noun: str) -> bytes:
        if count > self.left:
            raise Fault(f"{noun} wants {count} bytes, {self.left} are left")
        self._at += count
        return self._bytes[self._at - count : self._at]

    def u8(self, noun: str) -> int:
        return self.take(1, noun)[0]

    def u32(self, noun: str) -> int:
        number: int = U32.unpack(self.take(4, noun))[0]
        return number

    def text(self, noun: str) -> str:
        try:
            return self.take(self.u32(noun), noun).decode()
        except UnicodeDecodeError:
            raise Fault(NOT_UTF8).within(noun) from None

    def count(self, least: int, noun: str) -> int:
        """A count of things that take at least ``least`` bytes each."""
        count = self.u32(noun)
        if count > self.left // least:
            raise Fault(f"{noun} {count} does not fit into the {self.left} bytes that are left")
        return count


# === writing


class SchemaTable:
    """The schemas of a batch that is being written, each once."""

    __slots__ = ("_by_definition", "_by_object", "size")

    def __init__(self) -> None:
        # The schema is kept too, so that no other one gets its address.
        self._by_object: dict[int, tuple[int, Schema]] = {}
        self._by_definition: dict[bytes, int] = {}
        #: Bytes of the section.
        self.size = 4

    def intern(self, schema: Schema) -> int:
        """The schema's id; its children's definitions come before its own."""
        if schema.builtin_id:
            return schema.builtin_id
        found = self._by_object.get(id(schema))
        if found is not None:
            return found[0]
        definition = schema._definition or self._define(schema)
        number = self._by_definition.get(definition)
        if number is None:
            number = self._by_definition[definition] = OWN_SCHEMAS + len(self._by_definition)
            self.size += len(definition)
        self._by_object[id(schema)] = (number, schema)
        return number

    def section(self) -> list[bytes]:
        """The section, in pieces."""
        return [U32.pack(len(self._by_definition)), *self._by_definition]

    def _define(self, schema: Schema) -> bytes:
        children = [field.schema for field in schema.fields]
        children += [child for child in (schema.key_schema, schema.value_schema) if child is not None]
        numbers = [self.intern(child) for child in children]
        definition = _definition(schema, numbers)
        if all(number < OWN_SCHEMAS for number in numbers):
            schema._definition = definition
        return definition


def _definition(schema: Schema, children: list[int]) -> bytes:
    flags = (
        layout.OPTIONAL * schema.optional
        | layout.NAME * (schema.name is not None)
        | layout.VERSION * (schema.version is not None)
        | layout.DOC * (schema.doc is not None)
        | layout.PARAMETERS * bool(schema.parameters)
        | layout.DEFAULT * (schema.default is not None)
    )
    parts = [bytes((schema.type.value, flags))]
    if schema.type is Type.STRUCT:
        parts.append(U32.pack(len(children)))
        for field, number in zip(schema.fields, children):
            parts += (_text(field.name), U32.pack(number))
    else:
        parts += [U32.pack(number) for number in children]
    if schema.name is not None:
        parts.append(_text(schema.name))
    if schema.version is not None:
        parts.append(_I32.pack(schema.version))
    if schema.doc is not None:
        parts.append(_text(schema.doc))
    if schema.parameters:
        parts.append(U32.pack(len(schema.parameters)))
        for key, value in schema.parameters.items():
            parts += (_text(key), _text(value))
    if schema.default is not None:
        row = encoder(schema)(schema.default)
        parts += (U32.pack(len(row)), row)
    return b"".join(parts)


def _text(text: str) -> bytes:
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise EncodeError(f"schema cannot be written: {error}") from None
    return U32.pack(len(content)) + content
