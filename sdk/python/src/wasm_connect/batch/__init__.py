"""Kafka Connect's data model and the batch format of ``wit/BATCH.md``, in pure Python."""

from .acks import Ack, Acks, AcksWriter, Placed
from .changes import KEPT, Kept, NewRecord
from .errors import BatchError, DataError, EncodeError, MalformedBatch, SchemaError
from .layout import FORMAT_VERSION
from .limits import Limits
from .reader import Batch, Header, Record, TimestampType
from .schema import Field, Schema, Type
from .value import Entries, Float32, Int8, Int16, Int32, Struct, validate_value
from .writer import BatchWriter, FrameHead

__all__ = [
    "FORMAT_VERSION",
    "Ack",
    "Acks",
    "AcksWriter",
    "Batch",
    "BatchError",
    "BatchWriter",
    "DataError",
    "EncodeError",
    "Entries",
    "Field",
    "Float32",
    "FrameHead",
    "Header",
    "Int8",
    "Int16",
    "Int32",
    "KEPT",
    "Kept",
    "Limits",
    "MalformedBatch",
    "NewRecord",
    "Placed",
    "Record",
    "Schema",
    "SchemaError",
    "Struct",
    "TimestampType",
    "Type",
    "validate_value",
]
