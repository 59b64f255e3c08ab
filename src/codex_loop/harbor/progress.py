"""What long work says while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """How far the work is: `done` of `total`, and what was done last."""

    done: int
    total: int
    note: str = ""


Told = Callable[[Step], None]
"""Hears each step; it must not raise, except to interrupt."""


def silent(_: Step) -> None:
    """For work that nobody watches."""
