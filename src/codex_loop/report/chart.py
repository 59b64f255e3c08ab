"""A chart of lines over time: what is drawn where, readable at 600 pixels. `svg.py` and `png.py` make a file of it.

A gap in a line is something unknown. Marks are numbered on the chart and told below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from codex_loop.clock import DAY_MS, to_datetime

WIDTH = 720
LEFT, RIGHT, TOP, PLOT = 62, 168, 106, 230
LINES = 5
"""More lines than that nobody tells apart."""
MARKS = 8
_LINE = 17
_APART = 15
Place = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


class Stroke(NamedTuple):
    """Lines from place to place; between pieces is nothing. `kind` is grid, mark, or the colour of a line: c0 to c4."""

    kind: str
    pieces: Sequence[Sequence[Place]]


class Dot(NamedTuple):
    """`kind` is badge, or the colour of a line."""

    kind: str
    at: Place
    radius: float
    told: str = ""


class Words(NamedTuple):
    """Text that ends, begins or has its middle there. `kind` is title, soft, number, or the colour of a line."""

    kind: str
    at: Place
    text: str
    anchor: Anchor = "start"


Shape = Stroke | Dot | Words


class Drawing(NamedTuple):
    """A chart, laid out."""

    title: str
    subtitle: str
    height: int
    shapes: Sequence[Shape]


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


def drawing(chart: Chart) -> Drawing:
    lines, marks = chart.lines[:LINES], _gathered(chart.marks)
    frame = _frame(chart, lines)
    shapes: list[Shape] = [
        Words("title", (16, 28), chart.title),
        Words("soft", (16, 48), chart.subtitle),
        Words("soft", (16, TOP - 34), chart.value),
        *_axes(frame),
        *_marks(marks, frame),
    ]
    for nth, line in enumerate(lines):
        shapes += _line(line, nth, frame)
    shapes += _names(lines, frame)
    height = TOP + PLOT + 44 + _LINE * len(marks) + (10 if marks else 0)
    return Drawing(chart.title, chart.subtitle, height, shapes)


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


def _axes(frame: _Frame) -> Iterator[Shape]:
    right = float(WIDTH - RIGHT)
    for value in _steps(frame.most):
        y = frame.y(value)
        yield Stroke("grid", [[(LEFT, y), (right, y)]])
        yield Words("soft", (LEFT - 8, y + 4), f"{value:g}", "end")
    for at_ms, told in _days(frame):
        x = frame.x(at_ms)
        yield Stroke("grid", [[(x, TOP + PLOT), (x, TOP + PLOT + 5)]])
        yield Words("soft", (x, TOP + PLOT + 20), told, "middle")


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


def _line(line: Line, nth: int, frame: _Frame) -> Iterator[Shape]:
    colour = f"c{nth}"
    pieces = [
        [(frame.x(one.at_ms), frame.y(one.value)), (frame.x(two.at_ms), frame.y(two.value))]
        for one, two in pairwise(line.points)
        if one.value is not None and two.value is not None
    ]
    if pieces:
        yield Stroke(colour, pieces)
    for point in line.points:
        if point.value is None:
            continue
        x, y = frame.x(point.at_ms), frame.y(point.value)
        if point.low is not None and point.high is not None:
            low, high = frame.y(point.low), frame.y(point.high)
            ends = [[(x - 4, end), (x + 4, end)] for end in (low, high)]
            yield Stroke(colour, [[(x, low), (x, high)], *ends])
        yield Dot(colour, (x, y), 3.5, f"{line.name}: {point.told or f'{point.value:g}'}")


def _names(lines: Sequence[Line], frame: _Frame) -> Iterator[Shape]:
    """Each line's name at its end, none over another."""
    ends = []
    for nth, line in enumerate(lines):
        known = [point.value for point in line.points if point.value is not None]
        ends.append((frame.y(known[-1]) if known else TOP + PLOT, nth, line.name))
    places = _apart([y for y, _, _ in sorted(ends)])
    for y, (_, nth, name) in zip(places, sorted(ends), strict=True):
        short = name if len(name) <= 22 else f"{name[:21]}…"
        yield Words(f"c{nth}", (WIDTH - RIGHT + 10, y + 4), short)


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


def _marks(marks: Sequence[Mark], frame: _Frame) -> Iterator[Shape]:
    for number, mark in enumerate(marks, start=1):
        x, y = frame.x(mark.at_ms), TOP + PLOT + 44 + _LINE * (number - 1)
        yield Stroke("mark", [[(x, TOP - 8), (x, TOP + PLOT)]])
        yield Dot("badge", (x, TOP - 16), 8)
        yield Words("number", (x, TOP - 12), str(number), "middle")
        day = f"{to_datetime(mark.at_ms):%b %d}"
        told = mark.told if len(mark.told) <= 84 else f"{mark.told[:83]}…"
        yield Words("soft", (16, y), f"{number}  {day}  {told}")
