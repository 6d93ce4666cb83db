"""From the exports of a component to its classes.

An instance is one connector, one task or one stage: the first successful ``start`` or ``configure`` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from ._host import PartitionOffset, TopicPartition, milliseconds
from ._stages import Outcome, apply_batch, from_connect_batch, test_batch, to_connect_batch
from .batch import Acks, Batch
from .config import as_config
from .context import SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext
from .converter import Converter, ConverterRole, HeaderConverter
from .errors import ConfigError, FatalError
from .offsets import Scalar, from_json
from .plugins import exported, find
from .records import Idle, Limits, Records
from .sink import RecordError, SinkConnector, SinkTask
from .source import SourceConnector, SourceTask, SourceTaskOptions
from .transformation import Predicate, Transformation

#: What an instance can be started as.
_NOUNS = {
    SourceConnector: "a connector",
    SinkConnector: "a connector",
    SourceTask: "a source task",
    SinkTask: "a sink task",
    Transformation: "a transform",
    Predicate: "a predicate",
    Converter: "a converter",
    HeaderConverter: "a converter",
}

T = TypeVar("T")

#: What this instance was started as.
_running: Any = None
#: What it converts if it is a converter.
_role = ConverterRole.VALUE
#: What a poll that brought records said beside them: for how many milliseconds there is nothing.
_idle_after = 0


def _noun(running: Any) -> str:
    return next((noun for base, noun in _NOUNS.items() if isinstance(running, base)), "nothing")


def _become(made: T, call: str, start: Callable[[], None]) -> T:
    """Starts this instance as what was made."""
    global _running
    if _running is not None:
        raise FatalError(f"{call}: this instance is {_noun(_running)} already")
    start()
    _running = made
    return made


def _start(made: T, context: Any, config: Iterable[tuple[str, str]]) -> T:
    """Starts this instance as a connector or task."""
    made.context = context  # type: ignore[attr-defined]
    return _become(made, "start", lambda: made.start(dict(config)))  # type: ignore[attr-defined]


def _configure(made: T, config: Iterable[tuple[str, str]], *role: ConverterRole) -> T:
    """Starts this instance as a stage."""
    return _become(made, "configure", lambda: made.configure(dict(config), *role))  # type: ignore[attr-defined]


def _started(call: str, *bases: type[Any]) -> Any:
    """What was started, if it is what the call is for."""
    if not isinstance(_running, bases):
        raise FatalError(f"{call}: this instance was started as {_noun(_running)}, not as {_NOUNS[bases[0]]}")
    return _running


def stop() -> None:
    """Stops what there is. Nothing to stop is no error: the start may have failed."""
    global _running, _idle_after
    running, _running, _idle_after = _running, None, 0
    if running is not None:
        running.stop()


# === connectors


def start_source_connector(class_name: str, config: Iterable[tuple[str, str]]) -> None:
    _start(find(exported().sources, class_name)(), SourceConnectorContext(), config)


def start_sink_connector(class_name: str, config: Iterable[tuple[str, str]]) -> None:
    _start(find(exported().sinks, class_name)(), SinkConnectorContext(), config)


def task_configs(max_tasks: int) -> list[list[tuple[str, str]]]:
    configs = _started("task-configs", SourceConnector, SinkConnector).task_configs(max_tasks)
    return [list(as_config(config).items()) for config in configs]


def monitor() -> int | None:
    next_call = _started("monitor", SourceConnector, SinkConnector).monitor()
    return None if next_call is None else milliseconds(next_call)


def alter_source_offsets(
    class_name: str, config: Iterable[tuple[str, str]], offsets: Iterable[tuple[str, str | None]]
) -> bool:
    def read(text: str) -> dict[str, Scalar]:
        try:
            return from_json(text)
        except ValueError as error:
            raise ConfigError(f"cannot read {text}: {error}") from None

    asked = [(read(partition), None if offset is None else read(offset)) for partition, offset in offsets]
    return bool(find(exported().sources, class_name).alter_offsets(dict(config), asked))


def alter_sink_offsets(
    class_name: str, config: Iterable[tuple[str, str]], offsets: Iterable[tuple[TopicPartition, int | None]]
) -> bool:
    return bool(find(exported().sinks, class_name).alter_offsets(dict(config), list(offsets)))


# === source tasks


def start_source_task(class_name: str, config: Iterable[tuple[str, str]]) -> SourceTaskOptions:
    task = _start(find(exported().sources, class_name).TASK(), SourceTaskContext(), config)
    options: SourceTaskOptions = task.options()
    return options


def poll(limits: Limits) -> bytes | int:
    """A batch, or for how many milliseconds there is nothing."""
    global _idle_after
    task = _started("poll", SourceTask)
    if _idle_after:
        idle, _idle_after = _idle_after, 0
        return idle
    batch, idle = poll_task(task, limits)
    if batch is None:
        return idle
    _idle_after = idle
    return batch


def poll_task(task: SourceTask, limits: Limits) -> tuple[bytes | None, int]:
    """A batch if there is one, and for how many milliseconds there is nothing then."""
    records = Records(limits)
    answer = task.poll(records)
    idle = milliseconds(answer.seconds) if isinstance(answer, Idle) else 0
    if not len(records):
        return None, idle
    batch = records.finish()
    return _leaving(batch), idle


def _leaving(batch: bytes) -> bytes:
    """The batch. Raises ``MemoryError`` if there is no room for a copy of it.

    componentize-py makes one when the batch leaves, and does not look whether it got the memory for it: it would write it over
    something else.
    """
    bytearray(len(batch))
    return batch


def acknowledged(acks: bytes) -> None:
    _started("acknowledged", SourceTask).acknowledged(Acks(acks))


def commit() -> None:
    _started("commit", SourceTask).commit()


# === sink tasks


def start_sink_task(class_name: str, config: Iterable[tuple[str, str]]) -> None:
    _start(find(exported().sinks, class_name).TASK(), SinkTaskContext(), config)


def open_partitions(partitions: Sequence[TopicPartition]) -> list[PartitionOffset]:
    return list(_started("open", SinkTask).open(partitions) or ())


def put(batch: bytes) -> list[RecordError]:
    return list(_started("put", SinkTask).put(Batch(batch)) or ())


def pre_commit(delivered: Sequence[PartitionOffset]) -> list[PartitionOffset]:
    return list(_started("pre-commit", SinkTask).pre_commit(delivered) or ())


def close_partitions(partitions: Sequence[TopicPartition]) -> None:
    _started("close", SinkTask).close(partitions)


# === stages


def configure_transformation(class_name: str, config: Iterable[tuple[str, str]]) -> None:
    _configure(find(exported().transformations, class_name)(), config)


def apply(batch: bytes) -> Outcome:
    return _answered(apply_batch(_started("apply", Transformation), Batch(batch)))


def configure_predicate(class_name: str, config: Iterable[tuple[str, str]]) -> None:
    _configure(find(exported().predicates, class_name)(), config)


def test(batch: bytes) -> bytes:
    return _leaving(test_batch(_started("test", Predicate), Batch(batch)))


def configure_converter(class_name: str, config: Iterable[tuple[str, str]], role: ConverterRole) -> None:
    global _role
    if role is ConverterRole.HEADERS:
        _configure(find(exported().header_converters, class_name)(), config)
    else:
        _configure(find(exported().converters, class_name)(), config, role)
    _role = role


def from_connect(batch: bytes) -> Outcome:
    converter = _started("from-connect", Converter, HeaderConverter)
    return _answered(from_connect_batch(converter, _role, Batch(batch)))


def to_connect(batch: bytes) -> Outcome:
    converter = _started("to-connect", Converter, HeaderConverter)
    return _answered(to_connect_batch(converter, _role, Batch(batch)))


def close() -> None:
    """Closes what there is; converters are just left."""
    global _running
    running, _running = _running, None
    if isinstance(running, (Transformation, Predicate)):
        running.close()


def _answered(outcome: Outcome) -> Outcome:
    _leaving(outcome.batch)
    return outcome
