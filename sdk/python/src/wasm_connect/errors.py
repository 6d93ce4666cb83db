"""What a plugin raises instead of answering, by what the worker does about it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from .batch import BatchError, EncodeError


class ConnectError(Exception):
    """Why a call failed. Raise one of its kinds; any other exception is a fatal error with its traceback."""


class RetriableError(ConnectError):
    """Call again with the same arguments after a back-off (Java's ``RetriableException``)."""


class ConfigError(ConnectError):
    """The configuration cannot work (Java's ``ConfigException``)."""


class FatalError(ConnectError):
    """The connector or task fails (Java's ``ConnectException``)."""


@contextmanager
def or_fatal(attempt: str) -> Iterator[None]:
    """Turns exceptions of other libraries into a :class:`FatalError` that says what was attempted:

    ``with or_fatal(f"cannot open {path}"): ...``
    """
    try:
        yield
    except ConnectError:
        raise
    except Exception as error:
        raise FatalError(f"{attempt}: {error}") from error


@contextmanager
def or_retriable(attempt: str) -> Iterator[None]:
    """As :func:`or_fatal`, for what may be gone when the worker calls again."""
    try:
        yield
    except ConnectError:
        raise
    except Exception as error:
        raise RetriableError(f"{attempt}: {error}") from error


def as_connect_error(error: BaseException) -> ConnectError:
    """What the worker is told of any exception: one that nobody expected with its traceback, as Java's task status shows it."""
    if isinstance(error, ConnectError):
        return error
    if isinstance(error, EncodeError):
        return FatalError(f"cannot write a record: {error}")
    if isinstance(error, BatchError):
        return FatalError(str(error))
    told = traceback.TracebackException(type(error), error, _of_the_plugin(error))
    _leave_out_columns(told)
    return FatalError("".join(told.format()).rstrip())


def _of_the_plugin(error: BaseException) -> TracebackType | None:
    """The traceback without the SDK's own calls that led to the plugin's."""
    of_sdk = str(Path(__file__).parent)
    outermost = here = error.__traceback__
    while here is not None and here.tb_frame.f_code.co_filename.startswith(of_sdk):
        here = here.tb_next
    return here or outermost


def _leave_out_columns(told: traceback.TracebackException | None) -> None:
    """Python parses a line to underline the part of it that failed, and looks for files when it cannot be parsed."""
    if told is not None:
        for frame in told.stack:
            if getattr(frame, "colno", None) is not None:
                frame.colno = None
        _leave_out_columns(told.__cause__)
        _leave_out_columns(told.__context__)
