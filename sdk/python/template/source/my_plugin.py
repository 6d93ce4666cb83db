"""my-plugin: a source that counts, and goes on where it was when it is restarted."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from wasm_connect import (
    Config,
    ConfigDef,
    ConfigKey,
    Idle,
    NumberOffset,
    Records,
    Route,
    Schema,
    SourceConnector,
    SourceTask,
    Validator,
    export,
)

log = logging.getLogger(__name__)

CONFIG = ConfigDef(
    ConfigKey.string("topic", required=True, doc="Where the numbers go."),
    ConfigKey.long("from", default=1, validators=[Validator.min(0)], doc="The first number."),
)


class MyPluginTask(SourceTask):
    """The task: brings the records."""

    def start(self, config: Config) -> None:
        parsed = CONFIG.parse(config)
        partition = {"counter": "the only one"}
        # Where the last run of this connector got to, if there was one.
        committed = self.context.offset(partition)
        self.next = committed["next"] if committed else parsed["from"]
        self.route = Route(parsed["topic"], partition)
        self.offset = NumberOffset("next")
        log.info("counts from %d", self.next)

    def poll(self, records: Records) -> Idle:
        number = self.next
        self.next += 1
        records.add(self.route, str(number), Schema.string(), source_offset=self.offset(self.next))
        # The worker waits, not the task.
        return Idle(1)


class MyPluginConnector(SourceConnector):
    """Counts."""

    CLASS = "com.example.MyPluginConnector"
    VERSION = "0.1.0"
    TASK = MyPluginTask
    TASK_CLASS = "com.example.MyPluginTask"
    CONFIG_DEF = CONFIG

    def task_configs(self, max_tasks: int) -> Sequence[Config]:
        return [self.config]


export(sources=[MyPluginConnector])
