"""Lines in the worker's log, with the connector's and task's name set by the worker.

``logging.getLogger(__name__).info("...")`` is all that a plugin needs: in a component the root logger hands its records to the
worker, at the level that the worker keeps for the plugin (``PUT /admin/loggers/...``).
"""

from __future__ import annotations

import logging

from ._host import Level, host

#: Below Python's DEBUG, as the worker's log has it.
TRACE = 5

#: From the most talkative one on: a level of Python's, and the worker's.
_LEVELS = (
    (TRACE, Level.TRACE),
    (logging.DEBUG, Level.DEBUG),
    (logging.INFO, Level.INFO),
    (logging.WARNING, Level.WARN),
)


class WorkerHandler(logging.Handler):
    """Hands records to the worker."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line; a traceback is part of it."""
        try:
            host().log(worker_level(record.levelno), record.name, self.format(record))
        except Exception:
            self.handleError(record)


def worker_level(level: int) -> Level:
    """The worker's level for one of Python's."""
    found = Level.TRACE
    for least, of in (*_LEVELS, (logging.ERROR, Level.ERROR)):
        if level >= least:
            found = of
    return found


def install() -> None:
    """Makes the worker's log the one of all loggers."""
    logging.addLevelName(TRACE, "TRACE")
    logging.captureWarnings(True)
    logging.root.handlers = [WorkerHandler()]


def follow_level() -> None:
    """Lets loggers pass over what the worker would drop, so that lines that nobody reads cost nothing. Called before each call."""
    level = next((level for level, of in _LEVELS if host().log_enabled(of)), logging.ERROR)
    if logging.root.level != level:
        logging.root.setLevel(level)
