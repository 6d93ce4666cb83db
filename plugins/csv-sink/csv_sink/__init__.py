"""CsvSink: records as the rows of a CSV file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wasm_connect import (
    Batch,
    Config,
    ConfigDef,
    ConfigError,
    ConfigKey,
    ConfigValue,
    Grant,
    Importance,
    PartitionOffset,
    Record,
    RecordError,
    SinkConnector,
    SinkTask,
    Struct,
    Validator,
    export,
)

from .cells import cell
from .table import Table

#: The column of values that are neither structs nor maps.
VALUE = "value"

#: Columns that are not of the value.
OF_THE_RECORD: dict[str, Callable[[Record], Any]] = {
    "@topic": lambda record: record.topic,
    "@partition": lambda record: record.partition,
    "@offset": lambda record: record.offset,
    "@timestamp": lambda record: record.timestamp,
    "@key": lambda record: record.key,
}

CONFIG = ConfigDef(
    ConfigKey.string(
        "file",
        required=True,
        importance=Importance.HIGH,
        validators=[Validator.non_empty()],
        grants=[Grant.write_file()],
        doc="The file that rows are appended to.",
    ),
    ConfigKey.list(
        "columns",
        importance=Importance.HIGH,
        doc="The columns: names of the value's fields, value (for values that are no struct or map), and @topic, @partition, "
        "@offset, @timestamp, @key. By default those of the file's first row, and if it is empty the fields of the first record.",
    ),
    ConfigKey.boolean("header.line", default=True, doc="Whether the first row of the file holds the columns' names."),
    ConfigKey.string(
        "delimiter",
        default="comma",
        validators=[Validator.one_of("comma", "semicolon", "tab", "pipe")],
        doc="What stands between two cells: comma, semicolon, tab or pipe.",
    ),
    ConfigKey.string("null.text", default="", doc="What stands for null."),
    ConfigKey.string(
        "unknown.fields",
        default="fail",
        validators=[Validator.one_of("fail", "ignore")],
        doc="What becomes of a record with a field that has no column: fail makes it a bad record (errors.tolerance), "
        "ignore leaves the field out.",
    ),
)

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


class CsvSinkTask(SinkTask):
    """Appends the rows of each batch in one go, and syncs the file before offsets are committed."""

    def start(self, config: Config) -> None:
        parsed = CONFIG.parse(config)
        self._null: str = parsed["null.text"]
        self._ignores_unknown = parsed["unknown.fields"] == "ignore"
        self._table = Table(parsed["file"], DELIMITERS[parsed["delimiter"]])
        self._has_header: bool = parsed["header.line"]
        self._columns: list[str] = parsed["columns"] or []
        self._is_dirty = False
        written = self._table.header() if self._has_header else None
        if written is not None:
            if self._columns and self._columns != written:
                self._table.close()
                raise ConfigError(f"columns: {self._table.path} has other ones: {','.join(written)}")
            self._columns = written
        self._wants_header = self._has_header and written is None
        self._names = set(self._columns)

    def put(self, records: Batch) -> list[RecordError]:
        rows: list[list[str]] = []
        refused: list[RecordError] = []
        for record in records:
            try:
                rows.append(self._row(record))
            except ValueError as error:
                refused.append(RecordError(record.position, str(error)))
        if rows:
            if self._wants_header:
                rows.insert(0, self._columns)
            self._table.append(rows)
            self._wants_header = False
            self._is_dirty = True
        return refused

    def flush(self, delivered: Sequence[PartitionOffset]) -> None:
        if self._is_dirty:
            self._table.sync()
            self._is_dirty = False

    def stop(self) -> None:
        self._table.close()

    def _row(self, record: Record) -> list[str]:
        """The record's cells; raises ``ValueError`` for a record that is no row."""
        fields = _fields(record)
        if not self._columns:
            if not fields:
                raise ValueError("it has no fields, and the columns are not known yet")
            self._columns = list(fields)
            self._names = set(self._columns)
        if not (self._ignores_unknown or fields.keys() <= self._names):
            unknown = ", ".join(name for name in fields if name not in self._names)
            raise ValueError(f"there is no column for: {unknown}")
        row = []
        for name in self._columns:
            if name in OF_THE_RECORD:
                value, schema = OF_THE_RECORD[name](record), record.key_schema if name == "@key" else None
            else:
                value, schema = fields.get(name, (None, None))
            row.append(self._null if value is None else cell(value, schema))
        return row


def _fields(record: Record) -> dict[str, tuple[Any, Any]]:
    """Values and schemas by name."""
    value = record.value
    if isinstance(value, Struct):
        return {field.name: (value[field.name], field.schema) for field in value.schema.fields}
    if isinstance(value, dict):
        return {str(name): (item, None) for name, item in value.items()}
    if value is None:
        # A tombstone has no fields; with a column for its key it is a row.
        return {}
    return {VALUE: (value, record.value_schema)}


class CsvSinkConnector(SinkConnector):
    """Appends records to a CSV file: a row each, structs and maps by their fields, anything else in the column value.

    It has one task, however many are allowed: a file has one writer.
    """

    CLASS = "wasmconnect.csv.CsvSinkConnector"
    VERSION = "0.1.0"
    TASK = CsvSinkTask
    TASK_CLASS = "wasmconnect.csv.CsvSinkTask"
    CONFIG_DEF = CONFIG

    @classmethod
    def validate(cls, config: Config) -> Sequence[ConfigValue]:
        try:
            columns: list[str] = CONFIG.parse(config)["columns"] or []
        except ConfigError:
            # The worker has said it.
            return ()
        twice = sorted({name for name in columns if columns.count(name) > 1})
        unknown = [name for name in columns if name.startswith("@") and name not in OF_THE_RECORD]
        errors = [f"column {name} comes twice" for name in twice]
        errors += [f"there is no {name}; there are {', '.join(OF_THE_RECORD)}" for name in unknown]
        return [ConfigValue("columns", errors=errors)] if errors else ()

    def task_configs(self, max_tasks: int) -> Sequence[Config]:
        return [self.config]


export(sinks=[CsvSinkConnector])
