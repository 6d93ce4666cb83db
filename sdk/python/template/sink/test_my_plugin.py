"""The plugin in plain Python, with a stand-in for the worker."""

import tempfile
import unittest
from pathlib import Path

from my_plugin import MyPluginTask
from wasm_connect import RecordError, testing


class MyPluginTest(unittest.TestCase):
    def test_strings_become_lines_and_other_values_are_refused(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "lines.txt"
            task = testing.start(MyPluginTask, {"file": file})
            refused = testing.put(task, ["one", testing.SinkRecord(b"two"), "three"])
            task.flush([])
            task.stop()
            self.assertEqual(file.read_text(), "one\nthree\n")
        self.assertEqual(refused, [RecordError(1, "the value is no string")])


if __name__ == "__main__":
    unittest.main()
