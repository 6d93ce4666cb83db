"""The table of strings: where each ends, then all their bytes."""

from __future__ import annotations

from struct import pack, unpack_from

from .errors import NOT_UTF8, Fault
from .layout import U32
from .limits import Limits


def parse_strings(batch: bytes, start: int, end: int, limits: Limits) -> list[str]:
    """The strings between two positions; raises :class:`Fault`."""
    if end - start < 4:
        raise Fault(f"string count wants 4 bytes, {end - start} are left")
    count: int = U32.unpack_from(batch, start)[0]
    if 4 * count > end - start - 4:
        raise Fault(f"string count {count} does not fit into the {end - start - 4} bytes that are left")
    if count > limits.max_strings:
        raise Fault(f"has {count} strings, max_strings is {limits.max_strings}")
    ends = unpack_from(f"<{count}I", batch, start + 4)
    text_at = start + 4 + 4 * count
    size = end - text_at
    strings = []
    begin = 0
    for i, stop in enumerate(ends):
        if not begin <= stop <= size:
            raise Fault(f"string {i} is at {begin}..{stop} of {size} bytes")
        try:
            strings.append(batch[text_at + begin : text_at + stop].decode())
        except UnicodeDecodeError:
            raise Fault(NOT_UTF8).within(f"string {i}") from None
        begin = stop
    if begin != size:
        raise Fault(f"{size - begin} bytes follow the last string")
    return strings


class StringTable:
    """The strings of a batch that is being written, each once."""

    __slots__ = ("_ids", "_text_bytes", "_texts")

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._texts: list[bytes] = []
        self._text_bytes = 0

    def intern(self, string: str) -> int:
        """The string's position."""
        found = self._ids.get(string)
        if found is None:
            text = string.encode()
            found = self._ids[string] = len(self._texts)
            self._texts.append(text)
            self._text_bytes += len(text)
        return found

    @property
    def size(self) -> int:
        """Bytes of the section."""
        return 4 + 4 * len(self._texts) + self._text_bytes

    def section(self) -> list[bytes]:
        """The section, in pieces."""
        end, ends = 0, []
        for text in self._texts:
            end += len(text)
            ends.append(end)
        return [pack(f"<{len(ends) + 1}I", len(ends), *ends), *self._texts]
