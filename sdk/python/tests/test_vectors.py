"""The shared vectors of ``wit/vectors``: written and read byte for byte, and the malformed ones refused."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

from wasm_connect.batch import Acks, Batch, MalformedBatch

from .batch_json import decode, decode_acks, encode, encode_acks

VECTORS = Path(__file__).parents[3] / "wit" / "vectors"


def content(name: str) -> bytes:
    return bytes.fromhex((VECTORS / f"{name}.hex").read_text())


def description(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text())


def names(prefix: str = "") -> list[str]:
    return sorted(path.stem for path in VECTORS.glob(f"{prefix}*.json"))


WELL_FORMED = [name for name in names() if not name.startswith("bad-")]


def read_everything(batch: bytes) -> int:
    """Decodes all that there is."""
    records = 0
    for record in Batch(batch):
        _ = record.key, record.value, record.headers, record.source_offset
        records += 1
    return records


class Vectors(unittest.TestCase):
    def test_there_are_vectors(self) -> None:
        self.assertGreater(len(WELL_FORMED), 20)
        self.assertGreater(len(names("bad-")), 60)

    def test_descriptions_are_written_byte_for_byte(self) -> None:
        for name in WELL_FORMED:
            with self.subTest(name):
                write = encode_acks if name.startswith("acks") else encode
                self.assertEqual(write(description(name)).hex(" "), content(name).hex(" "))

    def test_bytes_are_read_as_described(self) -> None:
        for name in WELL_FORMED:
            with self.subTest(name):
                expected = description(name)
                if name.startswith("acks"):
                    self.assertEqual(decode_acks(content(name)), expected["acks"])
                else:
                    del expected["about"]
                    self.assertEqual(decode(content(name)), expected)

    def test_malformed_ones_are_refused_with_their_record(self) -> None:
        for name in names("bad-"):
            with self.subTest(name):
                with self.assertRaises(MalformedBatch) as refused:
                    if name.startswith("bad-acks"):
                        Acks(content(name))
                    else:
                        read_everything(content(name))
                self.assertEqual(refused.exception.record, description(name)["record"], refused.exception.what)

    def test_every_truncation_is_refused(self) -> None:
        for name in WELL_FORMED:
            whole = content(name)
            for end in range(len(whole)):
                with self.assertRaises(MalformedBatch, msg=f"{name} cut to {end}"):
                    Acks(whole[:end]) if name.startswith("acks") else Batch(whole[:end])
