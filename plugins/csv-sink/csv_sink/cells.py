"""What a value looks like in a cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from wasm_connect import Schema, Struct, logical

#: Texts of Connect's logical types, by their schemas' names.
_LOGICAL: dict[str | None, Callable[[Schema, Any], str]] = {
    logical.DATE: lambda schema, days: logical.to_date(days).isoformat(),
    logical.TIME: lambda schema, ms: logical.to_time(ms).isoformat("milliseconds"),
    logical.TIMESTAMP: lambda schema, ms: (
        logical.to_datetime(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ),
    logical.DECIMAL: lambda schema, unscaled: format(logical.to_decimal(unscaled, logical.scale_of(schema)), "f"),
}


def cell(value: Any, schema: Schema | None) -> str:
    """The text of a value that is not None. Raises ``ValueError`` for one that its logical type cannot have."""
    if isinstance(value, str):
        return value
    if schema is not None and schema.name in _LOGICAL:
        try:
            return _LOGICAL[schema.name](schema, value)
        except (OverflowError, KeyError) as error:
            raise ValueError(f"{value!r} is no {schema.name}: {error}") from None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (int, float)):
        return str(value)
    return json.dumps(_nested(value), ensure_ascii=False, separators=(",", ":"))


def _nested(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, Struct):
        return {name: _nested(item) for name, item in value.items()}
    if isinstance(value, dict):
        return {str(key): _nested(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_nested(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value
