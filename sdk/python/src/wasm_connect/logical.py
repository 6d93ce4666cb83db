"""Connect's logical types (``org.apache.kafka.connect.data.Decimal`` and so on): schemas, and values from and to Python's.

A batch holds the base type's value; the functions here convert: ``logical.from_datetime(now)``, ``logical.to_date(record.value)``.
"""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from .batch import Schema

DECIMAL = "org.apache.kafka.connect.data.Decimal"
DATE = "org.apache.kafka.connect.data.Date"
TIME = "org.apache.kafka.connect.data.Time"
TIMESTAMP = "org.apache.kafka.connect.data.Timestamp"

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_EPOCH_DAY = _EPOCH.toordinal()
_MILLISECOND = datetime.timedelta(milliseconds=1)
_DAY_MS = 24 * 60 * 60 * 1000


def decimal_schema(scale: int, **more: Any) -> Schema:
    """Numbers of ``scale`` digits behind the point. ``more`` here and below: optional, doc, default."""
    return Schema.bytes(name=DECIMAL, version=1, parameters={"scale": str(scale)}, **more)


def date_schema(**more: Any) -> Schema:
    """Days."""
    return Schema.int32(name=DATE, version=1, **more)


def time_schema(**more: Any) -> Schema:
    """Times of the day, in milliseconds."""
    return Schema.int32(name=TIME, version=1, **more)


def timestamp_schema(**more: Any) -> Schema:
    """Moments, in milliseconds."""
    return Schema.int64(name=TIMESTAMP, version=1, **more)


def from_decimal(number: decimal.Decimal, scale: int) -> bytes:
    """A decimal as its unscaled value. Raises ``ValueError`` if it has more digits behind the point than ``scale``."""
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or -exponent > scale:
        raise ValueError(
            f"Decimal value has mismatching scale for given Decimal schema. {number} has no scale of {scale}"
        )
    unscaled: int = int("".join(map(str, digits))) * 10 ** (scale + exponent)
    unscaled = -unscaled if sign else unscaled
    return unscaled.to_bytes((unscaled + (unscaled < 0)).bit_length() // 8 + 1, "big", signed=True)


def to_decimal(unscaled: bytes, scale: int) -> decimal.Decimal:
    """The decimal that an unscaled value stands for."""
    number = int.from_bytes(unscaled, "big", signed=True)
    return decimal.Decimal((int(number < 0), tuple(map(int, str(abs(number)))), -scale))


def scale_of(schema: Schema) -> int:
    """The scale of a decimal's schema."""
    return int(schema.parameters["scale"])


def from_date(date: datetime.date) -> int:
    """A date as days since the epoch."""
    return date.toordinal() - _EPOCH_DAY


def to_date(days: int) -> datetime.date:
    """The date of so many days since the epoch."""
    return datetime.date.fromordinal(days + _EPOCH_DAY)


def from_time(time: datetime.time) -> int:
    """A time of the day as milliseconds since midnight."""
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 1000 + time.microsecond // 1000


def to_time(milliseconds: int) -> datetime.time:
    """The time of the day so many milliseconds after midnight. Raises ``ValueError`` beyond a day."""
    if not 0 <= milliseconds < _DAY_MS:
        raise ValueError(f"{milliseconds} ms are no time of a day")
    return (_EPOCH + datetime.timedelta(milliseconds=milliseconds)).time()


def from_datetime(moment: datetime.datetime) -> int:
    """A moment as milliseconds since the epoch; one without a time zone is taken for UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return (moment - _EPOCH) // _MILLISECOND


def to_datetime(milliseconds: int) -> datetime.datetime:
    """The moment so many milliseconds after the epoch, in UTC."""
    return _EPOCH + datetime.timedelta(milliseconds=milliseconds)
