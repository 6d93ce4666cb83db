"""A codec against Rust's: random batches are written and read as Rust does, damaged ones refused where Rust refuses them.

For the SDKs whose tests are in Python. It wants the program ``exchange`` of this directory, whose path is in ``BATCH_EXCHANGE``.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from typing import Any

BATCHES = 2_000
DAMAGED = 10_000


class AgainstRust:
    """The tests, to be mixed into a ``unittest.TestCase`` that has a codec."""

    #: What ``decode`` raises of a batch that is none, with the position of its ``record``, if it is one's fault.
    malformed: type[Exception]
    seed = os.environ.get("TEST_SEED") or str(random.getrandbits(32))

    def decode(self, content: bytes) -> Any:
        """What a batch is, as the vectors of ``wit/`` describe it."""
        raise NotImplementedError

    def encode(self, description: Any) -> bytes:
        """The batch of a description."""
        raise NotImplementedError

    def exchange(self, command: str, count: int) -> Iterator[tuple[bytes, str]]:
        """Batches and what Rust says that they are."""
        program = os.environ["BATCH_EXCHANGE"]
        answer = subprocess.run([program, command, str(count), self.seed], check=True, capture_output=True, text=True)
        for line in answer.stdout.rstrip("\n").split("\n"):
            digits, _, described = line.partition("\t")
            yield bytes.fromhex(digits), described

    def test_random_batches_are_written_and_read_as_rust_does(self: Any) -> None:
        checked = 0
        for content, described in self.exchange("random", BATCHES):
            with self.subTest(batch=checked, seed=self.seed):
                description = json.loads(described)
                self.assertEqual(self.decode(content), description)
                self.assertEqual(self.encode(description).hex(), content.hex())
            checked += 1
        self.assertEqual(checked, BATCHES)

    def test_damaged_batches_are_refused_where_rust_refuses_them(self: Any) -> None:
        refused = 0
        for i, (content, described) in enumerate(self.exchange("mutated", DAMAGED)):
            with self.subTest(batch=i, seed=self.seed, content=content.hex()):
                try:
                    found = self.decode(content)
                except self.malformed as malformed:
                    record = "-" if malformed.record is None else malformed.record
                    self.assertEqual(f"refused {record}", described, malformed)
                    refused += 1
                else:
                    self.assertFalse(described.startswith("refused"), described)
                    self.assertEqual(found, json.loads(described))
        self.assertGreater(refused, DAMAGED // 2)
