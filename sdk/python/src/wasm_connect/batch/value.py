"""Values: which Python objects stand for Connect's, structs, and whether a value is one of a schema.

======================= =====================================================================================================
Connect                 Python
======================= =====================================================================================================
int8, int16, int32      ``int``; read without a schema: :class:`Int8`, :class:`Int16`, :class:`Int32`, which are ``int`` too
int64                   ``int``
float32                 ``float``; read without a schema: :class:`Float32`, which is a ``float`` too
float64                 ``float``
boolean, string, bytes  ``bool``, ``str``, ``bytes``
array                   ``list``
map                     ``dict``; :class:`Entries` where keys cannot be those of a dict
struct                  :class:`Struct`
null                    ``None``
======================= =====================================================================================================

Logical types are their base type's value; :mod:`wasm_connect.logical` converts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import DataError
from .schema import Schema, Type


class Int8(int):
    """An int8 of a schemaless value; without a schema a plain ``int`` is written as int64."""


class Int16(int):
    """An int16 of a schemaless value."""


class Int32(int):
    """An int32 of a schemaless value."""


class Float32(float):
    """A float32 of a schemaless value; without a schema a plain ``float`` is written as float64."""


class Entries(list[tuple[Any, Any]]):
    """A map as a list of keys and values: one whose keys are equal, or lists, maps or structs, and so not those of a dict."""


class Struct:
    """A struct: a value a field of its schema, null where none was put (``org.apache.kafka.connect.data.Struct``).

    ``Struct(schema, name="Ada", age=36)`` makes one, ``struct["age"] = 37`` sets a field, ``struct["age"]`` reads it. Values are
    checked when they are put. Raises :class:`DataError` with Java's texts.
    """

    __slots__ = ("_values", "schema")

    #: The schema that it is one of.
    schema: Schema

    def __init__(self, schema: Schema, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        if schema.type is not Type.STRUCT:
            raise DataError(f"Not a struct schema: {schema}")
        self.schema = schema
        self._values: list[Any] = [None] * len(schema.fields)
        self._put_all(values if values is not None else more)
        if values is not None and more:
            self._put_all(more)

    @classmethod
    def from_values(cls, schema: Schema, values: list[Any]) -> Struct:
        """A struct of one value a field, in the order of the fields, which it keeps. They are not checked: see :meth:`validate`."""
        if schema.type is not Type.STRUCT:
            raise DataError(f"Not a struct schema: {schema}")
        if len(values) != len(schema.fields):
            raise DataError(f"{len(values)} values for the {len(schema.fields)} fields of {schema}")
        return _struct_of(schema, values)

    def __getitem__(self, name: str) -> Any:
        """The field's value, or its schema's default where it is null (``Struct.get``)."""
        position = self._position(name)
        value = self._values[position]
        return self.schema.fields[position].schema.default if value is None else value

    def __setitem__(self, name: str, value: Any) -> None:
        position = self._position(name)
        validate_value(self.schema.fields[position].schema, value, name)
        self._values[position] = value

    def get(self, name: str, otherwise: Any = None) -> Any:
        """As ``struct[name]``, but ``otherwise`` where there is no such field or it is null without a default."""
        value = self[name] if self.schema.position(name) is not None else None
        return otherwise if value is None else value

    def get_without_default(self, name: str) -> Any:
        """The field's value as it was put (``Struct.getWithoutDefault``)."""
        return self._values[self._position(name)]

    @property
    def values(self) -> list[Any]:
        """The values in the order of the fields, defaults not substituted."""
        return list(self._values)

    def __iter__(self) -> Iterator[str]:
        """The names of the fields, in their order."""
        return (field.name for field in self.schema.fields)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return any(field.name == name for field in self.schema.fields)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Names and values, defaults substituted."""
        return ((field.name, self[field.name]) for field in self.schema.fields)

    def to_dict(self) -> dict[str, Any]:
        """A dict of the fields, structs inside of it too, defaults substituted: for ``json.dumps`` and the like."""
        return {name: _plain(value) for name, value in self.items()}

    def validate(self) -> None:
        """Whether every required field without a default has a value (``Struct.validate``)."""
        for field, value in zip(self.schema.fields, self._values):
            if value is not None or not (field.schema.optional or field.schema.default is not None):
                validate_value(field.schema, value, field.name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Struct):
            return NotImplemented
        return self.schema == other.schema and self._values == other._values

    __hash__ = None  # type: ignore[assignment]  # its values may change

    def __repr__(self) -> str:
        """As Java prints a struct: ``Struct{name=Ada,age=36}``, nulls left out."""
        fields = zip(self.schema.fields, self._values)
        return "Struct{" + ",".join(f"{field.name}={value}" for field, value in fields if value is not None) + "}"

    def _put_all(self, values: Mapping[str, Any]) -> None:
        """As ``self[name] = value`` for each."""
        positions, fields, own = self.schema._positions, self.schema.fields, self._values
        for name, value in values.items():
            position = positions.get(name)
            if position is None:
                raise DataError(f"{name} is not a valid field name")
            schema = fields[position].schema
            # Most are of the one class that is right.
            if value.__class__ is not schema._exact or (schema._range is not None and value not in schema._range):
                validate_value(schema, value, name)
            own[position] = value

    def _position(self, name: str) -> int:
        position = self.schema.position(name)
        if position is None:
            raise DataError(f"{name} is not a valid field name")
        return position


def _struct_of(schema: Schema, values: list[Any]) -> Struct:
    """A struct of values that are known to be those of the fields."""
    struct = Struct.__new__(Struct)
    struct.schema = schema
    struct._values = values
    return struct


def _plain(value: Any) -> Any:
    if isinstance(value, Struct):
        return value.to_dict()
    if isinstance(value, Entries):
        return [(_plain(key), _plain(item)) for key, item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


# === whether a value is one of a schema


def validate_value(schema: Schema, value: Any, field: str | None = None) -> None:
    """Checks ``value`` as ``ConnectSchema.validateValue`` does; ``field`` is the name that the error gives.

    Raises :class:`DataError`.
    """
    _validate(schema, value, "value" if field is None else f'field: "{field}"')


def _validate(schema: Schema, value: Any, where: str) -> None:
    if value is None:
        if not schema.optional:
            raise DataError(f"Invalid value: null used for required {where}, schema type: {schema.type.name}")
        return
    if value.__class__ is schema._exact and (schema._range is None or value in schema._range):
        return
    if not _is_of(schema, value):
        name = "" if schema.name is None else f' "{schema.name}"'
        found = type(value).__name__
        raise DataError(f"Invalid Python object for schema{name} with type {schema.type.name}: {found} for {where}")
    if schema.type is Type.STRUCT:
        if value.schema != schema:
            raise DataError("Struct schemas do not match.")
        value.validate()
    elif schema.type is Type.ARRAY:
        assert schema.value_schema is not None
        for item in value:
            _validate(schema.value_schema, item, f"element of array {where}")
    elif schema.type is Type.MAP:
        assert schema.key_schema is not None and schema.value_schema is not None
        for key, item in entries(value):
            _validate(schema.key_schema, key, f"key of map {where}")
            _validate(schema.value_schema, item, f"value of map {where}")


def entries(value: Any) -> Any:
    """The keys and values of a map, in their order."""
    return value.items() if isinstance(value, Mapping) else value


def _is_of(schema: Schema, value: Any) -> bool:
    """Relatives of the classes that are taken at once, and everything that is no scalar."""
    of = schema.type
    if of is Type.STRING:
        return isinstance(value, str)
    if schema._range is not None:
        return isinstance(value, int) and not isinstance(value, bool) and value in schema._range
    if of is Type.BOOLEAN:
        return isinstance(value, bool)
    if of is Type.FLOAT32 or of is Type.FLOAT64:
        return isinstance(value, (float, int)) and not isinstance(value, bool)
    if of is Type.BYTES:
        return isinstance(value, (bytes, bytearray, memoryview))
    if of is Type.ARRAY:
        return isinstance(value, (list, tuple)) and not isinstance(value, Entries)
    if of is Type.MAP:
        return isinstance(value, (Mapping, Entries))
    return isinstance(value, Struct)
