"""Configurations, and what a plugin can be configured with (Java's ``ConfigDef``)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import ConfigError

#: The configuration of a connector or of a task, as the worker hands it in: names and values, both text.
Config = dict[str, str]


class ConfigType(enum.Enum):
    """The type of a key's value (Java's ``ConfigDef.Type``)."""

    BOOLEAN = 0
    STRING = 1
    INT = 2
    SHORT = 3
    LONG = 4
    DOUBLE = 5
    LIST = 6
    CLASS = 7
    PASSWORD = 8


class Importance(enum.Enum):
    """How much a key matters to somebody who configures the plugin."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2


class Width(enum.Enum):
    """How wide a form's field is."""

    NONE = 0
    SHORT = 1
    MEDIUM = 2
    LONG = 3


@dataclass(frozen=True)
class Grant:
    """What the value of a key asks the worker to open. The worker's allowlist has the last word."""

    kind: str
    port_key: str | None = None
    default_port: int | None = None

    @classmethod
    def read_file(cls) -> Grant:
        """The file that the value names, to be read; it need not be there yet. Nothing beside it."""
        return cls("ReadFile")

    @classmethod
    def write_file(cls) -> Grant:
        """The file that the value names, to be written and created, and read as well."""
        return cls("WriteFile")

    @classmethod
    def read_dir(cls) -> Grant:
        """The directory that the value names and what is under it, to be read."""
        return cls("ReadDir")

    @classmethod
    def write_dir(cls) -> Grant:
        """The same, to be written too."""
        return cls("WriteDir")

    @classmethod
    def connect(cls, *, port_key: str | None = None, default_port: int | None = None) -> Grant:
        """Connect to the host, ``host:port``, URL or comma-separated list of them that the value names.

        ``port_key`` is the key that holds the port, ``default_port`` the port where neither value nor key says one.
        """
        return cls("Connect", port_key, default_port)

    @classmethod
    def listen(cls, *, port_key: str | None = None, default_port: int | None = None) -> Grant:
        """Listen on the address that the value names."""
        return cls("Listen", port_key, default_port)

    @classmethod
    def stdin_if_absent(cls) -> Grant:
        """The worker's standard input while the key has no value; standalone mode only."""
        return cls("StdinIfAbsent")

    @classmethod
    def stdout_if_absent(cls) -> Grant:
        """The worker's standard output while the key has no value; standalone mode only."""
        return cls("StdoutIfAbsent")


@dataclass(frozen=True)
class Validator:
    """A check that the worker makes before it asks the plugin."""

    kind: str
    value: float | str | tuple[str, ...] | None = None

    @classmethod
    def min(cls, least: float) -> Validator:
        """A number that is at least this."""
        return cls("Min", float(least))

    @classmethod
    def max(cls, most: float) -> Validator:
        """A number that is at most this."""
        return cls("Max", float(most))

    @classmethod
    def one_of(cls, *values: str) -> Validator:
        """One of these texts."""
        return cls("OneOf", values)

    @classmethod
    def non_empty(cls) -> Validator:
        """Not the empty text (Java's ``NonEmptyString``)."""
        return cls("NonEmpty")

    @classmethod
    def pattern(cls, regex: str) -> Validator:
        """A text that matches this regular expression of Java's as a whole."""
        return cls("Pattern", regex)


@dataclass(frozen=True)
class ConfigKey:
    """One key. Not required and without a default: None when absent. Made by the class methods named after the types."""

    name: str
    type: ConfigType
    #: What an absent key means; written as text.
    default: Any = None
    #: A value must be given.
    required: bool = False
    importance: Importance = Importance.MEDIUM
    #: What the key does.
    doc: str = ""
    #: Where forms show the key: group, and place in it from 1.
    group: str | None = None
    order_in_group: int = -1
    width: Width = Width.NONE
    #: What forms show in place of the name.
    display_name: str | None = None
    #: Keys whose validity depends on this one.
    dependents: Sequence[str] = ()
    grants: Sequence[Grant] = ()
    validators: Sequence[Validator] = ()

    @classmethod
    def string(cls, name: str, **more: Any) -> ConfigKey:
        """A key of type STRING. ``more`` here and below: the attributes of this class."""
        return cls(name, ConfigType.STRING, **more)

    @classmethod
    def int(cls, name: str, **more: Any) -> ConfigKey:
        """A key of type INT (32 bits)."""
        return cls(name, ConfigType.INT, **more)

    @classmethod
    def long(cls, name: str, **more: Any) -> ConfigKey:
        """A key of type LONG (64 bits)."""
        return cls(name, ConfigType.LONG, **more)

    @classmethod
    def double(cls, name: str, **more: Any) -> ConfigKey:
        """A key of type DOUBLE."""
        return cls(name, ConfigType.DOUBLE, **more)

    @classmethod
    def boolean(cls, name: str, **more: Any) -> ConfigKey:
        """A key of type BOOLEAN."""
        return cls(name, ConfigType.BOOLEAN, **more)

    @classmethod
    def list(cls, name: str, **more: Any) -> ConfigKey:
        """A key of type LIST: texts separated by commas."""
        return cls(name, ConfigType.LIST, **more)

    @classmethod
    def password(cls, name: str, **more: Any) -> ConfigKey:
        """A key of type PASSWORD: hidden in logs and answers."""
        return cls(name, ConfigType.PASSWORD, **more)

    @property
    def default_text(self) -> str | None:
        """The default as a configuration would say it."""
        return as_text(self.default)


class ConfigDef:
    """The keys of a plugin, in the order in which tools show them."""

    def __init__(self, *keys: ConfigKey) -> None:
        self.keys = keys

    def parse(self, config: Mapping[str, str]) -> ParsedConfig:
        """Checks types and required keys, with Java's texts. The validators are the worker's: it has applied them before.

        Raises :class:`ConfigError`.
        """
        return ParsedConfig({key.name: _parse_key(key, config.get(key.name)) for key in self.keys})


class ParsedConfig(Mapping[str, Any]):
    """A configuration checked against its definition (Java's ``AbstractConfig``): the plugin's own keys, defaults filled in.

    ``config["batch.size"]`` is an ``int`` if the key is one; None is null. A key that is not defined is a ``KeyError``.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def non_empty(self, name: str) -> str | None:
        """A STRING with something in it: many connectors treat an empty value as none."""
        return self._values[name] or None

    def __repr__(self) -> str:
        # Without values: some are passwords.
        return f"ParsedConfig({', '.join(self._values)})"


class ConfigValue:
    """What the plugin says about the value of one key (Java's ``ConfigValue``).

    What it does not mention stays as the worker found it.
    """

    def __init__(
        self, name: str, *, errors: Sequence[str] = (), recommended_values: Sequence[str] = (), visible: bool = True
    ) -> None:
        self.name = name
        #: Why the value is wrong.
        self.errors = [*errors]
        #: Values that forms offer.
        self.recommended_values = [*recommended_values]
        #: False: forms do not show the key, because other values make it moot.
        self.visible = visible


# === values


def as_text(value: Any) -> str | None:
    """A value as configurations write it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return str(value)


def as_config(config: Mapping[str, Any]) -> Config:
    """A configuration of text only: numbers and booleans are written out, keys without a value left out."""
    return {name: text for name, value in config.items() if (text := as_text(value)) is not None}


def _parse_key(key: ConfigKey, given: str | None) -> Any:
    text = key.default_text if given is None else given
    if text is None:
        if key.required:
            raise ConfigError(f'Missing required configuration "{key.name}" which has no default value.')
        return None
    try:
        return _PARSERS[key.type](text.strip())
    except ValueError as why:
        raise ConfigError(f"Invalid value {text} for configuration {key.name}: {why}") from None


def _integer(of: ConfigType, bits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        # Unlike int(): Java knows neither underscores nor spaces between sign and digits.
        if text.lstrip("+-").isdecimal() and -(1 << bits - 1) <= int(text) < 1 << bits - 1:
            return int(text)
        raise ValueError(f"Not a number of type {of.name}")

    return parse


def _double(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("Not a number of type DOUBLE") from None


def _boolean(text: str) -> bool:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    raise ValueError("Expected value to be either true or false")


def _list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",")] if text else []


_PARSERS: dict[ConfigType, Callable[[str], Any]] = {
    ConfigType.STRING: str,
    ConfigType.CLASS: str,
    ConfigType.PASSWORD: str,
    ConfigType.SHORT: _integer(ConfigType.SHORT, 16),
    ConfigType.INT: _integer(ConfigType.INT, 32),
    ConfigType.LONG: _integer(ConfigType.LONG, 64),
    ConfigType.DOUBLE: _double,
    ConfigType.BOOLEAN: _boolean,
    ConfigType.LIST: _list,
}
