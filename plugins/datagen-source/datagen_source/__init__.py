"""DatagenSource: makes records of random fields, always the same ones for the same seed."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from wasm_connect import (
    Config,
    ConfigDef,
    ConfigError,
    ConfigKey,
    ConfigValue,
    ExactlyOnce,
    Idle,
    Importance,
    NumberOffset,
    Records,
    Route,
    Scalar,
    Schema,
    SourceConnector,
    SourceTask,
    Struct,
    Validator,
    export,
    group_partitions,
)

from .fields import Chance, Field, parse

log = logging.getLogger(__name__)

#: Which sequences a task has; the connector tells it.
TASK_SEQUENCES = "task.sequences"
#: How much of a pause is made up for: a task that was stopped for an hour does not pour out an hour's records.
MAX_BACKLOG_SECONDS = 1.0
#: How long a task that has made all its records waits for nothing.
DONE_SECONDS = 60.0

CONFIG = ConfigDef(
    ConfigKey.string("topic", required=True, importance=Importance.HIGH, doc="The topic that the records go to."),
    ConfigKey.string(
        "fields",
        required=True,
        importance=Importance.HIGH,
        doc="What a record consists of, such as: id: sequence; user: choice(ada, bob); price: float(0, 9.99, 2) ?0.1; at: now. "
        "The kinds are sequence(start, step), int(least, most), float(least, most, digits), string(length), "
        "string(least, most), choice(one, another, ...), boolean(chance of true), uuid, now, timestamp(first, milliseconds). "
        "With ?0.1 behind it a field is null in a tenth of the records.",
    ),
    ConfigKey.string("key.field", doc="The field that is the record's key as well. By default records have no key."),
    ConfigKey.string(
        "template",
        doc="Makes the value a text instead of a struct: this one, with the fields' values in place of {their names}.",
    ),
    ConfigKey.string("schema.name", doc="The name of the value's schema."),
    ConfigKey.double(
        "records.per.second",
        default=10,
        validators=[Validator.min(0)],
        importance=Importance.HIGH,
        doc="How many records each task makes in a second. 0: as many as it can.",
    ),
    ConfigKey.long(
        "records.max",
        default=-1,
        validators=[Validator.min(-1)],
        doc="How many records each sequence has. -1: without end.",
    ),
    ConfigKey.int(
        "sequences",
        default=1,
        validators=[Validator.min(1), Validator.max(10_000)],
        doc="How many sequences of records there are, each with an offset of its own. They are shared out among the tasks, so more "
        "tasks than sequences are not used.",
    ),
    ConfigKey.long("seed", default=0, doc="What chance follows from: the same seed, the same records."),
    ConfigKey.int("batch.size", default=500, validators=[Validator.min(1)], doc="The most records of one poll."),
)


class RecordSequence:
    """One sequence of records: where it is, and how its records are found again."""

    __slots__ = ("number", "position", "route")

    def __init__(self, number: int, position: int, topic: str) -> None:
        self.number = number
        #: The next record to be made, from 0.
        self.position = position
        self.route = Route(topic, partition_of(number))


def partition_of(sequence: int) -> dict[str, Scalar]:
    """The source partition of a sequence."""
    return {"sequence": sequence}


class DatagenSourceTask(SourceTask):
    """Makes the records of some of the sequences, by turns."""

    def start(self, config: Config) -> None:
        parsed = CONFIG.parse(config)
        self._make = _maker(parsed)
        self._seed: int = parsed["seed"]
        self._sequences_in_all: int = parsed["sequences"]
        self._per_second: float = parsed["records.per.second"]
        self._batch_size: int = parsed["batch.size"]
        self._records_max: int = parsed["records.max"]
        self._offset = NumberOffset("position")
        numbers = [int(number) for number in config[TASK_SEQUENCES].split(",")]
        committed = self.context.offsets(partition_of(number) for number in numbers)
        self._sequences = [
            RecordSequence(number, _position(offset), parsed["topic"]) for number, offset in zip(numbers, committed)
        ]
        #: Made since `_began`, to keep the pace.
        self._made = 0
        self._began = time.monotonic()
        for sequence in self._sequences:
            log.info("sequence %d goes on with record %d", sequence.number, sequence.position)

    def poll(self, records: Records) -> Idle | None:
        records.limit_records(min(self._batch_size, self._due()))
        while not records.is_full:
            sequence = self._next_sequence()
            if sequence is None:
                return Idle(DONE_SECONDS)
            number = sequence.position
            chance = Chance(self._seed, sequence.number, number)
            key, key_schema, value, value_schema = self._make(number * self._sequences_in_all + sequence.number, chance)
            sequence.position += 1
            records.add(
                sequence.route, value, value_schema, key, key_schema, source_offset=self._offset(sequence.position)
            )
            self._made += 1
        return self._until_due()

    def _next_sequence(self) -> RecordSequence | None:
        """By turns, those that have come to their end left out."""
        while self._sequences:
            sequence = self._sequences.pop(0)
            if self._records_max < 0 or sequence.position < self._records_max:
                self._sequences.append(sequence)
                return sequence
            log.info("sequence %d is complete", sequence.number)
        return None

    def _due(self) -> int:
        """How many records should have been made by now and were not."""
        if self._per_second == 0:
            return self._batch_size
        now = time.monotonic()
        backlog = (now - self._began) * self._per_second - self._made
        most = max(1.0, MAX_BACKLOG_SECONDS * self._per_second)
        if backlog > most:
            self._began, self._made = now - most / self._per_second, 0
            backlog = most
        return max(int(backlog), 0)

    def _until_due(self) -> Idle | None:
        """The time to the next record."""
        if self._per_second == 0:
            return None
        wait = (self._made + 1) / self._per_second - (time.monotonic() - self._began)
        return Idle(wait) if wait > 0 else None


Made = tuple[Any, "Schema | None", Any, Schema]


def _maker(parsed: Any) -> Callable[[int, Chance], Made]:
    """What makes key and value of a record; raises :class:`ConfigError`."""
    fields = _fields(parsed["fields"])
    schema = Schema.struct({field.name: field.schema for field in fields}, name=parsed.non_empty("schema.name"))
    makes = [field.make for field in fields]
    names = [field.name for field in fields]
    key_at = None
    if parsed.non_empty("key.field"):
        if parsed["key.field"] not in names:
            raise ConfigError(f"key.field: there is no field {parsed['key.field']}")
        key_at = names.index(parsed["key.field"])
    template = parsed.non_empty("template")
    render = _template(template, names) if template else None
    text = Schema.string()

    def make(number: int, chance: Chance) -> Made:
        values = [make_field(number, chance) for make_field in makes]
        key, key_schema = (None, None) if key_at is None else (values[key_at], fields[key_at].schema)
        if render is not None:
            return key, key_schema, render(values), text
        return key, key_schema, Struct.from_values(schema, values), schema

    return make


def _fields(text: str) -> list[Field]:
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigError(f"Invalid value {text} for configuration fields: {error}") from None


def _template(template: str, names: list[str]) -> Callable[[list[Any]], str]:
    """Fills a template in; raises :class:`ConfigError`."""
    parts = re.split(r"\{(\w+)\}", template)
    texts, places = parts[::2], parts[1::2]
    for place in places:
        if place not in names:
            raise ConfigError(f"template: there is no field {place}")
    positions = [names.index(place) for place in places]

    def render(values: list[Any]) -> str:
        filled = [texts[0]]
        for position, following in zip(positions, texts[1:]):
            value = values[position]
            filled += (("true" if value else "false") if isinstance(value, bool) else str(value), following)
        return "".join(filled)

    return render


def _position(offset: dict[str, Scalar] | None) -> int:
    position = None if offset is None else offset.get("position")
    return position if isinstance(position, int) else 0


class DatagenSourceConnector(SourceConnector):
    """Makes records of random fields at a steady pace, to try out topics, converters and sinks.

    A record follows from the seed, the number of its sequence and its position: after a restart each sequence goes on where it was,
    with the records that it would have had.
    """

    CLASS = "wasmconnect.datagen.DatagenSourceConnector"
    VERSION = "0.1.0"
    TASK = DatagenSourceTask
    TASK_CLASS = "wasmconnect.datagen.DatagenSourceTask"
    CONFIG_DEF = CONFIG

    @classmethod
    def validate(cls, config: Config) -> Sequence[ConfigValue]:
        try:
            parsed = CONFIG.parse(config)
        except ConfigError:
            # The worker has said it.
            return ()
        try:
            _maker(parsed)
        except ConfigError as error:
            text = str(error)
            name = next((name for name in ("key.field", "template") if text.startswith(f"{name}:")), "fields")
            return [ConfigValue(name, errors=[text])]
        return ()

    def task_configs(self, max_tasks: int) -> Sequence[dict[str, Any]]:
        sequences = CONFIG.parse(self.config)["sequences"]
        groups = group_partitions(range(sequences), min(max_tasks, sequences))
        return [{**self.config, TASK_SEQUENCES: group} for group in groups]

    @classmethod
    def exactly_once_support(cls, config: Config) -> ExactlyOnce:
        return ExactlyOnce.SUPPORTED

    @classmethod
    def alter_offsets(
        cls, config: Config, offsets: Sequence[tuple[dict[str, Scalar], dict[str, Scalar] | None]]
    ) -> bool:
        for partition, offset in offsets:
            if not isinstance(partition.get("sequence"), int) or len(partition) != 1:
                raise ConfigError(f'partitions are of the form {{"sequence":0}}, not {partition}')
            position = 0 if offset is None else offset.get("position")
            if not isinstance(position, int) or position < 0:
                raise ConfigError(f'offsets are of the form {{"position":0}}, not {offset}')
        return True


export(sources=[DatagenSourceConnector])
