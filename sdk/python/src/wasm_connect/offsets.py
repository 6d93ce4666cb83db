"""Source partitions and source offsets: maps of names to scalars, kept as flat JSON objects.

Their JSON is what Java's converter writes to the offsets topic: no spaces, names in the order in which they were set. The worker
compares partitions by that text, so set the names of a partition always in the same order.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

#: What an entry holds: text, a number, a truth value or nothing.
Scalar: TypeAlias = "str | int | float | bool | None"
#: A source partition or source offset (Java's ``Map<String, ?>`` of both).
ScalarMap = Mapping[str, Scalar]


def to_json(entries: ScalarMap) -> str:
    """The JSON of a source partition or offset. Raises ``TypeError`` for a value that is no scalar."""
    return "{" + ",".join([f"{_quote(name)}:{_scalar(value)}" for name, value in entries.items()]) + "}"


def from_json(text: str) -> dict[str, Any]:
    """Reads a flat JSON object; raises ``ValueError``, which says what is wrong."""
    found = json.loads(text, parse_constant=_refuse)
    if not isinstance(found, dict):
        raise ValueError("no flat JSON object")
    for name, value in found.items():
        if isinstance(value, (dict, list)):
            raise ValueError(f'no flat JSON object: "{name}" is none')
    return found


class NumberOffset:
    """Source offsets of one number, such as ``{"position":42}``, as cheap as they get: ``offset(42)``."""

    __slots__ = ("_prefix",)

    def __init__(self, name: str) -> None:
        self._prefix = "{" + _quote(name) + ":"

    def __call__(self, number: int) -> str:
        """The JSON of the offset ``number``."""
        return f"{self._prefix}{number:d}}}"


def java_double(number: float) -> str:
    """``Double.toString`` of Java 19 and later."""
    if math.isnan(number):
        return "NaN"
    sign = "-" if math.copysign(1, number) < 0 else ""
    if math.isinf(number):
        return f"{sign}Infinity"
    if number == 0:
        return f"{sign}0.0"
    # The shortest digits that read back as the same number, which Python and Java agree on.
    mantissa, _, power = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    significant = (whole + fraction).lstrip("0")
    exponent = int(power or 0) + len(whole) - (len(whole + fraction) - len(significant)) - 1
    digits = significant.rstrip("0")
    if 0 <= exponent < 7:
        padded = digits.ljust(exponent + 1, "0")
        return f"{sign}{padded[: exponent + 1]}.{padded[exponent + 1 :] or '0'}"
    if -3 <= exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return f"{value:d}"
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, float):
        text = java_double(value)
        return text if math.isfinite(value) else f'"{text}"'
    raise TypeError(f"a source partition or offset holds text, numbers and truth values, not {type(value).__name__}")


#: What JSON must escape; everything else stays as it is, as Jackson writes it.
_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def _quote(text: str) -> str:
    if _ESCAPED.search(text):
        text = _ESCAPED.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text)
    return f'"{text}"'


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
