"""my-plugin: a sink that appends the values of records to a file, a line each."""

from __future__ import annotations

import os
from collections.abc import Sequence

from wasm_connect import (
    Batch,
    Config,
    ConfigDef,
    ConfigKey,
    Grant,
    PartitionOffset,
    RecordError,
    SinkConnector,
    SinkTask,
    export,
    or_fatal,
)

CONFIG = ConfigDef(
    # Nothing else can be opened, and this only if the worker's sandbox.fs.write covers it.
    ConfigKey.string("file", required=True, grants=[Grant.write_file()], doc="The file that lines are appended to."),
)


class MyPluginTask(SinkTask):
    """The task: puts records into the file."""

    def start(self, config: Config) -> None:
        path = CONFIG.parse(config)["file"]
        with or_fatal(f"cannot open {path}"):
            self.file = open(path, "a", encoding="utf-8")

    def put(self, records: Batch) -> list[RecordError]:
        lines, refused = [], []
        for record in records:
            text = record.value
            if isinstance(text, str):
                lines.append(f"{text}\n")
            else:
                refused.append(RecordError(record.position, "the value is no string"))
        with or_fatal("cannot write the lines"):
            self.file.writelines(lines)
        return refused

    def flush(self, delivered: Sequence[PartitionOffset]) -> None:
        with or_fatal("cannot sync the file"):
            self.file.flush()
            os.fsync(self.file.fileno())

    def stop(self) -> None:
        self.file.close()


class MyPluginConnector(SinkConnector):
    """Appends the values of records to a file, a line each."""

    CLASS = "com.example.MyPluginConnector"
    VERSION = "0.1.0"
    TASK = MyPluginTask
    TASK_CLASS = "com.example.MyPluginTask"
    CONFIG_DEF = CONFIG

    def task_configs(self, max_tasks: int) -> Sequence[Config]:
        # One task: a file has one writer.
        return [self.config]


export(sinks=[MyPluginConnector])
