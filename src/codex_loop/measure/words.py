"""Shares in words: `81 %`, `12 points`, `3 tasks`."""

from __future__ import annotations

from codex_loop.model.text import counted


def percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def points(difference: float) -> str:
    """The size of a difference of shares; a share that is no whole percent keeps a digit."""
    size = abs(difference) * 100
    digits = 0 if abs(size - round(size)) < 0.05 or size >= 10 else 1
    return f"{size:.{digits}f} point{'' if f'{size:.{digits}f}' == '1' else 's'}"


def task_count(count: int) -> str:
    return counted(count, "task")


def several(names: tuple[str, ...] | list[str]) -> str:
    """The first three, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
