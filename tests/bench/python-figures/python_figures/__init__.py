"""What records cost in Python: a source and a sink that do what any plugin must, and nothing else."""

from __future__ import annotations

from wasm_connect import (
    Batch,
    Config,
    ConfigDef,
    ConfigKey,
    FatalError,
    NumberOffset,
    RecordError,
    Records,
    Route,
    Schema,
    SinkConnector,
    SinkTask,
    SourceConnector,
    SourceTask,
    Struct,
    Validator,
    export,
)

CONFIG = ConfigDef(
    ConfigKey.string("value", default="text", validators=[Validator.one_of("text", "struct")], doc="What it brings."),
)
TEXT = "x" * 100
ROW = Schema.struct(
    {
        "id": Schema.int64(),
        "at": Schema.int64(),
        "count": Schema.int32(),
        "rank": Schema.int32(),
        "price": Schema.float64(),
        "weight": Schema.float64(),
        "paid": Schema.boolean(),
        "customer": Schema.string(),
        "city": Schema.string(),
        "note": Schema.string(optional=True),
    },
    name="bench.Row",
)


class FiguresSourceTask(SourceTask):
    """Brings as many records as a poll may have: a text of 100 letters, or a struct of ten fields that is made anew for each."""

    def start(self, config: Config) -> None:
        self._structs = CONFIG.parse(config)["value"] == "struct"
        self._route = Route("figures", {"figures": "all"})
        self._offset = NumberOffset("next")
        self._schema = Schema.string()
        self._next = 0

    def poll(self, records: Records) -> None:
        while not records.is_full:
            number = self._next
            self._next += 1
            offset = self._offset(self._next)
            if self._structs:
                values = [number, 1700000000000 + number, 7, -1, number / 8, 0.5, True, "Ada Lovelace", "London", None]
                records.add(self._route, Struct.from_values(ROW, values), source_offset=offset)
            else:
                records.add(self._route, TEXT, self._schema, source_offset=offset)


class FiguresSource(SourceConnector):
    """Brings records without end."""

    CLASS = "bench.FiguresSource"
    VERSION = "0.1.0"
    TASK = FiguresSourceTask
    TASK_CLASS = "bench.FiguresSourceTask"
    CONFIG_DEF = CONFIG

    def task_configs(self, max_tasks: int) -> list[Config]:
        return [self.config]


class FiguresSinkTask(SinkTask):
    """Looks at the text of each record, or at all fields of its struct."""

    def start(self, config: Config) -> None:
        self._seen = 0

    def put(self, records: Batch) -> list[RecordError]:
        for record in records:
            value = record.value
            if isinstance(value, str):
                self._seen += len(value)
            elif isinstance(value, Struct):
                for field in value.values:
                    if field is not None:
                        self._seen += 1
            else:
                raise FatalError("the value is neither text nor a struct")
        return []


class FiguresSink(SinkConnector):
    """Looks at records."""

    CLASS = "bench.FiguresSink"
    VERSION = "0.1.0"
    TASK = FiguresSinkTask
    TASK_CLASS = "bench.FiguresSinkTask"
    CONFIG_DEF = ConfigDef()

    def task_configs(self, max_tasks: int) -> list[Config]:
        return [self.config] * max_tasks


export(sources=[FiguresSource], sinks=[FiguresSink])
