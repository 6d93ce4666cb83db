"""Python guests for tests: one that holds the codec against the vectors inside of a component, one that raises, and stages."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from tests.batch_json import decode, decode_acks, encode, encode_acks
from wasm_connect import (
    Config,
    ConfigDef,
    ConfigKey,
    FatalError,
    Grant,
    Idle,
    Records,
    RetriableError,
    Route,
    Schema,
    SourceConnector,
    SourceTask,
    export,
    metrics,
)

from .stages import Backwards, IsText, Shout, Tagged

log = logging.getLogger(__name__)

CONFIG = ConfigDef(
    ConfigKey.string("topic", default="guests"),
    ConfigKey.string("vectors", grants=[Grant.read_dir()]),
    ConfigKey.string("kind", default="unexpected"),
)


class OneTask(SourceConnector):
    """A connector with one task."""

    VERSION = "1.0.0"
    CONFIG_DEF = CONFIG

    def task_configs(self, max_tasks: int) -> list[Config]:
        return [self.config]


class VectorsTask(SourceTask):
    """Writes and reads each vector; a record each, then nothing more."""

    def start(self, config: Config) -> None:
        parsed = CONFIG.parse(config)
        self._route = Route(parsed["topic"])
        directory = Path(parsed["vectors"])
        self._left = sorted(path for path in directory.iterdir() if path.suffix == ".json")

    def poll(self, records: Records) -> Idle | None:
        while self._left and not records.is_full:
            path = self._left.pop(0)
            answer = agrees(path)
            metrics.add("vectors", kind=answer)
            records.add(self._route, f"{path.stem}: {answer}", Schema.string())
        return None if self._left else Idle(60)


def agrees(path: Path) -> str:
    """Whether the codec writes and reads the vector as it should."""
    description = json.loads(path.read_text())
    content = bytes.fromhex(path.with_suffix(".hex").read_text())
    is_acks = "acks" in path.stem
    if path.stem.startswith("bad-"):
        try:
            found = decode_acks(content) if is_acks else decode(content)
        except Exception as error:
            return "refused" if getattr(error, "record", "none") == description["record"] else f"refused as {error}"
        return f"read as {found}"
    if is_acks:
        same = encode_acks(description) == content and decode_acks(content) == description["acks"]
    else:
        del description["about"]
        same = encode(description) == content and decode(content) == description
    return "agrees" if same else "differs"


class Vectors(OneTask):
    CLASS = "tests.python.Vectors"
    TASK = VectorsTask
    TASK_CLASS = "tests.python.VectorsTask"


class RaisesTask(SourceTask):
    """Raises in poll what ``kind`` says, after a retriable error."""

    def start(self, config: Config) -> None:
        self._kind = CONFIG.parse(config)["kind"]
        self._polls = 0

    def poll(self, records: Records) -> Any:
        self._polls += 1
        if self._polls == 1:
            raise RetriableError("not yet")
        log.warning("about to raise")
        if self._kind == "fatal":
            raise FatalError("fatal on purpose")
        if self._kind == "memory":
            hoard = []
            while True:
                hoard.append(bytearray(1 << 20))
        if self._kind == "exit":
            raise SystemExit(3)
        self._unexpected({"a": 1})

    def _unexpected(self, entries: dict[str, int]) -> None:
        # Imported where it is needed: there is no file to import from any more.
        from decimal import Decimal

        Decimal(entries["b"])


class Raises(OneTask):
    CLASS = "tests.python.Raises"
    TASK = RaisesTask
    TASK_CLASS = "tests.python.RaisesTask"


export(
    sources=[Vectors, Raises],
    transformations=[Shout],
    predicates=[IsText],
    converters=[Backwards],
    header_converters=[Tagged],
)
