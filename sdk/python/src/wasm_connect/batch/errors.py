"""What can be wrong with bytes that are read, values that are written and schemas that are made."""

from __future__ import annotations


class BatchError(Exception):
    """Any error of the batch codec and of Connect's data model."""


class MalformedBatch(BatchError):
    """Bytes that are no batch, or no value of their schema."""

    def __init__(self, what: str, record: int | None = None) -> None:
        super().__init__(what, record)
        #: What is wrong and where in the record, such as ``value: field "a": string is not valid UTF-8``.
        self.what = what
        #: Position of the record, if it is one record's fault.
        self.record = record

    def __str__(self) -> str:
        where = "" if self.record is None else f"record {self.record}: "
        return f"malformed batch: {where}{self.what}"


class EncodeError(BatchError):
    """A record or value that cannot be written."""


class SchemaError(BatchError):
    """A schema that Connect does not allow (Java's ``SchemaBuilderException``); the text is Java's where Java has one."""


class DataError(BatchError):
    """A value that is not one of its schema (Java's ``DataException``, with Java's text)."""


class Fault(Exception):
    """What is wrong with bytes; each level that it passes says where it was."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def within(self, where: str) -> Fault:
        """The same fault, of a part that is named ``where``."""
        self.what = f"{where}: {self.what}"
        return self


#: What a text that is not UTF-8 is called.
NOT_UTF8 = "string is not valid UTF-8"
