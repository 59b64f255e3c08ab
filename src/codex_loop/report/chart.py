"""A chart of lines over time as one SVG that needs nothing else: light and dark, readable at 600 pixels.

A gap in a line is something unknown. Marks are numbered on the chart and told below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from codex_loop.clock import DAY_MS, to_datetime
from codex_loop.report.page import escape

WIDTH = 720
LEFT, RIGHT, TOP, PLOT = 62, 168, 106, 230
LINES = 5
"""More lines than that nobody tells apart."""
MARKS = 8
_LINE = 17
_APART = 15
_STYLE = """
.chart{color-scheme:light dark;--ink:#1f2328;--soft:#656d76;--line:#d8dee4;--paper:#ffffff;
--c0:#0969da;--c1:#bc4c00;--c2:#1a7f37;--c3:#8250df;--c4:#9a6700}
@media(prefers-color-scheme:dark){.chart{--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--paper:#0d1117;
--c0:#58a6ff;--c1:#f0883e;--c2:#56d364;--c3:#bc8cff;--c4:#d29922}}
.chart text{font:13px system-ui,sans-serif;fill:var(--ink)}.chart .soft{fill:var(--soft)}
.chart .title{font-size:17px;font-weight:600}.chart .paper{fill:var(--paper)}
.chart .grid{stroke:var(--line)}.chart .mark{stroke:var(--soft);stroke-dasharray:3 3}
.chart .badge{fill:var(--paper);stroke:var(--soft)}.chart .number{font-size:11px;text-anchor:middle}
.chart .end{text-anchor:end}.chart .middle{text-anchor:middle}
.chart path,.chart .bar{fill:none;stroke-width:2}
""".replace("\n", "")


class Point(NamedTuple):
    """A value at an instant; None: unknown. `low` and `high` are where it may lie."""

    at_ms: int
    value: float | None
    low: float | None = None
    high: float | None = None
    told: str = ""


class Line(NamedTuple):
    """Values that belong together, in order of time."""

    name: str
    points: Sequence[Point]


class Mark(NamedTuple):
    """Something that happened at an instant."""

    at_ms: int
    told: str


class Chart(NamedTuple):
    """What is drawn."""

    title: str
    subtitle: str
    value: str
    """What the values are."""
    lines: Sequence[Line]
    marks: Sequence[Mark] = ()
    first_ms: int | None = None
    last_ms: int | None = None
    most: float | None = None
    """The end of the scale; None: by the values."""


def svg(chart: Chart) -> str:
    """The whole file."""
    return "\n".join(_svg(chart)) + "\n"


class _Frame(NamedTuple):
    """From instants and values to places on the page."""

    first_ms: int
    last_ms: int
    most: float
    shift_ms: int

    def x(self, at_ms: int) -> float:
        share = (at_ms - self.first_ms) / max(self.last_ms - self.first_ms, 1)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0), 1)

    def y(self, value: float) -> float:
        return round(TOP + PLOT * (1 - min(value, self.most) / self.most), 1)


def _svg(chart: Chart) -> Iterator[str]:
    lines, marks = chart.lines[:LINES], _gathered(chart.marks)
    frame = _frame(chart, lines)
    height = TOP + PLOT + 44 + _LINE * len(marks) + (10 if marks else 0)
    yield (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img" aria-label="{escape(chart.title)}">'
    )
    yield f"<title>{escape(chart.title)}</title><desc>{escape(chart.subtitle)}</desc><style>{_STYLE}</style>"
    yield f'<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>'
    yield f'<text class="title" x="16" y="28">{escape(chart.title)}</text>'
    yield f'<text class="soft" x="16" y="48">{escape(chart.subtitle)}</text>'
    yield f'<text class="soft" x="16" y="{TOP - 34}">{escape(chart.value)}</text>'
    yield from _axes(frame)
    yield from _marks(marks, frame)
    for nth, line in enumerate(lines):
        yield from _line(line, nth, frame)
    yield from _names(lines, frame)
    yield "</svg>"


def _frame(chart: Chart, lines: Sequence[Line]) -> _Frame:
    points = [point for line in lines for point in line.points]
    times = [point.at_ms for point in points] or [0]
    values = [each for point in points for each in (point.value, point.high) if each is not None]
    first = min(times) if chart.first_ms is None else chart.first_ms
    last = max(times) if chart.last_ms is None else chart.last_ms
    if last <= first:  # a single instant stands in the middle of a day
        first, last = first - DAY_MS // 2, first + DAY_MS // 2
    # Where days begin at midnight of some zone, the noon after it has that day's date in UTC too.
    shift = 0 if chart.first_ms is None else DAY_MS // 2
    return _Frame(first, last, chart.most or _steps(max(values, default=1.0) or 1.0)[-1], shift)


def _steps(most: float) -> list[float]:
    """Round numbers from 0 on, the last of which is not below `most`."""
    size = 1e-9
    while True:
        for factor in (1, 2, 2.5, 5):
            if factor * size * 5 >= most:
                count = 1
                while count * factor * size < most * (1 - 1e-9):
                    count += 1
                return [nth * factor * size for nth in range(count + 1)]
        size *= 10


def _axes(frame: _Frame) -> Iterator[str]:
    right = WIDTH - RIGHT
    for value in _steps(frame.most):
        y = frame.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y}" y2="{y}"/>'
        yield f'<text class="soft end" x="{LEFT - 8}" y="{y + 4}">{value:g}</text>'
    for at_ms, told in _days(frame):
        x = frame.x(at_ms)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP + PLOT}" y2="{TOP + PLOT + 5}"/>'
        yield f'<text class="soft middle" x="{x}" y="{TOP + PLOT + 20}">{told}</text>'


def _days(frame: _Frame) -> Iterator[tuple[int, str]]:
    """At most six dates, evenly apart."""
    days = max(round((frame.last_ms - frame.first_ms) / DAY_MS), 1)
    step = max(-(-days // 6), 1)
    step = -(-step // 7) * 7 if step > 3 else step
    form = "%Y-%m" if days > 400 else "%b %d"
    for day in range(0, days + 1, step):
        at_ms = frame.first_ms + day * DAY_MS
        if at_ms <= frame.last_ms:
            yield at_ms, f"{to_datetime(at_ms + frame.shift_ms):{form}}"


def _line(line: Line, nth: int, frame: _Frame) -> Iterator[str]:
    colour = f"var(--c{nth})"
    parts = " ".join(
        f"M{frame.x(one.at_ms)} {frame.y(one.value)}L{frame.x(two.at_ms)} {frame.y(two.value)}"
        for one, two in pairwise(line.points)
        if one.value is not None and two.value is not None
    )
    if parts:
        yield f'<path d="{parts}" stroke="{colour}"/>'
    for point in line.points:
        if point.value is None:
            continue
        x, y = frame.x(point.at_ms), frame.y(point.value)
        if point.low is not None and point.high is not None:
            low, high = frame.y(point.low), frame.y(point.high)
            yield f'<path d="M{x} {low}L{x} {high}M{x - 4} {low}h8M{x - 4} {high}h8" stroke="{colour}"/>'
        told = escape(f"{line.name}: {point.told or f'{point.value:g}'}")
        yield f'<circle cx="{x}" cy="{y}" r="3.5" style="fill:{colour}"><title>{told}</title></circle>'


def _names(lines: Sequence[Line], frame: _Frame) -> Iterator[str]:
    """Each line's name at its end, none over another."""
    ends = []
    for nth, line in enumerate(lines):
        known = [point.value for point in line.points if point.value is not None]
        ends.append((frame.y(known[-1]) if known else TOP + PLOT, nth, line.name))
    places = _apart([y for y, _, _ in sorted(ends)])
    for y, (_, nth, name) in zip(places, sorted(ends), strict=True):
        short = name if len(name) <= 22 else f"{name[:21]}…"
        x = WIDTH - RIGHT + 10
        yield f'<text x="{x}" y="{y + 4}" style="fill:var(--c{nth})">{escape(short)}</text>'


def _apart(wanted: Sequence[float]) -> list[float]:
    """Ascending places, moved down until each is a line's height from the one before, and up again from the bottom."""
    found: list[float] = []
    for y in wanted:
        found.append(max(y, found[-1] + _APART) if found else y)
    bottom = float(TOP + PLOT)
    for nth in range(len(found) - 1, -1, -1):
        found[nth] = round(min(found[nth], bottom), 1)
        bottom = found[nth] - _APART
    return found


def _gathered(marks: Sequence[Mark]) -> list[Mark]:
    """Marks of one day are one; of many the latest stay."""
    days: dict[int, list[Mark]] = {}
    for mark in sorted(marks):
        days.setdefault(mark.at_ms // DAY_MS, []).append(mark)
    found = [Mark(each[0].at_ms, "; ".join(dict.fromkeys(mark.told for mark in each))) for each in days.values()]
    earlier, shown = found[:-MARKS], found[-MARKS:]
    if earlier:
        shown[0] = shown[0]._replace(told=f"{shown[0].told} ({len(earlier)} days of changes before it are not drawn)")
    return shown


def _marks(marks: Sequence[Mark], frame: _Frame) -> Iterator[str]:
    for number, mark in enumerate(marks, start=1):
        x, y = frame.x(mark.at_ms), TOP + PLOT + 44 + _LINE * (number - 1)
        yield f'<line class="mark" x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{TOP + PLOT}"/>'
        yield f'<circle class="badge" cx="{x}" cy="{TOP - 16}" r="8"/>'
        yield f'<text class="number" x="{x}" y="{TOP - 12}">{number}</text>'
        day = f"{to_datetime(mark.at_ms):%b %d}"
        told = mark.told if len(mark.told) <= 84 else f"{mark.told[:83]}…"
        yield f'<text class="soft" x="16" y="{y}">{number}  {day}  {escape(told)}</text>'
