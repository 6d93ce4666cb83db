"""The classes of a component, and the call that names them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from .config import ConfigDef
from .errors import ConfigError
from .sink import SinkConnector, SinkTask
from .source import SourceConnector, SourceTask

#: A class of a component.
Connector: TypeAlias = "type[SourceConnector] | type[SinkConnector]"


class Plugins(NamedTuple):
    """The classes of a component by name."""

    sources: Mapping[str, type[SourceConnector]]
    sinks: Mapping[str, type[SinkConnector]]

    @property
    def all(self) -> dict[str, Connector]:
        """Sources, then sinks."""
        return {**self.sources, **self.sinks}


_exported = Plugins({}, {})


def export(*, sources: Iterable[type[SourceConnector]] = (), sinks: Iterable[type[SinkConnector]] = ()) -> None:
    """Exports plugin classes from the component that is made of the calling module: ``export(sources=[MySource])``.

    Once in a plugin, at the top level of its module. Raises ``TypeError`` for a class that lacks something.
    """
    global _exported
    sources, sinks = list(sources), list(sinks)
    for connector, base, task in (
        *((source, SourceConnector, SourceTask) for source in sources),
        *((sink, SinkConnector, SinkTask) for sink in sinks),
    ):
        _check(connector, base, task)
    _exported = Plugins(
        {source.CLASS: source for source in sources},
        {sink.CLASS: sink for sink in sinks},
    )


def exported() -> Plugins:
    """What was exported."""
    return _exported


def documentation(connector: Connector) -> str:
    """What the class says of itself."""
    return inspect.cleandoc(connector.DOCUMENTATION or connector.__dict__.get("__doc__") or "")


def find(classes: Mapping[str, Any], name: str) -> Any:
    """The class of that name, or an error that says which there are."""
    try:
        return classes[name]
    except KeyError:
        known = ", ".join(classes)
        raise ConfigError(f"this component has no such class {name}; it has {known}") from None


def _check(connector: Any, base: type, task: type) -> None:
    name = getattr(connector, "__name__", repr(connector))
    if not (isinstance(connector, type) and issubclass(connector, base)):
        raise TypeError(f"{name} is no {base.__name__}")
    for attribute in ("CLASS", "VERSION", "TASK_CLASS"):
        if not isinstance(getattr(connector, attribute, None), str):
            raise TypeError(f"{name}.{attribute} is no text")
    if not isinstance(connector.CONFIG_DEF, ConfigDef):  # type: ignore[attr-defined]
        raise TypeError(f"{name}.CONFIG_DEF is no ConfigDef")
    made = getattr(connector, "TASK", None)
    if not (isinstance(made, type) and issubclass(made, task)):
        raise TypeError(f"{name}.TASK is no subclass of {task.__name__}")
    for of in (connector, made):
        missing = ", ".join(sorted(getattr(of, "__abstractmethods__", ())))
        if missing:
            raise TypeError(f"{of.__name__} lacks {missing}")
