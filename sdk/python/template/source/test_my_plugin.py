"""The plugin in plain Python, with a stand-in for the worker."""

import unittest

from my_plugin import MyPluginTask
from wasm_connect import ConfigError, testing


class MyPluginTest(unittest.TestCase):
    def setUp(self) -> None:
        self.worker = testing.stand_in()

    def test_it_counts_and_goes_on_from_its_offset(self) -> None:
        task = testing.start(MyPluginTask, {"topic": "numbers", "from": 5})
        polled = testing.poll(task)
        self.assertEqual((polled.values, polled.idle), (["5"], 1.0))
        self.assertEqual(polled.records[0].source_offset, '{"next":6}')
        self.worker.commit_offset({"counter": "the only one"}, {"next": 6})
        again = testing.start(MyPluginTask, {"topic": "numbers", "from": 5})
        self.assertEqual(testing.poll(again).values, ["6"])

    def test_a_missing_topic_is_an_error_of_the_configuration(self) -> None:
        with self.assertRaises(ConfigError):
            testing.start(MyPluginTask, {})


if __name__ == "__main__":
    unittest.main()
