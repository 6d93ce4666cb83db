"""The exports and imports of the component, on the bindings that componentize-py makes of ``wit/``; only there when it builds.

Everything that is imported while it builds is in the component; afterwards there is no file to import from. So modules that the
standard library imports when it first needs them are imported here.
"""

from __future__ import annotations

import _strptime  # type: ignore[import-not-found]  # noqa: F401  # datetime.strptime
import encodings.ascii
import encodings.cp1252
import encodings.idna  # socket.connect and getaddrinfo
import encodings.iso8859_1
import encodings.iso8859_15
import encodings.latin_1
import encodings.utf_8_sig
import encodings.utf_16
import encodings.utf_16_be
import encodings.utf_16_le
import encodings.utf_32  # noqa: F401
import linecache
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from componentize_py_types import Err  # type: ignore[import-not-found]
from wit_world.exports import plugin  # type: ignore[import-not-found]
from wit_world.imports import logging, metrics, types  # type: ignore[import-not-found]

from . import _dispatch, log
from ._host import Level, PartitionOffset, TopicPartition, set_host
from .config import ConfigKey, Grant, Validator
from .converter import ConverterRole
from .errors import ConfigError, FatalError, RetriableError, as_connect_error
from .plugins import Plugin as AnyPlugin
from .plugins import documentation, exported, find
from .records import Limits

# A world has only what its plugins need.
try:
    from wit_world.imports import connector_context, task_context
except ImportError:
    pass
try:
    from wit_world.exports import source_connector, source_task
    from wit_world.imports import offset_reader
except ImportError:
    pass
try:
    from wit_world.imports import sink_context
except ImportError:
    pass

T = TypeVar("T")

# === imports

_LEVELS = {level: logging.Level(level.value) for level in Level}


def _raising(call: Callable[..., T], *arguments: Any) -> T:
    """Calls the worker; its errors are ours."""
    try:
        return call(*arguments)
    except Err as error:
        kinds = {types.Error_Retriable: RetriableError, types.Error_Config: ConfigError}
        raise kinds.get(type(error.value), FatalError)(error.value.value) from None


class _Worker:
    """The worker, by the component's imports."""

    def log_enabled(self, level: Level) -> bool:
        return logging.enabled(_LEVELS[level])  # type: ignore[no-any-return]

    def log(self, level: Level, target: str, message: str) -> None:
        logging.log(_LEVELS[level], target, message)

    def add(self, counter: str, labels: list[tuple[str, str]], delta: int) -> None:
        metrics.add(counter, labels, delta)

    def set(self, gauge: str, labels: list[tuple[str, str]], value: float) -> None:
        metrics.set(gauge, labels, value)

    def observe(self, histogram: str, labels: list[tuple[str, str]], value: float) -> None:
        metrics.observe(histogram, labels, value)

    def request_task_reconfiguration(self) -> None:
        connector_context.request_task_reconfiguration()

    def raise_error(self, message: str) -> None:
        connector_context.raise_error(message)

    def sleep(self, milliseconds: int) -> bool:
        return task_context.sleep(milliseconds)  # type: ignore[no-any-return]

    def stopping(self) -> bool:
        return task_context.stopping()  # type: ignore[no-any-return]

    def offsets(self, partitions: list[str]) -> list[str | None]:
        return _raising(offset_reader.offsets, partitions)

    def assignment(self) -> list[TopicPartition]:
        return _partitions(sink_context.assignment())

    def rewind(self, offsets: list[PartitionOffset]) -> None:
        _raising(sink_context.rewind, offsets)

    def pause(self, partitions: list[TopicPartition]) -> None:
        _raising(sink_context.pause, partitions)

    def resume(self, partitions: list[TopicPartition]) -> None:
        _raising(sink_context.resume, partitions)

    def timeout(self, milliseconds: int) -> None:
        sink_context.timeout(milliseconds)

    def request_commit(self) -> None:
        sink_context.request_commit()

    def report_errant_record(self, partition: TopicPartition, offset: int, message: str) -> None:
        _raising(sink_context.report_errant_record, partition, offset, message)


set_host(_Worker())
log.install()


def keep_source_lines() -> None:
    """Keeps the text of the plugin's modules and of the SDK's, so that tracebacks show it: later there are no files.

    Of the standard library only that there is none, so that nobody looks.
    """
    standard = Path(linecache.__file__).parent
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and file.endswith(".py"):
            lines = [] if Path(file).is_relative_to(standard) else linecache.getlines(file)
            # Without a time of change nobody looks whether the file is still the same.
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


# === exports


def _answering(call: Callable[..., T]) -> Callable[..., T]:
    """Answers exceptions with the contract's error."""

    @wraps(call)
    def answer(*arguments: Any) -> T:
        log.follow_level()
        try:
            return call(*arguments)
        except (MemoryError, Err):
            # Out of memory is for the worker to tell, which knows the limit's name; it traps.
            raise
        except BaseException as error:
            known = as_connect_error(error)
            kind = types.Error_Fatal
            if isinstance(known, RetriableError):
                kind = types.Error_Retriable
            elif isinstance(known, ConfigError):
                kind = types.Error_Config
            raise Err(kind(str(known))) from None

    return answer


def _partitions(partitions: Iterable[Any]) -> list[TopicPartition]:
    return [TopicPartition(of.topic, of.partition) for of in partitions]


def _ending(call: Callable[[], None]) -> Callable[[], None]:
    """The last call of an instance."""

    def end() -> None:
        log.follow_level()
        try:
            call()
        except Exception:
            # There is nobody to answer it to, and everything else is done.
            traceback.print_exc()

    return end


_stop = _ending(_dispatch.stop)
_close = _ending(_dispatch.close)


#: In the order of the fields of ``Plugins``.
_KINDS = (
    plugin.Kind.SOURCE,
    plugin.Kind.SINK,
    plugin.Kind.TRANSFORMATION,
    plugin.Kind.PREDICATE,
    plugin.Kind.CONVERTER,
    plugin.Kind.HEADER_CONVERTER,
)


class Plugin:
    """The interface ``plugin``. These calls have no error to answer: an exception traps, and the worker shows its traceback."""

    def describe(self) -> list[Any]:
        by_kind: Iterable[Mapping[str, AnyPlugin]] = exported()
        return [
            plugin.Description(name, kind, getattr(cls, "TASK_CLASS", None), cls.VERSION, documentation(cls), [])
            for kind, classes in zip(_KINDS, by_kind)
            for name, cls in classes.items()
        ]

    def config_def(self, class_name: str) -> list[Any]:
        return [_key(key) for key in find(exported().all, class_name).CONFIG_DEF.keys]

    def validate(self, class_name: str, config: list[tuple[str, str]]) -> list[Any]:
        log.follow_level()
        values = find(exported().all, class_name).validate(dict(config))
        return [
            plugin.ConfigValue(value.name, value.recommended_values, [str(why) for why in value.errors], value.visible)
            for value in values
        ]


def _key(key: ConfigKey) -> Any:
    return plugin.ConfigKey(
        name=key.name,
        type=plugin.ConfigType(key.type.value),
        default_value=None if key.required else key.default_text,
        required=key.required,
        importance=plugin.Importance(key.importance.value),
        documentation=key.doc,
        group=key.group,
        order_in_group=key.order_in_group,
        width=plugin.Width(key.width.value),
        display_name=key.display_name or key.name,
        dependents=list(key.dependents),
        grants=[_grant(grant) for grant in key.grants],
        validators=[_validator(validator) for validator in key.validators],
        extra=[],
    )


def _grant(grant: Grant) -> Any:
    make = getattr(plugin, f"Grant_{grant.kind}")
    if grant.kind in ("Connect", "Listen"):
        return make(plugin.Net(grant.port_key, grant.default_port))
    return make()


def _validator(validator: Validator) -> Any:
    make = getattr(plugin, f"Validator_{validator.kind}")
    if validator.value is None:
        return make()
    return make([*validator.value] if isinstance(validator.value, tuple) else validator.value)


class SourceConnector:
    """The interface ``source-connector``."""

    start = staticmethod(_answering(_dispatch.start_source_connector))
    task_configs = staticmethod(_answering(_dispatch.task_configs))
    monitor = staticmethod(_answering(_dispatch.monitor))
    stop = staticmethod(_stop)
    alter_offsets = staticmethod(_answering(_dispatch.alter_source_offsets))

    def exactly_once_support(self, class_name: str, config: list[tuple[str, str]]) -> Any:
        answer = find(exported().sources, class_name).exactly_once_support(dict(config))
        return source_connector.ExactlyOnce(answer.value)

    def can_define_transaction_boundaries(self, class_name: str, config: list[tuple[str, str]]) -> bool:
        return bool(find(exported().sources, class_name).can_define_transaction_boundaries(dict(config)))


class SourceTask:
    """The interface ``source-task``."""

    acknowledged = staticmethod(_answering(_dispatch.acknowledged))
    commit = staticmethod(_answering(_dispatch.commit))
    stop = staticmethod(_stop)

    @staticmethod
    @_answering
    def start(class_name: str, config: list[tuple[str, str]]) -> Any:
        options = _dispatch.start_source_task(class_name, config)
        return source_task.Options(options.acknowledge_records, options.commit)

    @staticmethod
    @_answering
    def poll(limits: Any) -> Any:
        answer = _dispatch.poll(Limits(limits.max_records, limits.max_bytes, limits.max_wait_ms / 1000))
        return source_task.Polled_Records(answer) if isinstance(answer, bytes) else source_task.Polled_Idle(answer)


class SinkConnector:
    """The interface ``sink-connector``."""

    start = staticmethod(_answering(_dispatch.start_sink_connector))
    task_configs = staticmethod(_answering(_dispatch.task_configs))
    monitor = staticmethod(_answering(_dispatch.monitor))
    stop = staticmethod(_stop)

    @staticmethod
    @_answering
    def alter_offsets(class_name: str, config: list[tuple[str, str]], offsets: list[tuple[Any, int | None]]) -> bool:
        asked = [(TopicPartition(of.topic, of.partition), offset) for of, offset in offsets]
        return _dispatch.alter_sink_offsets(class_name, config, asked)


class SinkTask:
    """The interface ``sink-task``."""

    start = staticmethod(_answering(_dispatch.start_sink_task))
    put = staticmethod(_answering(_dispatch.put))
    stop = staticmethod(_stop)

    @staticmethod
    @_answering
    def open(partitions: list[Any]) -> list[PartitionOffset]:
        return _dispatch.open_partitions(_partitions(partitions))

    @staticmethod
    @_answering
    def pre_commit(delivered: list[Any]) -> list[PartitionOffset]:
        return _dispatch.pre_commit([PartitionOffset(of.topic, of.partition, of.offset) for of in delivered])

    @staticmethod
    @_answering
    def close(partitions: list[Any]) -> None:
        _dispatch.close_partitions(_partitions(partitions))


class Transformation:
    """The interface ``transformation``."""

    configure = staticmethod(_answering(_dispatch.configure_transformation))
    apply = staticmethod(_answering(_dispatch.apply))
    close = staticmethod(_close)


class Predicate:
    """The interface ``predicate``."""

    configure = staticmethod(_answering(_dispatch.configure_predicate))
    test = staticmethod(_answering(_dispatch.test))
    close = staticmethod(_close)


class Converter:
    """The interface ``converter``."""

    from_connect = staticmethod(_answering(_dispatch.from_connect))
    to_connect = staticmethod(_answering(_dispatch.to_connect))

    @staticmethod
    @_answering
    def configure(class_name: str, config: list[tuple[str, str]], role: Any) -> None:
        _dispatch.configure_converter(class_name, config, ConverterRole(role.value))
