"""The file: whole rows only, with the names of its columns in the first one."""

from __future__ import annotations

import csv
import errno
import io
import logging
import os

from wasm_connect import FatalError, RetriableError, or_fatal

log = logging.getLogger(__name__)

#: How much is read at a time to find the end of the last row.
_BLOCK = 1 << 20


class Table:
    """A CSV file that is appended to.

    What a crash left of a row is cut off when the file is opened: it was not committed, so it comes again.
    """

    def __init__(self, path: str, delimiter: str) -> None:
        self.path = path
        self._delimiter = delimiter
        with or_fatal(f"cannot open {path}"):
            # Not to append only: what is torn is cut off.
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            self._file = io.FileIO(descriptor, "r+")
        with or_fatal(f"cannot read {path}"):
            self._size = self._cut_off_torn_row()

    def header(self) -> list[str] | None:
        """The names of the columns, if the file has a first row."""
        with or_fatal(f"cannot read {self.path}"), open(self.path, encoding="utf-8", newline="") as text:
            return next(csv.reader(text, delimiter=self._delimiter), None)

    def append(self, rows: list[list[str]]) -> None:
        """Writes all the rows or none. Raises :class:`RetriableError` if the disk is full."""
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self._delimiter, lineterminator="\n").writerows(rows)
        content = text.getvalue().encode()
        try:
            self._write(content)
        except OSError as error:
            with or_fatal(f"cannot take back what was written of {self.path}"):
                self._truncate(self._size)
            kind = RetriableError if error.errno in (errno.ENOSPC, errno.EDQUOT) else FatalError
            raise kind(f"cannot write {self.path}: {error}") from None
        self._size += len(content)

    def sync(self) -> None:
        """Makes what was written safe from a power cut."""
        with or_fatal(f"cannot sync {self.path}"):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Gives the file back."""
        self._file.close()

    def _write(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]

    def _truncate(self, size: int) -> None:
        self._file.truncate(size)
        self._file.seek(size)

    def _cut_off_torn_row(self) -> int:
        """The size of what is left: the file up to its last whole row."""
        size = self._file.seek(0, os.SEEK_END)
        whole = self._end_of_last_row()
        if whole < size:
            log.warning("%s ended within a row: its last %d bytes are cut off", self.path, size - whole)
        self._truncate(whole)
        return whole

    def _end_of_last_row(self) -> int:
        """Behind the last line end that is not within quotes."""
        quotes, end, at = 0, 0, 0
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            line_end = block.rfind(b"\n")
            while line_end >= 0 and (quotes + block.count(b'"', 0, line_end)) % 2:
                line_end = block.rfind(b"\n", 0, line_end)
            if line_end >= 0:
                end = at + line_end + 1
            quotes += block.count(b'"')
            at += len(block)
        return end
