"""What a look at a task found, one thing at a time, and what follows for the task."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

Outcome = Literal["passed", "failed", "warned", "skipped"]
State = Literal["draft", "validated", "quarantined", "unverified"]
Seen = bool | int | float | str | None | list[str]

MOST_NAMED = 10


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. `detail` is a sentence for a person, `seen` the evidence behind it."""

    name: str
    outcome: Outcome
    detail: str
    seen: dict[str, Seen] = {}


def passed(name: str, detail: str, **seen: Seen) -> Check:
    return Check(name, "passed", detail, seen)


def failed(name: str, detail: str, **seen: Seen) -> Check:
    return Check(name, "failed", detail, seen)


def warned(name: str, detail: str, **seen: Seen) -> Check:
    return Check(name, "warned", detail, seen)


def skipped(name: str, detail: str, **seen: Seen) -> Check:
    return Check(name, "skipped", detail, seen)


def some(items: Iterable[str]) -> list[str]:
    """The first few, sorted, and how many more there are: evidence stays readable."""
    every = sorted(items)
    return every if len(every) <= MOST_NAMED else [*every[:MOST_NAMED], f"and {len(every) - MOST_NAMED} more"]


def joined(items: Iterable[str]) -> str:
    """The first three in words."""
    every = sorted(items)
    rest = f" and {len(every) - 3} more" if len(every) > 3 else ""
    return f"{', '.join(every[:3])}{rest}"
