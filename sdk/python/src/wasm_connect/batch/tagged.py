"""Schemaless values: a tag byte and the value, nested; Connect's ``Map<String, ?>`` and friends."""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct as Packer
from struct import error as PackError
from typing import Any, Callable

from .errors import EncodeError, Fault
from .layout import DEPTH, NULL_TAG, U32
from .rows import mapping
from .schema import Type
from .value import Entries, Float32, Int8, Int16, Int32, Struct

_INT8, _INT16, _INT32, _INT64 = Packer("<b"), Packer("<h"), Packer("<i"), Packer("<q")
_FLOAT32, _FLOAT64 = Packer("<f"), Packer("<d")

# === reading

#: The scalars of fixed width: how they are read, and what is made of them.
_FIXED: dict[int, tuple[Packer, Callable[[Any], Any]]] = {
    Type.INT8.value: (_INT8, Int8),
    Type.INT16.value: (_INT16, Int16),
    Type.INT32.value: (_INT32, Int32),
    Type.INT64.value: (_INT64, int),
    Type.FLOAT32.value: (_FLOAT32, Float32),
    Type.FLOAT64.value: (_FLOAT64, float),
}


def decode(batch: bytes, start: int, end: int, max_depth: int = DEPTH) -> Any:
    """Reads the row of a schemaless value that is not null; raises :class:`Fault` or ``UnicodeDecodeError``."""
    value, at = _next(batch, start, end, max_depth)
    if value is None:
        raise Fault("null has a row")
    if at != end:
        raise Fault(f"has {end - at} bytes after its end")
    return value


def _next(batch: bytes, at: int, end: int, depth: int) -> tuple[Any, int]:
    """The tagged value at ``at``, and where it ends."""
    if at >= end:
        raise Fault("tag wants 1 bytes, 0 are left")
    tag = batch[at]
    at += 1
    if tag == NULL_TAG:
        return None, at
    if depth == 0:
        raise Fault("nested too deep")
    fixed = _FIXED.get(tag)
    if fixed is not None:
        packer, make = fixed
        _wants(Type(tag), packer.size, end - at)
        return make(packer.unpack_from(batch, at)[0]), at + packer.size
    if tag == Type.BOOLEAN.value:
        _wants(Type.BOOLEAN, 1, end - at)
        if batch[at] > 1:
            raise Fault(f"boolean is {batch[at]}")
        return batch[at] == 1, at + 1
    if tag >= Type.STRUCT.value:
        raise Fault(f"unknown tag {tag}")
    of = Type(tag)
    _wants(of, 4, end - at)
    length: int = U32.unpack_from(batch, at)[0]
    at += 4
    _wants(of, length, end - at)
    if of is Type.STRING:
        return batch[at : at + length].decode(), at + length
    if of is Type.BYTES:
        return batch[at : at + length], at + length
    return _collection(of, batch, at, at + length, depth - 1), at + length


def _collection(of: Type, batch: bytes, at: int, end: int, depth: int) -> Any:
    if end - at < 4:
        raise Fault(f"count wants 4 bytes, {end - at} are left")
    count: int = U32.unpack_from(batch, at)[0]
    at += 4
    each = 2 if of is Type.MAP else 1
    if count * each > end - at:
        raise Fault(f"count {count} does not fit into the {end - at} bytes that are left")
    values = []
    for i in range(count * each):
        try:
            value, at = _next(batch, at, end, depth)
        except Fault as fault:
            raise fault.within(f"item {i // each}") from None
        values.append(value)
    if at != end:
        raise Fault(f"{of.label} has {end - at} bytes after its end")
    if of is Type.ARRAY:
        return values
    keys = values[::2]
    hashable = not any(isinstance(key, (list, dict)) for key in keys)
    return mapping(list(zip(keys, values[1::2])), hashable)


def _wants(of: Type, count: int, left: int) -> None:
    if count > left:
        raise Fault(f"{of.label} wants {count} bytes, {left} are left")


# === writing


def encode(value: Any) -> bytes:
    """The row of a schemaless value that is not None; raises :class:`EncodeError`."""
    return _encode(value, DEPTH)


def _encode(value: Any, depth: int) -> bytes:
    if value is None:
        return b"\0"
    if depth == 0:
        raise EncodeError(f"value is nested deeper than {DEPTH}")
    write = _WRITERS.get(type(value)) or _writer(value)
    try:
        return write(value, depth)
    except (OverflowError, PackError):
        raise EncodeError(f"{value!r} does not fit into 64 bits") from None


def _scalar(of: Type, packer: Packer) -> Callable[[Any, int], bytes]:
    tagged = Packer("<B" + packer.format[1:])
    tag = of.value
    return lambda value, _depth: tagged.pack(tag, value)


def _string(value: str, _depth: int) -> bytes:
    try:
        return _sized(Type.STRING, value.encode())
    except UnicodeEncodeError as error:
        raise EncodeError(f"text cannot be written as UTF-8: {error}") from None


def _bytes(value: Any, _depth: int) -> bytes:
    return _sized(Type.BYTES, bytes(value))


def _array(value: Any, depth: int) -> bytes:
    return _sized(Type.ARRAY, U32.pack(len(value)) + b"".join([_encode(item, depth - 1) for item in value]))


def _map(value: Any, depth: int) -> bytes:
    pairs = value.items() if isinstance(value, Mapping) else value
    rows = [_encode(part, depth - 1) for pair in pairs for part in pair]
    return _sized(Type.MAP, U32.pack(len(value)) + b"".join(rows))


def _sized(of: Type, content: bytes) -> bytes:
    return of.value.to_bytes(1, "little") + U32.pack(len(content)) + content




_Writer = Callable[[Any, int], bytes]

_WRITERS: dict[type, _Writer] = {
    Int8: _scalar(Type.INT8, _INT8),
    Int16: _scalar(Type.INT16, _INT16),
    Int32: _scalar(Type.INT32, _INT32),
    int: _scalar(Type.INT64, _INT64),
    Float32: _scalar(Type.FLOAT32, _FLOAT32),
    float: _scalar(Type.FLOAT64, _FLOAT64),
    bool: _scalar(Type.BOOLEAN, Packer("<?")),
    str: _string,
    bytes: _bytes,
    list: _array,
    Entries: _map,
    dict: _map,
}

#: Subclasses and relatives of the types above.
_RELATIVES: tuple[tuple[Any, _Writer], ...] = (
    (str, _string),
    (int, _WRITERS[int]),
    (float, _WRITERS[float]),
    ((bytearray, memoryview), _bytes),
    (Mapping, _map),
    ((list, tuple), _array),
)


def _writer(value: Any) -> _Writer:
    for of, write in _RELATIVES:
        if isinstance(value, of):
            return write
    what = "a struct" if isinstance(value, Struct) else type(value).__name__
    raise EncodeError(f"{what} has no schemaless form")
