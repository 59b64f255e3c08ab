"""The one place that writes to stdout: what enters is a report, what leaves is its table or its JSON.

A command calls `show(report, draw, schema=..., as_json=...)`; both forms come from the same Struct. Text of agents and
users passes through `clean` before it reaches a terminal. An unknown value is drawn as a dash, never as 0.
"""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import NamedTuple, TypeVar

import msgspec

from codex_loop.cli.width import clean, cut, pad, width_of
from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, to_datetime
from codex_loop.errors import UsageError

UNKNOWN = "–"
THIN_SPACE = "\u202f"
NARROWEST = 40
PIPE_WIDTH = 80

Report = TypeVar("Report", bound=msgspec.Struct)
Cell = str | int | float | None


def show(report: Report, draw: Callable[[Report], Iterable[str]], *, schema: str, as_json: bool) -> None:
    """Write the report: its lines for a person, or one JSON object that names its schema first."""
    if as_json:
        sys.stdout.write(to_json(report, schema) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in draw(report)))


def to_json(report: msgspec.Struct, schema: str) -> str:
    """`{"schema": "codex-loop/<schema>/1", ...}` with the report's own fields after it."""
    head = f'{{"schema":"codex-loop/{schema}/1"'.encode()
    body = msgspec.json.encode(report)
    whole = head + (b"}" if body == b"{}" else b"," + body[1:])
    return (msgspec.json.format(whole, indent=2) if _is_terminal() else whole).decode()


class Column(NamedTuple):
    """A column's title, its side, and whether it gives way when the table is wider than the page."""

    title: str
    right: bool = False
    shrinks: bool = False


def table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, width: int | None = None) -> list[str]:
    """Aligned lines with a header, no wider than the page as far as the shrinking columns allow."""
    grid = [[_cell(value) for value in row] for row in rows]
    titles = [column.title for column in columns]
    widths = [max(map(width_of, column)) for column in zip(titles, *grid, strict=True)]
    _shrink(widths, columns, (width or page_width()) - 2 * (len(columns) - 1))
    lines = [_line(row, columns, widths) for row in [titles, *grid]]
    return [style(lines[0], "bold"), *lines[1:]]


def noted(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], notes: Sequence[str]) -> list[str]:
    """A table in which each row has a line of its own below it, for what a column would cut off."""
    header, *lines = table(columns, rows)
    indent = max(width_of(_cell(value)) for value in [columns[0].title, *(row[0] for row in rows)]) + 2
    room = page_width() - indent
    below = [style(" " * indent + cut(clean(note), room), "dim") for note in notes]
    return [header, *(line for pair in zip(lines, below, strict=True) for line in pair)]


def fields(pairs: Iterable[tuple[str, Cell]], *, width: int | None = None) -> list[str]:
    """One `name   value` line per pair, values aligned."""
    cells = [(name, _cell(value)) for name, value in pairs]
    indent = max((width_of(name) for name, _ in cells), default=0) + 2
    return [pad(name, indent) + cut(value, (width or page_width()) - indent) for name, value in cells]


def number(value: float | None, *, digits: int = 0) -> str:
    """`1 234 567` with narrow spaces; a dash for an unknown value."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}".replace(",", THIN_SPACE)


def counted(count: int | None, noun: str, plural: str = "") -> str:
    """`1 turn`, `14 turns`, `– turns`."""
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


def at_most(limit: int | None, screen: int, *, json: bool) -> int | None:
    """How many to show: as many as somebody said (0 means all), else what fits a screen, or everything in JSON."""
    if limit is not None and limit < 0:
        raise UsageError(f"--limit {limit} is below zero; 0 means all")
    return limit or None if json or limit is not None else screen


def size(count: int | None) -> str:
    """Bytes as a person says them: `1.4 GB`."""
    if count is None:
        return UNKNOWN
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if units[0] == "B" or value >= 99.5 else f"{value:.1f} {units[0]}"


def duration(length_ms: float | None) -> str:
    """`850 ms`, `12.4 s`, `3 m 05 s`, `2 h 07 m`, `4 d 02 h`."""
    if length_ms is None:
        return UNKNOWN
    if length_ms < 999.5:
        return f"{length_ms:.0f} ms"
    if length_ms < 59_950:
        return f"{length_ms / SECOND_MS:.1f} s"
    whole = round(length_ms / SECOND_MS) * SECOND_MS
    for unit_ms, unit, part_ms, part in (
        (DAY_MS, "d", HOUR_MS, "h"),
        (HOUR_MS, "h", MINUTE_MS, "m"),
        (MINUTE_MS, "m", SECOND_MS, "s"),
    ):
        if whole >= unit_ms:
            return f"{whole // unit_ms} {unit} {whole % unit_ms // part_ms:02d} {part}"
    raise AssertionError(length_ms)


def instant(at_ms: int | None, *, zone: tzinfo | None = None) -> str:
    """`2026-11-21 09:06` in the zone, by default this machine's."""
    if at_ms is None:
        return UNKNOWN
    try:
        return f"{to_datetime(at_ms).astimezone(zone):%Y-%m-%d %H:%M}"
    except (OverflowError, OSError, ValueError):  # a foreign file may claim any year
        return UNKNOWN


def style(text: str, kind: str) -> str:
    """The text in bold, dim, red, green or yellow on a terminal that wants colour; as it is elsewhere."""
    codes = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33}
    return f"\033[{codes[kind]}m{text}\033[0m" if _wants_colour() else text


def page_width() -> int:
    """Columns of the terminal; 80 where there is none."""
    if os.environ.get("COLUMNS", "").isdigit():
        return max(int(os.environ["COLUMNS"]), NARROWEST)
    try:
        return max(os.get_terminal_size(sys.stdout.fileno()).columns, NARROWEST)
    except (OSError, ValueError):  # not a terminal, or a stream without a file
        return PIPE_WIDTH


def _cell(value: Cell) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return clean(value)
    return number(value, digits=0 if isinstance(value, int) else 1)


def _shrink(widths: list[int], columns: Sequence[Column], room: int) -> None:
    while sum(widths) > room:
        candidates = [
            index
            for index, column in enumerate(columns)
            if column.shrinks and widths[index] > max(width_of(column.title), 3)
        ]
        if not candidates:
            return
        widest = max(candidates, key=widths.__getitem__)
        widths[widest] -= 1


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    padded = [
        pad(cut(cell, width), width, right=column.right)
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _wants_colour() -> bool:
    return _is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _is_terminal() -> bool:
    return sys.stdout.isatty()
