"""The shared vectors of ``wit/vectors``: written and read byte for byte, and the malformed ones refused."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

from .codec import Malformed, decode, decode_acks, encode, encode_acks

VECTORS = Path(__file__).parents[3] / "wit" / "vectors"


def content(name: str) -> bytes:
    return bytes.fromhex((VECTORS / f"{name}.hex").read_text())


def description(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text())


NAMES = sorted(path.stem for path in VECTORS.glob("*.json"))
WELL_FORMED = [name for name in NAMES if not name.startswith("bad-")]
MALFORMED = [name for name in NAMES if name.startswith("bad-")]


def read(name: str, content: bytes) -> Any:
    return decode_acks(content) if "acks" in name else decode(content)


class Vectors(unittest.TestCase):
    def test_there_are_vectors(self) -> None:
        self.assertGreater(len(WELL_FORMED), 20)
        self.assertGreater(len(MALFORMED), 60)

    def test_descriptions_are_written_byte_for_byte(self) -> None:
        for name in WELL_FORMED:
            with self.subTest(name):
                write = encode_acks if name.startswith("acks") else encode
                self.assertEqual(write(description(name)).hex(" "), content(name).hex(" "))

    def test_bytes_are_read_as_described(self) -> None:
        for name in WELL_FORMED:
            with self.subTest(name):
                expected = description(name)
                del expected["about"]
                self.assertEqual(read(name, content(name)), expected["acks"] if "acks" in name else expected)

    def test_malformed_ones_are_refused_with_their_record(self) -> None:
        for name in MALFORMED:
            with self.subTest(name):
                with self.assertRaises(Malformed) as refused:
                    read(name, content(name))
                self.assertEqual(refused.exception.record, description(name)["record"], refused.exception)

    def test_every_truncation_is_refused(self) -> None:
        for name in WELL_FORMED:
            whole = content(name)
            for end in range(len(whole)):
                with self.assertRaises(Malformed, msg=f"{name} cut to {end}"):
                    read(name, whole[:end])
