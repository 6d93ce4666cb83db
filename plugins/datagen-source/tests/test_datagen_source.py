"""The generator: same seed, same records; offsets go on; the pace is kept; wrong configurations are named."""

from __future__ import annotations

import json
import unittest
from typing import Any
from unittest import mock

from datagen_source import TASK_SEQUENCES, DatagenSourceConnector, DatagenSourceTask, partition_of
from datagen_source.fields import Chance, parse
from wasm_connect import ConfigError, Limits, logical, testing

FIELDS = "id: sequence(100); user: choice(ada, bob); price: float(0, 9.99, 2) ?0.5; ok: boolean; note: string(1, 5)"


def config(**more: Any) -> dict[str, Any]:
    given = {"topic": "t", "fields": FIELDS, "records.per.second": 0, "batch.size": 10, TASK_SEQUENCES: "0"}
    return given | {name.replace("_", "."): value for name, value in more.items()}


def values(task: DatagenSourceTask) -> list[Any]:
    return [value.to_dict() if hasattr(value, "to_dict") else value for value in testing.poll(task).values]


class Datagen(unittest.TestCase):
    def setUp(self) -> None:
        self.worker = testing.stand_in()

    def test_records_follow_from_the_seed(self) -> None:
        first = values(testing.start(DatagenSourceTask, config(seed=7)))
        again = values(testing.start(DatagenSourceTask, config(seed=7)))
        other = values(testing.start(DatagenSourceTask, config(seed=8)))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual([record["id"] for record in first], list(range(100, 110)))
        self.assertEqual({record["user"] for record in first}, {"ada", "bob"})
        self.assertIn(None, [record["price"] for record in first])

    def test_a_restart_goes_on_with_the_records_that_would_have_come(self) -> None:
        task = testing.start(DatagenSourceTask, config())
        straight = [*values(task), *values(task)]
        polled = testing.poll(testing.start(DatagenSourceTask, config()), Limits(max_records=4))
        self.assertEqual(polled.records[-1].source_offset, '{"position":4}')
        self.worker.commit_offset(partition_of(0), {"position": 4})
        self.assertEqual(values(testing.start(DatagenSourceTask, config())), straight[4:14])

    def test_sequences_take_turns_and_share_the_numbers(self) -> None:
        task = testing.start(DatagenSourceTask, config(fields="n: sequence", sequences=4, **{TASK_SEQUENCES: "1,3"}))
        polled = testing.poll(task, Limits(max_records=4))
        self.assertEqual([value["n"] for value in polled.values], [1, 3, 5, 7])
        self.assertEqual(
            [record.source_partition for record in polled.records[:2]], ['{"sequence":1}', '{"sequence":3}']
        )

    def test_it_ends_after_so_many_records(self) -> None:
        task = testing.start(DatagenSourceTask, config(records_max=3, sequences=2, **{TASK_SEQUENCES: "0,1"}))
        polled = testing.poll(task)
        self.assertEqual(len(polled.records), 6)
        self.assertEqual(polled.idle, 60.0)
        self.assertEqual(testing.poll(task), testing.Polled([], 60.0))

    def test_the_pace_is_kept_and_a_pause_is_not_made_up_for(self) -> None:
        with mock.patch("datagen_source.time.monotonic") as now:
            now.return_value = 100.0
            task = testing.start(DatagenSourceTask, config(records_per_second=4))
            self.assertEqual(testing.poll(task), testing.Polled([], 0.25))
            now.return_value = 100.5
            polled = testing.poll(task)
            self.assertEqual((len(polled.records), polled.idle), (2, 0.25))
            now.return_value = 200.0
            self.assertEqual(len(testing.poll(task).records), 4)
            now.return_value = 200.25
            self.assertEqual(len(testing.poll(task).records), 1)

    def test_keys_and_templates(self) -> None:
        task = testing.start(
            DatagenSourceTask,
            config(fields="n: sequence; ok: boolean(1)", key_field="n", template="{n} of {n} is {ok}!"),
        )
        record = testing.poll(task).records[2]
        self.assertEqual((record.key, record.value), (2, "2 of 2 is true!"))
        self.assertEqual(record.value_schema.type.label, "string")

    def test_tasks_share_the_sequences(self) -> None:
        connector = testing.start(DatagenSourceConnector, config(sequences=5))
        groups = [task[TASK_SEQUENCES] for task in connector.task_configs(2)]
        self.assertEqual(groups, [[0, 1, 2], [3, 4]])
        self.assertEqual(len(connector.task_configs(9)), 5)

    def test_what_cannot_work_is_an_error_of_its_key(self) -> None:
        for more, name, text in (
            ({"fields": "a"}, "fields", "'a' is not of the form name: kind(arguments)"),
            ({"fields": "a: b"}, "fields", "a: there is no kind b; there are sequence,"),
            ({"fields": "a: int(5)"}, "fields", "a: the form is int(least, most)"),
            ({"fields": "a: int(5, 4)"}, "fields", "a: 5 is more than 4"),
            ({"fields": "a: string(9999999)"}, "fields", "a: lengths are between 0 and 1000000"),
            ({"fields": "a: now ?2"}, "fields", "a: 2 is not between 0 and 1"),
            ({"fields": "a: now; a: uuid"}, "fields", "there are two fields a"),
            ({"fields": " ; "}, "fields", "there is no field"),
            ({"key_field": "nobody"}, "key.field", "there is no field nobody"),
            ({"template": "{nobody}"}, "template", "there is no field nobody"),
        ):
            with self.subTest(more):
                (found,) = DatagenSourceConnector.validate({key: str(value) for key, value in config(**more).items()})
                self.assertEqual(found.name, name)
                self.assertIn(text, found.errors[0])
        self.assertEqual(DatagenSourceConnector.validate({"topic": "t", "fields": FIELDS}), ())
        self.assertEqual(DatagenSourceConnector.validate({}), ())

    def test_offsets_may_be_altered_to_what_can_be_one(self) -> None:
        alter = DatagenSourceConnector.alter_offsets
        self.assertTrue(alter({}, [({"sequence": 0}, {"position": 5}), ({"sequence": 1}, None)]))
        for partition, offset in (({"file": "x"}, None), ({"sequence": 0}, {"position": -1}), ({"sequence": 0}, {})):
            with self.assertRaises(ConfigError):
                alter({}, [(partition, offset)])


class Kinds(unittest.TestCase):
    def made(self, kind: str, count: int = 1000) -> list[Any]:
        (field,) = parse(f"x: {kind}")
        return [field.make(number, Chance(1, 0, number)) for number in range(count)]

    def test_each_makes_what_it_says(self) -> None:
        self.assertEqual(self.made("sequence(5, -2)", 3), [5, 3, 1])
        integers = self.made("int(-3, 3)")
        self.assertEqual((min(integers), max(integers)), (-3, 3))
        reals = self.made("float(1, 2, 1)")
        self.assertEqual(sorted(set(reals)), [1 + tenth / 10 for tenth in range(11)])
        self.assertEqual({len(text) for text in self.made("string(2, 4)")}, {2, 3, 4})
        self.assertEqual({text.isalpha() for text in self.made("string(3)")}, {True})
        self.assertEqual(sum(self.made("boolean(0)")), 0)
        self.assertTrue(850 < sum(self.made("boolean(0.9)")) < 950)
        self.assertRegex(self.made("uuid")[0], "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual(len(set(self.made("uuid"))), 1000)
        moments = [
            logical.to_datetime(made).isoformat() for made in self.made("timestamp(2024-02-29T12:00:00Z, 500)", 2)
        ]
        self.assertEqual(moments, ["2024-02-29T12:00:00+00:00", "2024-02-29T12:00:00.500000+00:00"])
        self.assertGreater(self.made("now")[0], 1_700_000_000_000)
        self.assertEqual(self.made("sequence(9223372036854775807)", 2)[1], -(1 << 63))

    def test_values_are_of_their_schemas(self) -> None:
        text = "; ".join(f"{name}: {name}" for name in ("sequence", "boolean", "uuid", "now"))
        text += "; i: int(0, 1); f: float(0, 1); s: string(3); c: choice(a); t: timestamp(2024-01-01) ?0.5"
        task = testing.start(DatagenSourceTask, config(fields=text))
        for value in testing.poll(task).values:
            value.validate()
            json.dumps(value.to_dict())
