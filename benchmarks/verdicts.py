"""Measured lines: what, how much, against which budget, and whether it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

OK, MISS, NO_BUDGET, UNMEASURED = "ok", "MISS", "-", "not measured"


class Line(NamedTuple):
    """One row of the table. `budget` is the largest value that is still fine."""

    group: str
    what: str
    value: float | None
    unit: str
    budget: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.value is None:
            return UNMEASURED
        if self.budget is None:
            return NO_BUDGET
        return OK if self.value <= self.budget else MISS

    def as_json(self) -> dict[str, str | float | None]:
        return {**self._asdict(), "verdict": self.verdict}


def table(lines: Sequence[Line]) -> str:
    rows = [("", "what", "measured", "budget", "", "")]
    rows += [
        (
            line.group,
            line.what,
            _number(line.value, line.unit),
            _number(line.budget, line.unit),
            line.verdict,
            line.note,
        )
        for line in lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]).rstrip()
        for row in rows
    )


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f} {unit}".rstrip()


def document(lines: Sequence[Line]) -> str:
    return json.dumps({"schema": "codex-loop/bench/1", "lines": [line.as_json() for line in lines]}, indent=1)


def exit_code(lines: Sequence[Line]) -> int:
    """1 when a budget is missed, 4 when something could not be measured."""
    verdicts = {line.verdict for line in lines}
    if MISS in verdicts:
        return 1
    return 4 if UNMEASURED in verdicts else 0
