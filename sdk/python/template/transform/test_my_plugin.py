"""The plugin in plain Python."""

import unittest

from my_plugin import MyPlugin
from wasm_connect import RecordError, testing


class MyPluginTest(unittest.TestCase):
    def test_strings_are_loud_and_other_values_are_refused(self) -> None:
        plugin = testing.configure(MyPlugin, {"suffix": "!"})
        applied = testing.apply(plugin, ["one", "", testing.SinkRecord(b"two")])
        self.assertEqual(applied.values, ["ONE!"])
        self.assertEqual(applied.failed, [RecordError(2, "the value is no string")])


if __name__ == "__main__":
    unittest.main()
