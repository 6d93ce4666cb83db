"""The codec against Rust's. Not found by discovery, as it wants what ``sdk/batch/examples/exchange.py`` does, and that in the path."""

from __future__ import annotations

import unittest

import exchange

from .codec import Malformed, decode, encode


class AgainstRust(exchange.AgainstRust, unittest.TestCase):
    malformed = Malformed
    decode = staticmethod(decode)
    encode = staticmethod(encode)
