"""The table: rows and columns, what starts with a file that is there, and what is no row."""

from __future__ import annotations

import datetime
import decimal
import errno
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from csv_sink import CsvSinkConnector, CsvSinkTask
from wasm_connect import (
    ConfigError,
    FatalError,
    PartitionOffset,
    RecordError,
    RetriableError,
    Schema,
    Struct,
    logical,
    testing,
)

PERSON = Schema.struct({"name": Schema.string(), "age": Schema.int32(optional=True)})


class CsvSink(unittest.TestCase):
    def setUp(self) -> None:
        self.worker = testing.stand_in()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = Path(directory.name) / "out.csv"

    def start(self, **more: Any) -> CsvSinkTask:
        config = {name.replace("_", "."): value for name, value in more.items()}
        task = testing.start(CsvSinkTask, {"file": self.file, **config})
        self.addCleanup(task.stop)
        return task

    def put(self, task: CsvSinkTask, *values: Any) -> list[RecordError]:
        return testing.put(task, [testing.SinkRecord(value, offset=10 + i) for i, value in enumerate(values)])

    def written(self) -> list[str]:
        return self.file.read_bytes().decode().split("\n")

    def test_structs_become_rows_under_their_fields(self) -> None:
        task = self.start()
        self.put(task, Struct(PERSON, name="Ada", age=36), Struct(PERSON, name='Bo "B", jr.'))
        self.assertEqual(self.written(), ["name,age", "Ada,36", '"Bo ""B"", jr.",', ""])

    def test_maps_and_chosen_columns(self) -> None:
        task = self.start(columns="@offset,@topic,b,a", delimiter="semicolon", null_text="NULL")
        self.put(task, {"a": 1, "b": True}, {"a": 2.5})
        self.assertEqual(self.written(), ["@offset;@topic;b;a", "10;topic;true;1", "11;topic;NULL;2.5", ""])

    def test_other_values_have_one_column(self) -> None:
        task = self.start(header_line="false")
        testing.put(task, ["a line", "another\nin two"])
        self.put(task, 5, b"\x01\xff", [1, {"k": None}])
        self.assertEqual(self.written(), ["a line", '"another', 'in two"', "5", "01ff", '"[1,{""k"":null}]"', ""])

    def test_logical_types_are_written_for_people(self) -> None:
        schema = Schema.struct(
            {
                "day": logical.date_schema(),
                "time": logical.time_schema(),
                "moment": logical.timestamp_schema(),
                "price": logical.decimal_schema(2),
                "nested": PERSON,
            }
        )
        noon = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
        value = Struct(
            schema,
            day=logical.from_date(noon.date()),
            time=logical.from_time(noon.time()),
            moment=logical.from_datetime(noon),
            price=logical.from_decimal(decimal.Decimal("1234.50"), 2),
            nested=Struct(PERSON, name="Ada"),
        )
        self.put(self.start(header_line="false"), value)
        row = '2024-02-29,12:00:00.000,2024-02-29T12:00:00.000Z,1234.50,"{""name"":""Ada"",""age"":null}"'
        self.assertEqual(self.written(), [row, ""])

    def test_a_file_that_is_there_is_continued(self) -> None:
        self.put(self.start(), {"a": 1, "b": 2})
        self.put(self.start(), {"b": 4, "a": 3})
        self.assertEqual(self.written(), ["a,b", "1,2", "3,4", ""])
        with self.assertRaisesRegex(ConfigError, "has other ones: a,b"):
            self.start(columns="a,c")

    def test_what_a_crash_left_of_a_row_is_cut_off(self) -> None:
        whole = b'a,b\n1,"x\ny"\n'
        for torn in (b"2", b'2,"x\n', b'2,"x""\n\n'):
            self.file.write_bytes(whole + torn)
            with self.assertLogs("csv_sink.table", "WARNING") as logs:
                task = self.start()
            said = f"{self.file} ended within a row: its last {len(torn)} bytes are cut off"
            self.assertEqual([record.getMessage() for record in logs.records], [said])
            self.put(task, {"a": 3, "b": 4})
            self.assertEqual(self.file.read_bytes(), whole + b"3,4\n")

    def test_records_that_are_no_row_are_refused_one_by_one(self) -> None:
        task = self.start()
        refused = self.put(task, None, {"a": 1}, {"a": 2, "c": 3, "d": 4}, {})
        self.assertEqual(
            refused,
            [
                RecordError(0, "it has no fields, and the columns are not known yet"),
                RecordError(2, "there is no column for: c, d"),
            ],
        )
        self.assertEqual(self.written(), ["a", "1", '""', ""])
        self.assertEqual(self.put(self.start(unknown_fields="ignore"), {"a": 2, "c": 3}), [])
        self.assertEqual(self.written()[-2:], ["2", ""])

    def test_an_empty_put_writes_nothing(self) -> None:
        self.put(self.start(columns="a"))
        self.assertEqual(self.file.read_bytes(), b"")

    def test_rows_are_synced_before_they_are_committed(self) -> None:
        task = self.start()
        with mock.patch("csv_sink.table.os.fsync") as sync:
            delivered = [PartitionOffset("topic", 0, 11)]
            self.assertEqual(task.pre_commit(delivered), delivered)
            sync.assert_not_called()
            self.put(task, {"a": 1})
            task.pre_commit(delivered)
            sync.assert_called_once()

    def test_a_full_disk_is_waited_for_and_leaves_no_torn_row(self) -> None:
        task = self.start()
        self.put(task, {"a": 1})
        whole = self.file.read_bytes()

        for code, kind in ((errno.ENOSPC, RetriableError), (errno.EIO, FatalError)):

            def half_of_it(content: bytes, code: int = code) -> None:
                task._table._file.write(content[: len(content) // 2])
                raise OSError(code, "told so")

            with mock.patch.object(task._table, "_write", half_of_it), self.assertRaisesRegex(kind, "cannot write"):
                self.put(task, {"a": 22})
            self.assertEqual(self.file.read_bytes(), whole)
        self.put(task, {"a": 3})
        self.assertEqual(self.written(), ["a", "1", "3", ""])

    def test_what_cannot_work_is_an_error_of_its_key(self) -> None:
        (value,) = CsvSinkConnector.validate({"file": "x", "columns": "a,b,a,@home"})
        self.assertEqual(value.name, "columns")
        self.assertEqual(value.errors[0], "column a comes twice")
        self.assertIn("there is no @home; there are @topic,", value.errors[1])
        self.assertEqual(CsvSinkConnector.validate({"file": "x"}), ())
        with self.assertRaisesRegex(FatalError, "cannot open"):
            testing.start(CsvSinkTask, {"file": self.file / "below"})

    def test_one_task_writes_the_file(self) -> None:
        self.assertEqual(len(testing.start(CsvSinkConnector, {"file": "x"}).task_configs(5)), 1)
