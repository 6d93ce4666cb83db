"""What a plugin is written with: configurations, offsets, records, contexts, errors, and the calls that the worker makes."""

from __future__ import annotations

import logging
import unittest
from collections.abc import Iterable, Sequence
from typing import Any

from wasm_connect import (
    Acks,
    Batch,
    Config,
    ConfigDef,
    ConfigError,
    ConfigKey,
    DataError,
    EncodeError,
    FatalError,
    Header,
    Idle,
    Limits,
    NumberOffset,
    PartitionOffset,
    RecordError,
    Records,
    RetriableError,
    Route,
    Schema,
    SinkConnector,
    SinkTask,
    SourceConnector,
    SourceTask,
    SourceTaskOptions,
    TopicPartition,
    _dispatch,
    export,
    group_partitions,
    log,
    metrics,
    or_fatal,
    or_retriable,
    testing,
)
from wasm_connect._host import Level
from wasm_connect.batch import AcksWriter, Placed
from wasm_connect.errors import as_connect_error
from wasm_connect.offsets import from_json, java_double, to_json
from wasm_connect.plugins import documentation

CONFIG = ConfigDef(
    ConfigKey.string("topic", required=True),
    ConfigKey.int("size", default=2000),
    ConfigKey.list("names"),
    ConfigKey.boolean("on"),
)


class Counter(SourceTask):
    """Counts up from its offset, three at a time."""

    def start(self, config: Config) -> None:
        parsed = CONFIG.parse(config)
        partition = {"counter": "the only one"}
        committed = self.context.offset(partition)
        self.next = int(committed["next"] or 0) if committed else 0
        self.route = Route(parsed["topic"], partition)
        self.offset = NumberOffset("next")
        self.acked: list[Any] = []

    def poll(self, records: Records) -> Idle | None:
        if self.next >= 9:
            return Idle(1.5)
        records.limit_records(3)
        while not records.is_full:
            self.next += 1
            records.add(self.route, str(self.next), Schema.string(), source_offset=self.offset(self.next))
        return None

    def acknowledged(self, acks: Acks) -> None:
        self.acked += acks


class CounterConnector(SourceConnector):
    """Counts up.

    And up.
    """

    CLASS = "example.CounterConnector"
    VERSION = "1.0.0"
    TASK = Counter
    TASK_CLASS = "example.Counter"
    CONFIG_DEF = CONFIG

    def task_configs(self, max_tasks: int) -> Sequence[dict[str, Any]]:
        return [{**self.config, "task": task, "first": task == 0, "none": None} for task in range(max_tasks)]


class Collector(SinkTask):
    """Keeps what it is given."""

    def start(self, config: Config) -> None:
        self.seen: list[Any] = []

    def put(self, records: Batch) -> Iterable[RecordError]:
        for record in records:
            if record.value == "bad":
                yield RecordError(record.position, "it is bad")
            else:
                self.seen.append(record.value)


class CollectorConnector(SinkConnector):
    CLASS = "example.CollectorConnector"
    VERSION = "1.0.0"
    TASK = Collector
    TASK_CLASS = "example.Collector"
    DOCUMENTATION = "Collects."

    def task_configs(self, max_tasks: int) -> Sequence[Config]:
        return [self.config]


class Configurations(unittest.TestCase):
    def test_defaults_and_types_are_applied(self) -> None:
        parsed = CONFIG.parse({"topic": " t ", "names": "a , b", "on": "TRUE"})
        self.assertEqual(
            (parsed["topic"], parsed["size"], parsed["names"], parsed["on"]), ("t", 2000, ["a", "b"], True)
        )
        self.assertIsNone(CONFIG.parse({"topic": "t"})["on"])
        self.assertIsNone(CONFIG.parse({"topic": " "}).non_empty("topic"))
        with self.assertRaises(KeyError):
            parsed["unknown"]

    def test_errors_are_worded_as_in_java(self) -> None:
        for config, text in (
            ({}, 'Missing required configuration "topic" which has no default value.'),
            ({"topic": "t", "size": "x"}, "Invalid value x for configuration size: Not a number of type INT"),
            ({"topic": "t", "size": "1_0"}, "Invalid value 1_0 for configuration size: Not a number of type INT"),
            (
                {"topic": "t", "size": "2147483648"},
                "Invalid value 2147483648 for configuration size: Not a number of type INT",
            ),
            (
                {"topic": "t", "on": "1"},
                "Invalid value 1 for configuration on: Expected value to be either true or false",
            ),
        ):
            with self.assertRaises(ConfigError) as refused:
                CONFIG.parse(config)
            self.assertEqual(str(refused.exception), text)

    def test_groups_are_those_of_java(self) -> None:
        self.assertEqual(group_partitions([1, 2, 3, 4, 5], 2), [[1, 2, 3], [4, 5]])
        self.assertEqual(group_partitions([1, 2, 3, 4, 5], 3), [[1, 2], [3, 4], [5]])
        self.assertEqual(group_partitions([1, 2], 4), [[1], [2], [], []])
        self.assertEqual(group_partitions([1], 0), [])


class Offsets(unittest.TestCase):
    def test_json_is_that_of_java(self) -> None:
        entries = {"filename": '/data/ä "q"\n\x01.txt', "n": 1, "f": 1e10, "b": True, "x": None}
        text = '{"filename":"/data/ä \\"q\\"\\n\\u0001.txt","n":1,"f":1.0E10,"b":true,"x":null}'
        self.assertEqual(to_json(entries), text)
        self.assertEqual(from_json(text), entries)
        self.assertEqual(NumberOffset("position")(42), '{"position":42}')

    def test_doubles_are_printed_as_in_java(self) -> None:
        for number, text in (
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (100.0, "100.0"),
            (0.001, "0.001"),
            (0.00099, "9.9E-4"),
            (1234567.5, "1234567.5"),
            (1e7, "1.0E7"),
            (1.5e300, "1.5E300"),
            (-3.25, "-3.25"),
            (float("-inf"), "-Infinity"),
        ):
            self.assertEqual(java_double(number), text)

    def test_what_is_no_flat_object_is_refused(self) -> None:
        for text in ("", "[]", '{"a":[1]}', '{"a":{}}', '{"a":NaN}', '{"a":1} x'):
            with self.assertRaises(ValueError, msg=text):
                from_json(text)
        with self.assertRaisesRegex(TypeError, "not list"):
            to_json({"a": []})  # type: ignore[dict-item]


class Errors(unittest.TestCase):
    def test_what_was_attempted_is_said(self) -> None:
        with self.assertRaises(FatalError) as fatal, or_fatal("cannot open x"):
            raise OSError("no such file")
        self.assertEqual(str(fatal.exception), "cannot open x: no such file")
        with self.assertRaises(RetriableError), or_retriable("cannot ask y"):
            raise TimeoutError
        with self.assertRaises(ConfigError), or_fatal("never said"):
            raise ConfigError("as it is")

    def test_an_unexpected_exception_brings_its_traceback(self) -> None:
        try:
            CONFIG.keys[100]
        except IndexError as error:
            told = as_connect_error(error)
        self.assertIsInstance(told, FatalError)
        self.assertIn("Traceback (most recent call last):", str(told))
        self.assertIn("test_an_unexpected_exception", str(told))
        self.assertTrue(str(told).endswith("IndexError: tuple index out of range"), told)
        self.assertEqual(str(as_connect_error(EncodeError("x"))), "cannot write a record: x")
        self.assertEqual(str(as_connect_error(DataError("y"))), "y")


class Tasks(unittest.TestCase):
    def setUp(self) -> None:
        self.worker = testing.stand_in()

    def test_a_source_goes_on_from_its_offset(self) -> None:
        self.worker.commit_offset({"counter": "the only one"}, {"next": 5})
        task = testing.start(Counter, {"topic": "t"})
        polled = testing.poll(task)
        self.assertEqual((polled.values, polled.idle), (["6", "7", "8"], None))
        record = polled.records[0]
        self.assertEqual((record.topic, record.source_partition), ("t", '{"counter":"the only one"}'))
        self.assertEqual(record.source_offset, '{"next":6}')
        self.assertIsNotNone(record.timestamp)
        self.assertEqual(testing.poll(task).values, ["9", "10", "11"])
        self.assertEqual(testing.poll(task), testing.Polled([], 1.5))

    def test_a_poll_ends_at_its_limits(self) -> None:
        records = Records(Limits(max_records=5, max_bytes=300))
        route = Route("t", {"a": "b"}, partition=3, timestamp=7)
        while not records.is_full:
            records.add(route, "x" * 50, source_offset={"n": len(records)}, headers=[Header("h", 1), ("i", None)])
        self.assertEqual(len(records), 2)
        (_, second) = Batch(records.finish())
        self.assertEqual((second.partition, second.timestamp, second.source_offset), (3, 7, '{"n":1}'))
        self.assertEqual([(name, value) for name, value, _ in second.headers], [("h", 1), ("i", None)])

    def test_a_route_outlives_its_batch(self) -> None:
        route = Route("second", {"p": 1})
        for topics in (["first", "second"], ["second"]):
            records = Records()
            for topic in topics:
                records.add(route if topic == "second" else Route(topic), topic)
            self.assertEqual([record.topic for record in Batch(records.finish())], topics)

    def test_a_sink_answers_what_it_does_not_take(self) -> None:
        task = testing.start(Collector, {})
        refused = testing.put(task, ["a", "bad", testing.SinkRecord({"b": 1}, offset=9)])
        self.assertEqual(refused, [RecordError(1, "it is bad")])
        self.assertEqual(task.seen, ["a", {"b": 1}])
        self.assertEqual(task.pre_commit([PartitionOffset("t", 0, 10)]), [PartitionOffset("t", 0, 10)])

    def test_contexts_ask_the_worker(self) -> None:
        source = testing.start(Counter, {"topic": "t"})
        self.worker.is_stopping = True
        self.assertTrue(source.context.sleep(0.25))
        self.assertTrue(source.context.stopping)
        sink = testing.start(Collector, {})
        sink.context.pause([TopicPartition("t", 0)])
        sink.context.timeout(2)
        self.worker.assigned = [TopicPartition("t", 1)]
        self.assertEqual(sink.context.assignment(), [TopicPartition("t", 1)])
        self.assertEqual(
            self.worker.requests,
            [("sleep", (250,)), ("pause", ([TopicPartition("t", 0)],)), ("timeout", (2000,))],
        )
        metrics.add("read", 3, kind="line")
        metrics.set("open", 1)
        self.assertEqual(self.worker.measured, [("read", {"kind": "line"}, 3), ("open", {}, 1.0)])

    def test_log_lines_go_to_the_worker_at_its_level(self) -> None:
        logger = logging.getLogger("plugin")
        before = (logging.root.handlers, logging.root.level)
        try:
            log.install()
            self.worker.log_enabled = lambda level: level.value >= Level.WARN.value  # type: ignore[method-assign]
            log.follow_level()
            logger.info("nobody reads this")
            logger.warning("%d left", 3)
            logger.critical("all gone")
        finally:
            logging.root.handlers, logging.root.level = before[0], before[1]
            logging.captureWarnings(False)
        self.assertEqual(self.worker.lines, [(Level.WARN, "3 left"), (Level.ERROR, "all gone")])


class Dispatch(unittest.TestCase):
    def setUp(self) -> None:
        testing.stand_in()
        export(sources=[CounterConnector], sinks=[CollectorConnector])
        self.addCleanup(_dispatch.stop)

    def test_an_instance_is_one_thing(self) -> None:
        _dispatch.start_source_task("example.CounterConnector", [("topic", "t")])
        with self.assertRaisesRegex(FatalError, "this instance is a source task already"):
            _dispatch.start_sink_task("example.CollectorConnector", [])
        with self.assertRaisesRegex(FatalError, "put: this instance was started as a source task, not as a sink task"):
            _dispatch.put(b"")
        _dispatch.stop()
        with self.assertRaisesRegex(FatalError, "poll: this instance was started as nothing, not as a source task"):
            _dispatch.poll(Limits())

    def test_a_failed_start_can_be_repeated(self) -> None:
        with self.assertRaises(ConfigError):
            _dispatch.start_source_task("example.CounterConnector", [])
        options = _dispatch.start_source_task("example.CounterConnector", [("topic", "t")])
        self.assertEqual(options, SourceTaskOptions(acknowledge_records=True, commit=False))

    def test_calls_reach_the_task(self) -> None:
        _dispatch.start_source_task("example.CounterConnector", [("topic", "t")])
        batch = _dispatch.poll(Limits())
        assert isinstance(batch, bytes)
        self.assertEqual([record.value for record in Batch(batch)], ["1", "2", "3"])
        # Idle beside records: they go first, and then the worker is told.
        _dispatch._running.poll = lambda records: records.add(Route("t"), "last") or Idle(2)
        self.assertIsInstance(_dispatch.poll(Limits()), bytes)
        self.assertEqual(_dispatch.poll(Limits()), 2000)
        self.assertIsInstance(_dispatch.poll(Limits()), bytes)
        writer = AcksWriter()
        writer.push(0, Placed("t", 0, 5, -1))
        writer.push(1, None)
        _dispatch.acknowledged(writer.finish())
        self.assertEqual(_dispatch._running.acked, [(0, Placed("t", 0, 5, -1)), (1, None)])

    def test_task_configurations_are_text(self) -> None:
        _dispatch.start_source_connector("example.CounterConnector", [("topic", "t")])
        configs = _dispatch.task_configs(2)
        self.assertEqual(configs[1], [("topic", "t"), ("task", "1"), ("first", "false")])
        self.assertIsNone(_dispatch.monitor())

    def test_an_unknown_class_is_named_with_the_known_ones(self) -> None:
        with self.assertRaisesRegex(ConfigError, "no such class x; it has example.CounterConnector"):
            _dispatch.start_source_task("x", [])

    def test_classes_that_lack_something_are_refused_when_they_are_exported(self) -> None:
        class Nameless(CounterConnector):
            CLASS = None  # type: ignore[assignment]

        class Taskless(CounterConnector):
            TASK = SourceTask

        for connector, text in (
            (Nameless, "Nameless.CLASS is no text"),
            (Taskless, "SourceTask lacks poll, start"),
            (CollectorConnector, "CollectorConnector is no SourceConnector"),
        ):
            with self.assertRaisesRegex(TypeError, text):
                export(sources=[connector])  # type: ignore[list-item]
        self.assertEqual(documentation(CounterConnector), "Counts up.\n\nAnd up.")
        self.assertEqual(documentation(CollectorConnector), "Collects.")
