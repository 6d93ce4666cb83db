"""Connect's schemas (``org.apache.kafka.connect.data.Schema``): immutable, compared by structure."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from . import layout
from .errors import DataError, SchemaError


class Type(enum.Enum):
    """Connect's types (``Schema.Type``); the value is the number of the format."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    FLOAT32 = 5
    FLOAT64 = 6
    BOOLEAN = 7
    STRING = 8
    BYTES = 9
    ARRAY = 10
    MAP = 11
    STRUCT = 12

    @property
    def label(self) -> str:
        """``Schema.Type.getName()``: ``int8``, ``string`` ..."""
        return self.name.lower()

    @property
    def is_primitive(self) -> bool:
        """Everything but array, map and struct (``Schema.Type.isPrimitive``)."""
        return self.value < Type.ARRAY.value


class Field(NamedTuple):
    """One field of a struct; its index is its position."""

    name: str
    schema: Schema


#: Reads the row between two positions.
Decoder = Callable[[bytes, int, int], Any]
#: Writes a row.
Encoder = Callable[[Any], bytes]
#: Bytes of the format; the name ``bytes`` is taken in the class below.
Packed = bytes

#: Type numbers by the class of most of their values, and what integers hold; other classes are looked at more closely.
_PYTHON: dict[int, tuple[Any, range | None]] = {
    Type.INT8.value: (int, range(-(1 << 7), 1 << 7)),
    Type.INT16.value: (int, range(-(1 << 15), 1 << 15)),
    Type.INT32.value: (int, range(-(1 << 31), 1 << 31)),
    Type.INT64.value: (int, range(-(1 << 63), 1 << 63)),
    Type.FLOAT32.value: (float, None),
    Type.FLOAT64.value: (float, None),
    Type.BOOLEAN.value: (bool, None),
    Type.STRING.value: (str, None),
    Type.BYTES.value: (bytes, None),
}

_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


class Schema:
    """A schema (``org.apache.kafka.connect.data.ConnectSchema``).

    Made by the class methods named after the types: ``Schema.string()``, ``Schema.struct({"id": Schema.int64()})``. Make a schema
    once and keep it; a batch holds each schema once. Equal if the structure is, as in Java: documentation and default count, the
    order of parameters does not.

    Raises :class:`SchemaError` for what Connect does not allow.
    """

    __slots__ = (
        "_decode",
        "_definition",
        "_encode",
        "_exact",
        "_hash",
        "_positions",
        "_range",
        "builtin_id",
        "default",
        "depth",
        "doc",
        "fields",
        "key_schema",
        "name",
        "nodes",
        "optional",
        "parameters",
        "type",
        "value_schema",
        "version",
    )

    #: The type.
    type: Type
    #: Whether null is a value of this schema.
    optional: bool
    #: The name, which makes a logical type of a base type.
    name: str | None
    #: The version.
    version: int | None
    #: The documentation.
    doc: str | None
    #: The parameters, in the order in which they were given.
    parameters: Mapping[str, str]
    #: What stands for a null; None if there is none.
    default: Any
    #: The fields of a struct; empty for other types.
    fields: tuple[Field, ...]
    #: The keys of a map.
    key_schema: Schema | None
    #: The values of a map, the items of an array.
    value_schema: Schema | None
    #: Levels, itself included.
    depth: int
    #: Nodes when written out as a tree, itself included.
    nodes: int
    #: The format's constant id of a plain primitive, else 0.
    builtin_id: int

    # Kept by the codec: what reads and writes a row, and the definition if it names no other own schema.
    _decode: Decoder | None
    _encode: Encoder | None
    _definition: Packed | None

    def __init__(
        self,
        type: Type,
        *,
        optional: bool = False,
        name: str | None = None,
        version: int | None = None,
        doc: str | None = None,
        parameters: Mapping[str, str] | None = None,
        default: Any = None,
        fields: Mapping[str, Schema] | Iterable[tuple[str, Schema]] = (),
        keys: Schema | None = None,
        values: Schema | None = None,
    ) -> None:
        self.type = type
        self.optional = optional
        self.name = name
        self.version = version
        self.doc = doc
        self.parameters = MappingProxyType(dict(parameters)) if parameters else _NO_PARAMETERS
        self.default: Any = None
        self.fields = tuple(Field(*field) for field in (fields.items() if isinstance(fields, Mapping) else fields))
        self.key_schema = keys
        self.value_schema = values
        children = [schema for schema in (keys, values, *(field.schema for field in self.fields)) if schema is not None]
        self.depth = 1 + max((child.depth for child in children), default=0)
        self.nodes = 1 + sum(child.nodes for child in children)
        self._positions = {field.name: position for position, field in enumerate(self.fields)}
        self._exact, self._range = _PYTHON.get(type.value, (None, None))
        self._hash: int | None = None
        self._decode = self._encode = self._definition = None
        self._check()
        if default is not None:
            self._check_default(default)
        self._take_default(default)

    # === one for each type

    @classmethod
    def int8(cls, **more: Any) -> Schema:
        """8 bits. ``more`` here and below: optional, name, version, doc, parameters, default."""
        return _primitive(Type.INT8, more)

    @classmethod
    def int16(cls, **more: Any) -> Schema:
        """16 bits."""
        return _primitive(Type.INT16, more)

    @classmethod
    def int32(cls, **more: Any) -> Schema:
        """32 bits."""
        return _primitive(Type.INT32, more)

    @classmethod
    def int64(cls, **more: Any) -> Schema:
        """64 bits."""
        return _primitive(Type.INT64, more)

    @classmethod
    def float32(cls, **more: Any) -> Schema:
        """A float of 32 bits; Python's are rounded to it."""
        return _primitive(Type.FLOAT32, more)

    @classmethod
    def float64(cls, **more: Any) -> Schema:
        """A float of 64 bits, as Python's are."""
        return _primitive(Type.FLOAT64, more)

    @classmethod
    def boolean(cls, **more: Any) -> Schema:
        """True or False."""
        return _primitive(Type.BOOLEAN, more)

    @classmethod
    def string(cls, **more: Any) -> Schema:
        """Text."""
        return _primitive(Type.STRING, more)

    @classmethod
    def bytes(cls, **more: Any) -> Schema:
        """Bytes."""
        return _primitive(Type.BYTES, more)

    @classmethod
    def array(cls, items: Schema, **more: Any) -> Schema:
        """A list of values of one schema."""
        return cls(Type.ARRAY, values=items, **more)

    @classmethod
    def map(cls, keys: Schema, values: Schema, **more: Any) -> Schema:
        """A map of values of one schema to values of another one."""
        return cls(Type.MAP, keys=keys, values=values, **more)

    @classmethod
    def struct(cls, fields: Mapping[str, Schema] | Iterable[tuple[str, Schema]] = (), **more: Any) -> Schema:
        """A struct of named fields, in the order in which they are given."""
        return cls(Type.STRUCT, fields=fields, **more)

    # === questions

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        position = self._positions.get(name)
        return None if position is None else self.fields[position]

    def position(self, name: str) -> int | None:
        """The position of the field of that name."""
        return self._positions.get(name)

    def with_optional(self, optional: bool) -> Schema:
        """The same schema, but optional or required as said."""
        if optional == self.optional:
            return self
        schema = Schema(
            self.type,
            optional=optional,
            name=self.name,
            version=self.version,
            doc=self.doc,
            parameters=self.parameters,
            fields=self.fields,
            keys=self.key_schema,
            values=self.value_schema,
        )
        schema._take_default(self.default)
        return BUILTINS.get(schema.builtin_id, schema)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Schema):
            return NotImplemented
        return (
            self.type is other.type
            and self.optional == other.optional
            and self.nodes == other.nodes
            and self.name == other.name
            and self.version == other.version
            and self.doc == other.doc
            and self.parameters == other.parameters
            and self.default == other.default
            and self.fields == other.fields
            and self.key_schema == other.key_schema
            and self.value_schema == other.value_schema
        )

    def __hash__(self) -> int:
        if self._hash is None:
            children = (self.fields, self.key_schema, self.value_schema)
            self._hash = hash((self.type, self.optional, self.name, self.version, children))
        return self._hash

    def __repr__(self) -> str:
        """As Java prints a schema: ``Schema{name:TYPE}`` or ``Schema{TYPE}``."""
        return f"Schema{{{self.name}:{self.type.name}}}" if self.name is not None else f"Schema{{{self.type.name}}}"

    # === checks

    def _is_plain(self) -> bool:
        bare = self.name is None and self.version is None and self.doc is None and self.default is None
        return bare and self.type.is_primitive and not self.parameters

    def _check(self) -> None:
        if self.type is Type.ARRAY and self.value_schema is None:
            raise SchemaError("array has no schema for its items")
        if self.type is Type.MAP and (self.key_schema is None or self.value_schema is None):
            raise SchemaError("map has no schema for its keys or values")
        if self.depth > layout.DEPTH:
            raise SchemaError(f"nested {self.depth} deep, the most is {layout.DEPTH}")
        if self.nodes > layout.SCHEMA_NODES:
            raise SchemaError(f"has {self.nodes} nodes, the most is {layout.SCHEMA_NODES}")
        if "" in self._positions:
            raise SchemaError("fieldName cannot be null.")
        if len(self._positions) < len(self.fields):
            names = [field.name for field in self.fields]
            twice = next(name for name in names if names.count(name) > 1)
            raise SchemaError(f"Cannot create field because of field name duplication {twice}")

    def _check_default(self, default: Any) -> None:
        from .value import validate_value

        try:
            validate_value(self, default)
        except DataError as error:
            raise SchemaError(f"Invalid default value: {error}") from None

    def _take_default(self, default: Any) -> None:
        self.default = default
        self.builtin_id = 2 * self.type.value + self.optional if self._is_plain() else 0


def _primitive(type: Type, more: dict[str, Any]) -> Schema:
    """A primitive; the plain ones are shared."""
    if not more:
        return BUILTINS[2 * type.value]
    if more == {"optional": True}:
        return BUILTINS[2 * type.value + 1]
    schema = Schema(type, **more)
    return BUILTINS.get(schema.builtin_id, schema)


#: The plain primitives by their constant ids.
BUILTINS: dict[int, Schema] = {
    2 * type.value + optional: Schema(type, optional=bool(optional))
    for type in Type
    if type.is_primitive
    for optional in (0, 1)
}
