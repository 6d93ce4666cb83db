"""Splitting work among tasks (Java's ``ConnectorUtils``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def group_partitions(elements: Sequence[T], groups: int) -> list[list[T]]:
    """Splits ``elements`` into ``groups`` runs in their order, as even as possible, the longer runs first
    (``ConnectorUtils.groupPartitions``).

    With more groups than elements the last groups are empty; without groups the answer is.
    """
    if groups <= 0:
        return []
    each, left = divmod(len(elements), groups)
    runs, start = [], 0
    for group in range(groups):
        end = start + each + (group < left)
        runs.append(list(elements[start:end]))
        start = end
    return runs
