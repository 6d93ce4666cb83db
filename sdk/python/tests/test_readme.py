"""The README's examples: the first connector and its test run, the others are Python at least."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
import types
import unittest
from pathlib import Path

from wasm_connect import Batch, SourceTask, testing
from wasm_connect.plugins import exported

README = (Path(__file__).parents[1] / "README.md").read_text()


class Readme(unittest.TestCase):
    def setUp(self) -> None:
        self.examples = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

    def module(self, *sources: str) -> types.ModuleType:
        """A module with everything of the SDK, as the shorter examples leave the imports out."""
        module = types.ModuleType("example")
        sys.modules["example"] = module
        self.addCleanup(sys.modules.pop, "example", None)
        exec("import unittest\nfrom wasm_connect import *\nfrom wasm_connect import testing", module.__dict__)
        for source in sources:
            exec(source, module.__dict__)
        return module

    def test_the_first_connector_passes_its_test(self) -> None:
        (test,) = [example for example in self.examples if "unittest.TestCase" in example]
        module = self.module(self.examples[0], test)
        self.assertEqual(list(exported().sources), ["com.example.CountdownConnector"])
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(module.CountdownTest)
        result = unittest.TestResult()
        suite.run(result)
        self.assertEqual((result.testsRun, result.errors, result.failures), (1, [], []))

    def test_configurations_and_schemas_can_be_made(self) -> None:
        for beginning in ("ConfigDef(", "PERSON ="):
            (example,) = [example for example in self.examples if example.startswith(beginning)]
            self.module(example)

    def test_stages_do_what_is_shown(self) -> None:
        shown = [example for example in self.examples if "Transformation)" in example or "Predicate)" in example]
        module = self.module(*shown)
        applied = testing.apply(testing.configure(module.Shout, {"suffix": "!"}), ["a", "", testing.SinkRecord(1)])
        self.assertEqual((applied.values, [error.index for error in applied.failed]), (["A!"], [2]))
        self.assertEqual(testing.holds(testing.configure(module.IsLong, {}), ["x", "x" * 1001]), [False, True])
        converter = testing.configure(module.Reversed, {})
        self.assertEqual(converter.from_connect("t", None, "abc"), b"cba")
        self.assertEqual(list(exported().all), ["com.example.IsLong", "com.example.Reversed", "com.example.Named"])

    def test_records_are_added_as_shown(self) -> None:
        (example,) = [example for example in self.examples if example.startswith("route =")]
        module = self.module("def poll(self, records):\n" + textwrap.indent(example, "    "))

        class Lines:
            batch_size, key, position, line, modified_ms = 10, 1, 42, 3, 7

            def __init__(self) -> None:
                self.left = ["first", "second"]

            def next_line(self) -> str | None:
                return self.left.pop(0) if self.left else None

        testing.stand_in()
        task = type("Task", (Lines, SourceTask), {"start": lambda self, config: None, "poll": module.poll})()
        polled = testing.poll(task)
        self.assertEqual((polled.values, polled.idle), (["first", "second"], 0.5))
        record = polled.records[0]
        self.assertEqual((record.key, record.timestamp, record.source_offset), (1, 7, '{"position":42}'))
        self.assertEqual([(name, value) for name, value, _ in record.headers], [("host", "a"), ("line", 3)])
        self.assertIsInstance(record._batch, Batch)

    def test_all_are_python(self) -> None:
        self.assertGreater(len(self.examples), 7)
        for example in self.examples:
            # Some are the inside of a function.
            ast.parse("def example():\n" + textwrap.indent(example, "    "))
