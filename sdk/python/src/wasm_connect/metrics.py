"""Numbers for the worker's metrics (Java's ``PluginMetrics``). The worker adds connector and task to the labels."""

from __future__ import annotations

from ._host import host


def add(counter: str, delta: int = 1, /, **labels: str) -> None:
    """Counts on."""
    host().add(counter, list(labels.items()), delta)


def set(gauge: str, value: float, /, **labels: str) -> None:
    """What is now."""
    host().set(gauge, list(labels.items()), float(value))


def observe(histogram: str, value: float, /, **labels: str) -> None:
    """One of many measurements."""
    host().observe(histogram, list(labels.items()), float(value))
