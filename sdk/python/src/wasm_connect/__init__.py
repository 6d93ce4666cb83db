"""Write Kafka Connect plugins in Python: subclass :class:`SourceConnector` and :class:`SourceTask`, :class:`SinkConnector` and
:class:`SinkTask`, or :class:`Transformation`, and name the classes in :func:`export`. ``python -m wasm_connect build`` makes a
component of them.

The same modules run in plain Python, where the worker is replaced by a stand-in (:mod:`wasm_connect.testing`), so that tasks have
ordinary unit tests.
"""

from . import logical, metrics
from ._host import PartitionOffset, TopicPartition
from .batch import (
    KEPT,
    Ack,
    Acks,
    Batch,
    BatchError,
    DataError,
    EncodeError,
    Entries,
    Field,
    Float32,
    Header,
    Int8,
    Int16,
    Int32,
    Kept,
    MalformedBatch,
    NewRecord,
    Placed,
    Record,
    Schema,
    SchemaError,
    Struct,
    TimestampType,
    Type,
)
from .config import (
    Config,
    ConfigDef,
    ConfigKey,
    ConfigType,
    ConfigValue,
    Grant,
    Importance,
    ParsedConfig,
    Validator,
    Width,
)
from .context import SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext
from .converter import Converter, ConverterRole, HeaderConverter, SchemaAndValue
from .errors import ConfigError, ConnectError, FatalError, RetriableError, or_fatal, or_retriable
from .groups import group_partitions
from .offsets import NumberOffset, Scalar, ScalarMap
from .plugins import export
from .records import Idle, Limits, Records, Route
from .sink import RecordError, SinkConnector, SinkTask
from .source import ExactlyOnce, SourceConnector, SourceTask, SourceTaskOptions
from .transformation import Predicate, Transformation

__version__ = "0.1.0"

__all__ = [
    "Ack",
    "Acks",
    "Batch",
    "BatchError",
    "Config",
    "ConfigDef",
    "ConfigError",
    "ConfigKey",
    "ConfigType",
    "ConfigValue",
    "ConnectError",
    "Converter",
    "ConverterRole",
    "DataError",
    "EncodeError",
    "Entries",
    "ExactlyOnce",
    "FatalError",
    "Field",
    "Float32",
    "Grant",
    "Header",
    "HeaderConverter",
    "Idle",
    "Importance",
    "Int8",
    "Int16",
    "Int32",
    "KEPT",
    "Kept",
    "Limits",
    "MalformedBatch",
    "NewRecord",
    "NumberOffset",
    "ParsedConfig",
    "PartitionOffset",
    "Placed",
    "Predicate",
    "Record",
    "RecordError",
    "Records",
    "RetriableError",
    "Route",
    "Scalar",
    "ScalarMap",
    "Schema",
    "SchemaAndValue",
    "SchemaError",
    "SinkConnector",
    "SinkConnectorContext",
    "SinkTask",
    "SinkTaskContext",
    "SourceConnector",
    "SourceConnectorContext",
    "SourceTask",
    "SourceTaskContext",
    "SourceTaskOptions",
    "Struct",
    "TimestampType",
    "TopicPartition",
    "Transformation",
    "Type",
    "Validator",
    "Width",
    "export",
    "group_partitions",
    "logical",
    "metrics",
    "or_fatal",
    "or_retriable",
]
