"""Schemaless values: a tag byte and the value, nested; Connect's ``Map<String, ?>`` and friends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct as Packer
from struct import error as PackError
from typing import Any

from .errors import EncodeError, Fault
from .layout import DEPTH, NULL_TAG, U32
from .rows import mapping
from .schema import Type
from .value import Entries, Float32, Int8, Int16, Int32, Struct

_INT8, _INT16, _INT32, _INT64 = Packer("<b"), Packer("<h"), Packer("<i"), Packer("<q")
_FLOAT32, _FLOAT64 = Packer("<f"), Packer("<d")

# === reading

#: Reads what follows a tag, at a position: the value, and where it ends.
_Reader = Callable[[bytes, int, int, int], "tuple[Any, int]"]


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
    if tag == NULL_TAG:
        return None, at + 1
    if depth == 0:
        raise Fault("nested too deep")
    if tag >= len(_READERS):
        raise Fault(f"unknown tag {tag}")
    return _READERS[tag](batch, at + 1, end, depth)


def _fixed(of: Type, packer: Packer, make: Callable[[Any], Any] | None = None) -> _Reader:
    unpack, size, label = packer.unpack_from, packer.size, of.label

    def read(batch: bytes, at: int, end: int, _depth: int) -> tuple[Any, int]:
        if at + size > end:
            raise Fault(f"{label} wants {size} bytes, {end - at} are left")
        value = unpack(batch, at)[0]
        return value if make is None else make(value), at + size

    return read


def _truth(byte: int) -> bool:
    if byte > 1:
        raise Fault(f"boolean is {byte}")
    return byte == 1


def _content(batch: bytes, at: int, end: int, label: str) -> tuple[int, int]:
    """Where the content behind a length starts and ends."""
    if at + 4 > end:
        raise Fault(f"{label} wants 4 bytes, {end - at} are left")
    start = at + 4
    length: int = U32.unpack_from(batch, at)[0]
    if start + length > end:
        raise Fault(f"{label} wants {length} bytes, {end - start} are left")
    return start, start + length


def _read_string(batch: bytes, at: int, end: int, _depth: int) -> tuple[str, int]:
    start, behind = _content(batch, at, end, "string")
    return batch[start:behind].decode(), behind


def _read_bytes(batch: bytes, at: int, end: int, _depth: int) -> tuple[bytes, int]:
    start, behind = _content(batch, at, end, "bytes")
    return batch[start:behind], behind


def _read_array(batch: bytes, at: int, end: int, depth: int) -> tuple[list[Any], int]:
    start, behind = _content(batch, at, end, "array")
    return _items(batch, start, behind, depth - 1, "array", 1), behind


def _read_map(batch: bytes, at: int, end: int, depth: int) -> tuple[dict[Any, Any] | Entries, int]:
    start, behind = _content(batch, at, end, "map")
    values = _items(batch, start, behind, depth - 1, "map", 2)
    keys = values[::2]
    hashable = not any(isinstance(key, (list, dict)) for key in keys)
    return mapping(list(zip(keys, values[1::2])), hashable), behind


def _items(batch: bytes, at: int, end: int, depth: int, label: str, each: int) -> list[Any]:
    """The values of a collection, ``each`` an item."""
    if end - at < 4:
        raise Fault(f"count wants 4 bytes, {end - at} are left")
    count: int = U32.unpack_from(batch, at)[0]
    at += 4
    if count * each > end - at:
        raise Fault(f"count {count} does not fit into the {end - at} bytes that are left")
    values: list[Any] = []
    try:
        for _ in range(count * each):
            value, at = _next(batch, at, end, depth)
            values.append(value)
    except Fault as fault:
        raise fault.within(f"item {len(values) // each}") from None
    if at != end:
        raise Fault(f"{label} has {end - at} bytes after its end")
    return values


#: By tag; null is nobody's.
_READERS: tuple[_Reader, ...] = (
    _next,
    _fixed(Type.INT8, _INT8, Int8),
    _fixed(Type.INT16, _INT16, Int16),
    _fixed(Type.INT32, _INT32, Int32),
    _fixed(Type.INT64, _INT64),
    _fixed(Type.FLOAT32, _FLOAT32, Float32),
    _fixed(Type.FLOAT64, _FLOAT64),
    _fixed(Type.BOOLEAN, Packer("<B"), _truth),
    _read_string,
    _read_bytes,
    _read_array,
    _read_map,
)


# === writing

#: Writes a value, given how deep it may be.
_Writer = Callable[[Any, int], bytes]


def encode(value: Any) -> bytes:
    """The row of a schemaless value that is not None; raises :class:`EncodeError`."""
    return _encode(value, DEPTH)


def _encode(value: Any, depth: int) -> bytes:
    if value is None:
        return _NULL
    if depth == 0:
        raise EncodeError(f"value is nested deeper than {DEPTH}")
    write = _WRITERS.get(value.__class__) or _writer(value)
    try:
        return write(value, depth)
    except (OverflowError, PackError):
        raise EncodeError(f"{value!r} does not fit into 64 bits") from None


_NULL = bytes((NULL_TAG,))
_SIZED = Packer("<BI")
_COUNTED = Packer("<BII")


def _scalar(of: Type, packer: Packer) -> _Writer:
    pack = Packer("<B" + packer.format[1:]).pack
    tag = of.value
    return lambda value, _depth: pack(tag, value)


def _string(value: str, _depth: int) -> bytes:
    try:
        content = value.encode()
    except UnicodeEncodeError as error:
        raise EncodeError(f"text cannot be written as UTF-8: {error}") from None
    return _SIZED.pack(_STRING, len(content)) + content


def _bytes(value: Any, _depth: int) -> bytes:
    content = bytes(value)
    return _SIZED.pack(_BYTES, len(content)) + content


def _array(value: Any, depth: int) -> bytes:
    content = b"".join([_encode(item, depth - 1) for item in value])
    return _COUNTED.pack(_ARRAY, 4 + len(content), len(value)) + content


def _map(value: Any, depth: int) -> bytes:
    pairs = value.items() if isinstance(value, Mapping) else value
    content = b"".join([_encode(part, depth - 1) for pair in pairs for part in pair])
    return _COUNTED.pack(_MAP, 4 + len(content), len(value)) + content


_STRING, _BYTES, _ARRAY, _MAP = (of.value for of in (Type.STRING, Type.BYTES, Type.ARRAY, Type.MAP))

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
