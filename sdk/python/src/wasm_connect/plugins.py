"""The classes of a component, and the call that names them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from .config import ConfigDef
from .converter import Converter, HeaderConverter
from .errors import ConfigError
from .sink import SinkConnector, SinkTask
from .source import SourceConnector, SourceTask
from .transformation import Predicate, Transformation

#: A class of a component.
Plugin: TypeAlias = (
    "type[SourceConnector] | type[SinkConnector] | type[Transformation] | type[Predicate] | type[Converter] "
    "| type[HeaderConverter]"
)


class Plugins(NamedTuple):
    """The classes of a component by name, a field each kind."""

    sources: Mapping[str, type[SourceConnector]] = {}
    sinks: Mapping[str, type[SinkConnector]] = {}
    transformations: Mapping[str, type[Transformation]] = {}
    predicates: Mapping[str, type[Predicate]] = {}
    converters: Mapping[str, type[Converter]] = {}
    header_converters: Mapping[str, type[HeaderConverter]] = {}

    @property
    def all(self) -> dict[str, Plugin]:
        """In the order of their kinds."""
        return {name: plugin for kind in self for name, plugin in kind.items()}


_exported = Plugins()


def export(
    *,
    sources: Iterable[type[SourceConnector]] = (),
    sinks: Iterable[type[SinkConnector]] = (),
    transformations: Iterable[type[Transformation]] = (),
    predicates: Iterable[type[Predicate]] = (),
    converters: Iterable[type[Converter]] = (),
    header_converters: Iterable[type[HeaderConverter]] = (),
) -> None:
    """Exports plugin classes from the component that is made of the calling module: ``export(sources=[MySource])``.

    Once in a plugin, at the top level of its module. Raises ``TypeError`` for a class that lacks something.
    """
    global _exported
    _exported = Plugins(
        _connectors(sources, SourceConnector, SourceTask),
        _connectors(sinks, SinkConnector, SinkTask),
        _checked(transformations, Transformation),
        _checked(predicates, Predicate),
        _checked(converters, Converter),
        _checked(header_converters, HeaderConverter),
    )


def exported() -> Plugins:
    """What was exported."""
    return _exported


def documentation(plugin: Plugin) -> str:
    """What the class says of itself."""
    return inspect.cleandoc(plugin.DOCUMENTATION or plugin.__dict__.get("__doc__") or "")


def find(classes: Mapping[str, Any], name: str) -> Any:
    """The class of that name, or an error that says which there are."""
    try:
        return classes[name]
    except KeyError:
        known = ", ".join(classes)
        raise ConfigError(f"this component has no such class {name}; it has {known}") from None


def _checked(plugins: Iterable[Any], base: type) -> dict[str, Any]:
    """The classes by name."""
    classes = {}
    for plugin in plugins:
        name = getattr(plugin, "__name__", repr(plugin))
        if not (isinstance(plugin, type) and issubclass(plugin, base)):
            raise TypeError(f"{name} is no {base.__name__}")
        _check_texts(plugin, "CLASS", "VERSION")
        if not isinstance(plugin.CONFIG_DEF, ConfigDef):  # type: ignore[attr-defined]
            raise TypeError(f"{name}.CONFIG_DEF is no ConfigDef")
        _check_methods(plugin)
        classes[plugin.CLASS] = plugin  # type: ignore[attr-defined]
    return classes


def _connectors(connectors: Iterable[Any], base: type, task: type) -> dict[str, Any]:
    """The classes by name, with their tasks checked as well."""
    classes = _checked(connectors, base)
    for connector in classes.values():
        _check_texts(connector, "TASK_CLASS")
        made = getattr(connector, "TASK", None)
        if not (isinstance(made, type) and issubclass(made, task)):
            raise TypeError(f"{connector.__name__}.TASK is no subclass of {task.__name__}")
        _check_methods(made)
    return classes


def _check_texts(plugin: type, *attributes: str) -> None:
    for attribute in attributes:
        if not isinstance(getattr(plugin, attribute, None), str):
            raise TypeError(f"{plugin.__name__}.{attribute} is no text")


def _check_methods(made: type) -> None:
    missing = ", ".join(sorted(getattr(made, "__abstractmethods__", ())))
    if missing:
        raise TypeError(f"{made.__name__} lacks {missing}")
