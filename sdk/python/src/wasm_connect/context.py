"""What a connector or task may ask of the worker while it runs. Times are in seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._host import PartitionOffset, TopicPartition, host, milliseconds
from .errors import FatalError
from .offsets import ScalarMap, from_json, to_json


class _ConnectorContext:
    def request_task_reconfiguration(self) -> None:
        """Asks for ``task_configs`` to be called again and the work to be split anew."""
        host().request_task_reconfiguration()

    def raise_error(self, message: str) -> None:
        """The connector goes FAILED with this message (Java's ``raiseError``)."""
        host().raise_error(message)


class _OffsetReader:
    def offset(self, partition: ScalarMap) -> dict[str, Any] | None:
        """The committed offset of a source partition; None: nothing committed."""
        return self.offsets([partition])[0]

    def offsets(self, partitions: Iterable[ScalarMap]) -> list[dict[str, Any] | None]:
        """The committed offsets of many source partitions at once, in the order asked."""
        committed = host().offsets([to_json(partition) for partition in partitions])
        try:
            return [None if text is None else from_json(text) for text in committed]
        except ValueError as error:
            raise FatalError(f"cannot read a committed offset: {error}") from None


class _TaskContext:
    def sleep(self, seconds: float) -> bool:
        """Sleeps, but not past a stop; True: the task is being stopped, return soon.

        In ``poll`` rather return ``Idle`` if there is nothing to do: then the worker waits and the task costs nothing.
        """
        return host().sleep(milliseconds(seconds))

    @property
    def stopping(self) -> bool:
        """Whether the task is being stopped."""
        return host().stopping()


class SourceConnectorContext(_ConnectorContext, _OffsetReader):
    """For a source connector (Java's ``SourceConnectorContext``)."""


class SinkConnectorContext(_ConnectorContext):
    """For a sink connector (Java's ``SinkConnectorContext``)."""


class SourceTaskContext(_TaskContext, _OffsetReader):
    """For a source task (Java's ``SourceTaskContext``)."""


class SinkTaskContext(_TaskContext):
    """For a sink task (Java's ``SinkTaskContext``)."""

    def assignment(self) -> list[TopicPartition]:
        """The partitions that the task has now."""
        return host().assignment()

    def rewind(self, offsets: Iterable[PartitionOffset]) -> None:
        """Reads on from these offsets instead (Java's ``offset``)."""
        host().rewind(list(offsets))

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        """No records of these partitions until ``resume``."""
        host().pause(list(partitions))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Records of these partitions again."""
        host().resume(list(partitions))

    def timeout(self, seconds: float) -> None:
        """How long the worker waits after the retriable error that this put is about to raise."""
        host().timeout(milliseconds(seconds))

    def request_commit(self) -> None:
        """Asks for ``pre_commit`` soon instead of at the next interval."""
        host().request_commit()

    def report_errant_record(self, partition: TopicPartition, offset: int, message: str) -> None:
        """Sends a record that was put, and is not committed yet, to the dead letter queue (KIP-610).

        Raises :class:`FatalError` if none is configured and errors are not tolerated.
        """
        host().report_errant_record(partition, offset, message)
