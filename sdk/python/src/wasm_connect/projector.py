"""Makes a value of one schema a value of a newer or older one (Java's ``SchemaProjector``), with Java's rules and texts."""

from __future__ import annotations

import struct
from typing import Any

from .batch import DataError, Schema, Struct, Type

_NUMBERS = (Type.INT8, Type.INT16, Type.INT32, Type.INT64, Type.FLOAT32, Type.FLOAT64)


class SchemaProjectorError(DataError):
    """A value that cannot be projected (Java's ``SchemaProjectorException``)."""


def project(source: Schema, value: Any, target: Schema) -> Any:
    """``value``, which is one of ``source``, as one of ``target``. Raises :class:`SchemaProjectorError`."""
    _check_maybe_compatible(source, target)
    if source.optional and not target.optional:
        if target.default is None:
            raise SchemaProjectorError(
                "Writer schema is optional, however, target schema does not provide a default value."
            )
        return target.default if value is None else _project_value(source, value, target)
    return None if value is None else _project_value(source, value, target)


def _project_value(source: Schema, value: Any, target: Schema) -> Any:
    if target.type is Type.STRUCT:
        return _project_struct(source, value, target)
    if target.type in (Type.ARRAY, Type.MAP):
        # As the schemas' constructors have it.
        assert source.value_schema is not None and target.value_schema is not None
        if target.type is Type.ARRAY:
            return [project(source.value_schema, item, target.value_schema) for item in value]
        assert source.key_schema is not None and target.key_schema is not None
        return {
            project(source.key_schema, key, target.key_schema): project(source.value_schema, item, target.value_schema)
            for key, item in value.items()
        }
    return _promote(source.type, value, target.type)


def _project_struct(source: Schema, value: Struct, target: Schema) -> Struct:
    projected = Struct(target)
    for name, schema in target.fields:
        field = source.field(name)
        if field is not None:
            try:
                projected[name] = project(field.schema, value[name], schema)
            except SchemaProjectorError as error:
                raise SchemaProjectorError(f"Error projecting {name}: {error}") from None
        elif not schema.optional:
            if schema.default is None:
                raise SchemaProjectorError(f"Required field `{name}` is missing from source schema: {source}")
            projected[name] = schema.default
    return projected


def _promote(source: Type, value: Any, target: Type) -> Any:
    """Numbers go from a type to a wider one, and from whole ones to floats."""
    if source is target or target not in (Type.FLOAT32, Type.FLOAT64):
        return value
    if target is Type.FLOAT64:
        return float(value)
    return struct.unpack("<f", struct.pack("<f", float(value)))[0]


def _check_maybe_compatible(source: Schema, target: Schema) -> None:
    numbers = source.type in _NUMBERS and target.type in _NUMBERS
    if source.type is not target.type and not (numbers and source.type.value < target.type.value):
        raise SchemaProjectorError(
            f"Schema type mismatch. source type: {source.type.name} and target type: {target.type.name}"
        )
    if source.name != target.name:
        raise SchemaProjectorError(
            f"Schema name mismatch. source name: {_text(source.name)} and target name: {_text(target.name)}"
        )
    if source.parameters != target.parameters:
        raise SchemaProjectorError(
            f"Schema parameters not equal. source parameters: {_shown(source)} and target parameters: {_shown(target)}"
        )


def _shown(schema: Schema) -> str:
    """The parameters as Java prints them."""
    parameters = ", ".join(f"{key}={value}" for key, value in schema.parameters.items())
    return f"{{{parameters}}}" if parameters else "null"


def _text(name: str | None) -> str:
    return "null" if name is None else name
