"""The fields of a generated record: a small language that says how each is made, and what makes it.

``id: sequence; user: choice(ada, bob); price: float(0, 99.99, 2) ?0.1; at: now``
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from datetime import datetime

from wasm_connect import Schema, logical

#: Makes a field's value of the number of its record and of a source of chance.
Make = Callable[[int, "Chance"], object]

_MASK = (1 << 64) - 1
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FIELD = re.compile(r"\s*([A-Za-z_]\w*)\s*:\s*(\w+)\s*(?:\(([^()]*)\))?\s*(?:\?\s*([\d.]+))?\s*")
#: The most letters of a string.
MAX_LENGTH = 1_000_000


class Chance:
    """Random numbers that follow from a seed: the same record has the same ones whenever it is made (SplitMix64)."""

    __slots__ = ("_state",)

    def __init__(self, *seeds: int) -> None:
        self._state = 0
        for seed in seeds:
            self._state = (self._state ^ seed) & _MASK
            self.next()

    def next(self) -> int:
        """64 bits."""
        self._state = mixed = (self._state + 0x9E37_79B9_7F4A_7C15) & _MASK
        mixed = (mixed ^ mixed >> 30) * 0xBF58_476D_1CE4_E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D0_49BB_1331_11EB & _MASK
        return mixed ^ mixed >> 31

    def below(self, bound: int) -> int:
        """Less than ``bound``, which is at most 2^64."""
        return self.next() * bound >> 64

    def real(self) -> float:
        """At least 0, less than 1."""
        return (self.next() >> 11) / (1 << 53)


class Field:
    """One field: its name, its schema, and what makes its values."""

    __slots__ = ("make", "name", "schema")

    def __init__(self, name: str, schema: Schema, make: Make) -> None:
        self.name = name
        self.schema = schema
        self.make = make


def parse(text: str) -> list[Field]:
    """The fields that a text describes; raises ``ValueError``, which says what is wrong with which."""
    fields: list[Field] = []
    for part in text.split(";"):
        if part.strip():
            fields.append(_parse_field(part))
    if not fields:
        raise ValueError("there is no field")
    names = [field.name for field in fields]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"there are two fields {name}")
    return fields


def _parse_field(text: str) -> Field:
    found = _FIELD.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text.strip()}' is not of the form name: kind(arguments)")
    name, kind, given, chance_of_null = found.groups()
    if kind not in KINDS:
        raise ValueError(f"{name}: there is no kind {kind}; there are {', '.join(KINDS)}")
    arguments = [argument.strip() for argument in given.split(",")] if given and given.strip() else []
    try:
        schema, make = KINDS[kind](arguments)
        if chance_of_null is None:
            return Field(name, schema, make)
        return Field(name, schema.with_optional(True), _or_null(make, _between(chance_of_null, 0, 1)))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{name}: {error}") from None


def _or_null(make: Make, chance_of_null: float) -> Make:
    def make_or_not(number: int, chance: Chance) -> object:
        return None if chance.real() < chance_of_null else make(number, chance)

    return make_or_not


# === the kinds


def _sequence(arguments: list[str]) -> tuple[Schema, Make]:
    start, step = _integers(_between_of(arguments, 0, 2, "sequence(start, step)"), [0, 1])
    return Schema.int64(), lambda number, chance: _int64(start + number * step)


def _int(arguments: list[str]) -> tuple[Schema, Make]:
    least, most = _integers(_between_of(arguments, 2, 2, "int(least, most)"), [])
    if least > most:
        raise ValueError(f"{least} is more than {most}")
    return Schema.int64(), lambda number, chance: least + chance.below(most - least + 1)


def _float(arguments: list[str]) -> tuple[Schema, Make]:
    least, most, digits = [*map(float, _between_of(arguments, 2, 3, "float(least, most, digits)")), 17.0][:3]
    if not -math.inf < least <= most < math.inf:
        raise ValueError(f"{least} to {most} is no range")
    places = int(digits)
    return Schema.float64(), lambda number, chance: round(least + chance.real() * (most - least), places)


def _string(arguments: list[str]) -> tuple[Schema, Make]:
    lengths = _integers(_between_of(arguments, 1, 2, "string(length) or string(least, most)"), [])
    least, most = lengths[0], lengths[-1]
    if not 0 <= least <= most <= MAX_LENGTH:
        raise ValueError(f"lengths are between 0 and {MAX_LENGTH}, the least one first")

    def make(number: int, chance: Chance) -> str:
        letters = []
        bits = 0
        for _ in range(least + chance.below(most - least + 1)):
            # A number has enough bits for a dozen letters.
            if bits < len(_LETTERS):
                bits = chance.next()
            bits, letter = divmod(bits, len(_LETTERS))
            letters.append(_LETTERS[letter])
        return "".join(letters)

    return Schema.string(), make


def _choice(arguments: list[str]) -> tuple[Schema, Make]:
    if not arguments:
        raise ValueError("choice(one, another, ...) wants something to choose from")
    return Schema.string(), lambda number, chance: arguments[chance.below(len(arguments))]


def _boolean(arguments: list[str]) -> tuple[Schema, Make]:
    (likely,) = [_between(text, 0, 1) for text in _between_of(arguments, 0, 1, "boolean(chance of true)") or ["0.5"]]
    return Schema.boolean(), lambda number, chance: chance.real() < likely


def _uuid(arguments: list[str]) -> tuple[Schema, Make]:
    _between_of(arguments, 0, 0, "uuid")

    def make(number: int, chance: Chance) -> str:
        digits = f"{chance.next():016x}{chance.next():016x}"
        variant = "89ab"[int(digits[16], 16) % 4]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    return Schema.string(), make


def _now(arguments: list[str]) -> tuple[Schema, Make]:
    _between_of(arguments, 0, 0, "now")
    return logical.timestamp_schema(), lambda number, chance: time.time_ns() // 1_000_000


def _timestamp(arguments: list[str]) -> tuple[Schema, Make]:
    first, *step = _between_of(arguments, 1, 2, "timestamp(first, milliseconds)")
    start = logical.from_datetime(datetime.fromisoformat(first.replace("Z", "+00:00")))
    (between,) = _integers(step, [1000])
    return logical.timestamp_schema(), lambda number, chance: _int64(start + number * between)


#: What a field can be, by name.
KINDS: dict[str, Callable[[list[str]], tuple[Schema, Make]]] = {
    "sequence": _sequence,
    "int": _int,
    "float": _float,
    "string": _string,
    "choice": _choice,
    "boolean": _boolean,
    "uuid": _uuid,
    "now": _now,
    "timestamp": _timestamp,
}


def _between_of(arguments: list[str], least: int, most: int, form: str) -> list[str]:
    if not least <= len(arguments) <= most:
        raise ValueError(f"the form is {form}")
    return arguments


def _integers(arguments: list[str], defaults: list[int]) -> list[int]:
    numbers = [int(argument) for argument in arguments]
    numbers += defaults[len(numbers) :]
    for number in numbers:
        if _int64(number) != number:
            raise ValueError(f"{number} does not fit into 64 bits")
    return numbers


def _int64(number: int) -> int:
    """Around the end as 64 bits go."""
    return ((number + (1 << 63)) & _MASK) - (1 << 63)


def _between(text: str, least: float, most: float) -> float:
    number = float(text)
    if not least <= number <= most:
        raise ValueError(f"{text} is not between {least} and {most}")
    return number
