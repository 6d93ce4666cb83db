"""Rows: values of a schema as bytes. What reads and writes them is made once a schema and kept with it."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct as Packer
from struct import error as PackError
from struct import unpack_from
from typing import Any

from .errors import NOT_UTF8, EncodeError, Fault
from .layout import U32
from .schema import Decoder, Encoder, Schema, Type
from .value import Entries, Struct, _struct_of, entries

#: Width of a slot in bytes, and its code in module ``struct``; offset and length of a nested row are one number of 64 bits.
_SLOTS = {
    Type.INT8: (1, "b"),
    Type.INT16: (2, "h"),
    Type.INT32: (4, "i"),
    Type.INT64: (8, "q"),
    Type.FLOAT32: (4, "f"),
    Type.FLOAT64: (8, "d"),
    Type.BOOLEAN: (1, "B"),
}
_NESTED = (8, "Q")

#: What packing values of a wrong type or out of range raises.
_UNPACKABLE = (PackError, OverflowError, TypeError)


def _slot(schema: Schema) -> tuple[int, str]:
    return _SLOTS.get(schema.type, _NESTED)


def _child(schema: Schema | None) -> Schema:
    # A schema that was made has its children.
    assert schema is not None
    return schema


# === reading


def decoder(schema: Schema) -> Decoder:
    """Reads the row of a value that is not null. It raises :class:`Fault` or ``UnicodeDecodeError``."""
    decode = schema._decode
    if decode is None:
        decode = schema._decode = _DECODERS.get(schema.type, _scalar_decoder)(schema)
    return decode


def _scalar_decoder(schema: Schema) -> Decoder:
    width, code = _SLOTS[schema.type]
    unpack = Packer("<" + code).unpack_from

    def decode(batch: bytes, start: int, end: int) -> Any:
        if end - start != width:
            raise Fault(f"has {end - start} bytes instead of {width}")
        return unpack(batch, start)[0]

    return decode


def _boolean_decoder(_schema: Schema) -> Decoder:
    def decode(batch: bytes, start: int, end: int) -> bool:
        if end - start != 1:
            raise Fault(f"has {end - start} bytes instead of 1")
        return _boolean(batch[start])

    return decode


def _boolean(byte: int) -> bool:
    if byte > 1:
        raise Fault(f"boolean is {byte}")
    return byte == 1


def _string_decoder(_schema: Schema) -> Decoder:
    def decode(batch: bytes, start: int, end: int) -> str:
        return batch[start:end].decode()

    return decode


def _bytes_decoder(_schema: Schema) -> Decoder:
    def decode(batch: bytes, start: int, end: int) -> bytes:
        return batch[start:end]

    return decode


def _struct_decoder(schema: Schema) -> Decoder:
    slots = [_slot(field.schema) for field in schema.fields]
    count = len(slots)
    bitmap = (count + 7) // 8
    no_nulls = bytes(bitmap)
    packer = Packer(f"<{bitmap}x" + "".join(code for _, code in slots))
    unpack, fixed = packer.unpack_from, packer.size
    booleans = [i for i, field in enumerate(schema.fields) if field.schema.type is Type.BOOLEAN]
    nested = [(i, decoder(field.schema)) for i, field in enumerate(schema.fields) if field.schema.type not in _SLOTS]
    spare = _spare_bits(count)

    def drop_nulls(batch: bytes, start: int, values: list[Any]) -> None:
        if batch[start + bitmap - 1] & spare:
            raise Fault("spare bits of the null bitmap are set")
        bits = int.from_bytes(batch[start : start + bitmap], "little")
        at = start + bitmap
        for i, (width, _) in enumerate(slots):
            if bits >> i & 1:
                if any(batch[at : at + width]):
                    raise Fault("slot of a null is not zero").within(_field(schema, i))
                values[i] = None
            at += width

    def decode(batch: bytes, start: int, end: int) -> Struct:
        if end - start < fixed:
            raise Fault(f"struct wants {fixed} bytes, has {end - start}")
        values = list(unpack(batch, start))
        if batch[start : start + bitmap] != no_nulls:
            drop_nulls(batch, start, values)
        cursor, i = fixed, 0
        try:
            for i in booleans:
                value = values[i]
                if value is not None:
                    values[i] = _boolean(value)
            for i, decode_field in nested:
                slot = values[i]
                if slot is not None:
                    at = cursor
                    cursor += slot >> 32
                    if slot & 0xFFFF_FFFF != at or start + cursor > end:
                        raise _not_canonical(slot, at, end - start)
                    values[i] = decode_field(batch, start + at, start + cursor)
        except UnicodeDecodeError:
            raise Fault(NOT_UTF8).within(_field(schema, i)) from None
        except Fault as fault:
            raise fault.within(_field(schema, i)) from None
        if start + cursor != end:
            raise _rest(end - start - cursor)
        return _struct_of(schema, values)

    return decode


def _field(schema: Schema, i: int) -> str:
    return f'field "{schema.fields[i].name}"'


def _spare_bits(count: int) -> int:
    """The bits of a bitmap's last byte that belong to no slot."""
    return 0xFF << count % 8 & 0xFF if count % 8 else 0


def _not_canonical(slot: int, cursor: int, size: int) -> Fault:
    offset, length = slot & 0xFFFF_FFFF, slot >> 32
    if offset != cursor:
        return Fault(f"variable part starts at {offset} instead of {cursor}")
    return Fault(f"variable part has {length} bytes, {size - cursor} are left")


def _rest(count: int) -> Fault:
    return Fault(f"has {count} bytes after its end")


#: Reads the slots of a collection: where its row starts and ends, their number, where its null bits and its slots start and where
#: the variable part goes on, all counted from the row's start; answers the values, and where the variable part goes on.
_Slots = Callable[[bytes, int, int, int, int, int, int], "tuple[list[Any], int]"]


def _slots_decoder(schema: Schema) -> _Slots:
    width, code = _slot(schema)
    nested = decoder(schema) if schema.type not in _SLOTS else None
    is_boolean = schema.type is Type.BOOLEAN

    def decode(
        batch: bytes, start: int, end: int, count: int, bitmap_at: int, slots_at: int, cursor: int
    ) -> tuple[list[Any], int]:
        values = list(unpack_from(f"<{count}{code}", batch, start + slots_at))
        bitmap = batch[start + bitmap_at : start + bitmap_at + (count + 7) // 8]
        i = 0
        if any(bitmap):
            if bitmap[-1] & _spare_bits(count):
                raise Fault("spare bits of the null bitmap are set")
            bits = int.from_bytes(bitmap, "little")
            for i in range(count):
                if bits >> i & 1:
                    at = start + slots_at + i * width
                    if any(batch[at : at + width]):
                        raise Fault("slot of a null is not zero").within(f"item {i}")
                    values[i] = None
        try:
            if is_boolean:
                for i, value in enumerate(values):
                    if value is not None:
                        values[i] = _boolean(value)
            elif nested is not None:
                for i, slot in enumerate(values):
                    if slot is not None:
                        at = cursor
                        cursor += slot >> 32
                        if slot & 0xFFFF_FFFF != at or start + cursor > end:
                            raise _not_canonical(slot, at, end - start)
                        values[i] = nested(batch, start + at, start + cursor)
        except UnicodeDecodeError:
            raise Fault(NOT_UTF8).within(f"item {i}") from None
        except Fault as fault:
            raise fault.within(f"item {i}") from None
        return values, cursor

    return decode


def _count(batch: bytes, start: int, end: int, bitmaps: int, width: int) -> int:
    """The count at the start of a collection, whose bitmaps and slots must fit into the row."""
    if end - start < 4:
        raise Fault("count is cut off")
    count: int = U32.unpack_from(batch, start)[0]
    if 4 + bitmaps * ((count + 7) // 8) + width * count > end - start:
        raise Fault(f"{count} items do not fit into {end - start} bytes")
    return count


def _array_decoder(schema: Schema) -> Decoder:
    item = _child(schema.value_schema)
    width = _slot(item)[0]
    slots = _slots_decoder(item)

    def decode(batch: bytes, start: int, end: int) -> list[Any]:
        count = _count(batch, start, end, 1, width)
        slots_at = 4 + (count + 7) // 8
        values, cursor = slots(batch, start, end, count, 4, slots_at, slots_at + count * width)
        if start + cursor != end:
            raise _rest(end - start - cursor)
        return values

    return decode


def _map_decoder(schema: Schema) -> Decoder:
    key, value = _child(schema.key_schema), _child(schema.value_schema)
    key_width, value_width = _slot(key)[0], _slot(value)[0]
    key_slots, value_slots = _slots_decoder(key), _slots_decoder(value)
    hashable = key.type.is_primitive

    def decode(batch: bytes, start: int, end: int) -> dict[Any, Any] | Entries:
        count = _count(batch, start, end, 2, key_width + value_width)
        bitmap = (count + 7) // 8
        keys_at = 4 + 2 * bitmap
        values_at = keys_at + count * key_width
        try:
            keys, cursor = key_slots(batch, start, end, count, 4, keys_at, values_at + count * value_width)
        except Fault as fault:
            raise fault.within("key") from None
        values, cursor = value_slots(batch, start, end, count, 4 + bitmap, values_at, cursor)
        if start + cursor != end:
            raise _rest(end - start - cursor)
        return mapping(list(zip(keys, values)), hashable)

    return decode


def mapping(pairs: list[tuple[Any, Any]], hashable: bool) -> dict[Any, Any] | Entries:
    """A dict if one can hold all the pairs."""
    if hashable:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
    return Entries(pairs)


_DECODERS: dict[Type, Callable[[Schema], Decoder]] = {
    Type.BOOLEAN: _boolean_decoder,
    Type.STRING: _string_decoder,
    Type.BYTES: _bytes_decoder,
    Type.ARRAY: _array_decoder,
    Type.MAP: _map_decoder,
    Type.STRUCT: _struct_decoder,
}


# === writing


def encoder(schema: Schema) -> Encoder:
    """Writes the row of a value that is not null. It raises :class:`EncodeError`."""
    encode = schema._encode
    if encode is None:
        encode = schema._encode = _ENCODERS.get(schema.type, _scalar_encoder)(schema)
    return encode


def _mismatch(schema: Schema, value: Any) -> EncodeError:
    shown = repr(value)
    return EncodeError(f"{shown if len(shown) <= 60 else type(value).__name__} is no value of {schema}")


def _scalar_encoder(schema: Schema) -> Encoder:
    pack = Packer("<" + _SLOTS[schema.type][1]).pack

    def encode(value: Any) -> bytes:
        try:
            return pack(value)
        except _UNPACKABLE:
            raise _mismatch(schema, value) from None

    return encode


def _boolean_encoder(schema: Schema) -> Encoder:
    def encode(value: Any) -> bytes:
        if value is True:
            return b"\1"
        if value is False:
            return b"\0"
        raise _mismatch(schema, value)

    return encode


def _string_encoder(schema: Schema) -> Encoder:
    def encode(value: Any) -> bytes:
        if not isinstance(value, str):
            raise _mismatch(schema, value)
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            raise EncodeError(f"text cannot be written as UTF-8: {error}") from None

    return encode


def _bytes_encoder(schema: Schema) -> Encoder:
    def encode(value: Any) -> bytes:
        if isinstance(value, bytes):
            return value
        if isinstance(value, (bytearray, memoryview)):
            return bytes(value)
        raise _mismatch(schema, value)

    return encode


def _struct_encoder(schema: Schema) -> Encoder:
    slots = [_slot(field.schema)[1].replace("B", "?") for field in schema.fields]
    bitmap = (len(slots) + 7) // 8
    packer = Packer(f"<{bitmap}x" + "".join(slots))
    pack, fixed = packer.pack, packer.size
    nested = [(i, encoder(field.schema)) for i, field in enumerate(schema.fields) if field.schema.type not in _SLOTS]

    def encode(value: Any) -> bytes:
        if not isinstance(value, Struct):
            raise _mismatch(schema, value)
        # A default's own schema is the one without the default.
        if value.schema is not schema and value.schema != schema and value is not schema.default:
            raise EncodeError("Struct schemas do not match.")
        values: list[Any] = value._values.copy()
        parts: list[bytes] = []
        cursor, i = fixed, 0
        try:
            for i, encode_field in nested:
                field = values[i]
                if field is not None:
                    row = encode_field(field)
                    values[i] = cursor | len(row) << 32
                    cursor += len(row)
                    parts.append(row)
        except EncodeError as error:
            raise EncodeError(f"{_field(schema, i)}: {error}") from None
        nulls = 0
        if None in values:
            for i, field in enumerate(values):
                if field is None:
                    nulls |= 1 << i
                    values[i] = 0
        try:
            row = pack(*values)
        except _UNPACKABLE:
            raise _wrong_field(schema, value) from None
        if nulls:
            row = nulls.to_bytes(bitmap, "little") + row[bitmap:]
        return row + b"".join(parts) if parts else row

    return encode


def _wrong_field(schema: Schema, struct: Struct) -> EncodeError:
    """The scalar that could not be packed."""
    for i, (field, value) in enumerate(zip(schema.fields, struct._values)):
        if value is not None and field.schema.type in _SLOTS:
            try:
                encoder(field.schema)(value)
            except EncodeError as error:
                return EncodeError(f"{_field(schema, i)}: {error}")
    return EncodeError(f"{struct} cannot be written")


def _write_slots(schema: Schema) -> Callable[[list[Any], int, list[bytes]], tuple[bytes, bytes, int]]:
    """Makes null bitmap and slots of a collection's items; nested rows are appended to a list, from ``cursor`` on."""
    code = _slot(schema)[1].replace("B", "?")
    encode_item = encoder(schema)
    is_nested = schema.type not in _SLOTS

    def write(items: list[Any], cursor: int, parts: list[bytes]) -> tuple[bytes, bytes, int]:
        count, nulls = len(items), 0
        slots = items
        if is_nested:
            slots = []
            for i, item in enumerate(items):
                if item is None:
                    slots.append(None)
                    continue
                try:
                    row = encode_item(item)
                except EncodeError as error:
                    raise EncodeError(f"item {i}: {error}") from None
                slots.append(cursor | len(row) << 32)
                cursor += len(row)
                parts.append(row)
        if None in slots:
            nulls = sum(1 << i for i, slot in enumerate(slots) if slot is None)
            slots = [0 if slot is None else slot for slot in slots]
        try:
            packed = Packer(f"<{count}{code}").pack(*slots)
        except _UNPACKABLE:
            for i, item in enumerate(items):
                try:
                    encode_item(0 if item is None else item)
                except EncodeError as error:
                    raise EncodeError(f"item {i}: {error}") from None
            raise _mismatch(schema, items) from None
        return nulls.to_bytes((count + 7) // 8, "little"), packed, cursor

    return write


def _array_encoder(schema: Schema) -> Encoder:
    item = _child(schema.value_schema)
    width = _slot(item)[0]
    write = _write_slots(item)

    def encode(value: Any) -> bytes:
        if not isinstance(value, (list, tuple)):
            raise _mismatch(schema, value)
        items = list(value)
        parts: list[bytes] = []
        bitmap, slots, _ = write(items, 4 + (len(items) + 7) // 8 + len(items) * width, parts)
        return b"".join((U32.pack(len(items)), bitmap, slots, *parts))

    return encode


def _map_encoder(schema: Schema) -> Encoder:
    key, value = _child(schema.key_schema), _child(schema.value_schema)
    width = _slot(key)[0] + _slot(value)[0]
    write_keys, write_values = _write_slots(key), _write_slots(value)

    def encode(pairs: Any) -> bytes:
        try:
            keys, values = _unzip(pairs)
        except (TypeError, ValueError):
            raise _mismatch(schema, pairs) from None
        count = len(keys)
        parts: list[bytes] = []
        cursor = 4 + 2 * ((count + 7) // 8) + count * width
        try:
            null_keys, key_slots, cursor = write_keys(keys, cursor, parts)
        except EncodeError as error:
            raise EncodeError(f"key of {error}") from None
        null_values, value_slots, _ = write_values(values, cursor, parts)
        return b"".join((U32.pack(count), null_keys, null_values, key_slots, value_slots, *parts))

    return encode


def _unzip(pairs: Any) -> tuple[list[Any], list[Any]]:
    both = [(key, value) for key, value in entries(pairs)]
    return [key for key, _ in both], [value for _, value in both]


_ENCODERS: dict[Type, Callable[[Schema], Encoder]] = {
    Type.BOOLEAN: _boolean_encoder,
    Type.STRING: _string_encoder,
    Type.BYTES: _bytes_encoder,
    Type.ARRAY: _array_encoder,
    Type.MAP: _map_encoder,
    Type.STRUCT: _struct_encoder,
}
