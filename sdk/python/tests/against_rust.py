"""The codec against Rust's. Not found by discovery, as it wants what ``sdk/batch/examples/exchange.py`` does, and that in the path."""

from __future__ import annotations

import unittest

import exchange
from wasm_connect.batch import MalformedBatch

from .batch_json import decode, encode


class AgainstRust(exchange.AgainstRust, unittest.TestCase):
    malformed = MalformedBatch
    decode = staticmethod(decode)
    encode = staticmethod(encode)
