"""A chart is one well-formed file, whatever it is told."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from codex_loop.report.chart import PLOT, TOP, WIDTH, Chart, Line, Mark, Point, drawing
from codex_loop.report.svg import svg

DAY = 86_400_000
values = st.one_of(st.none(), st.floats(0, 1e9, allow_nan=False))
points = st.lists(st.tuples(st.integers(0, 4_000_000_000_000), values), max_size=12)
NUMBER = re.compile(r"[ML](-?[\d.]+) (-?[\d.]+)")


def told(chart: Chart) -> str:
    return svg(drawing(chart))


def drawn(chart: Chart) -> ET.Element:
    return ET.fromstring(told(chart))


@given(st.lists(st.tuples(st.text(), points), max_size=7), st.lists(st.tuples(st.integers(0, 10**12), st.text())))
def test_it_is_well_formed_and_stays_on_its_page(
    lines: list[tuple[str, list[tuple[int, float | None]]]], marks: list[tuple[int, str]]
) -> None:
    named = [
        Line(name, [Point(at, value) for at, value in sorted(each, key=lambda one: one[0])]) for name, each in lines
    ]
    whole = drawn(Chart("t", "s", "v", named, [Mark(at, text) for at, text in marks]))
    places = [place for path in whole.iter() for place in NUMBER.findall(path.get("d") or "") if path.get("stroke")]
    assert all(0 <= float(x) <= WIDTH and TOP <= float(y) <= TOP + PLOT for x, y in places)
    assert all(0 <= float(each.get("cx") or 0) <= WIDTH for each in whole.iter())


def test_it_asks_for_nothing_and_runs_nothing() -> None:
    text = told(Chart("<script>x</script>", "&", "v", [Line('"><image href=x>', [Point(0, 1.0)])], [Mark(0, "<a>")]))
    assert "<script" not in text
    assert "<image" not in text
    assert "url(" not in text
    assert text.count("http") == 1  # the name of its language
    drawn(Chart("<", "&", '"', [], []))


def test_what_is_unknown_is_a_gap() -> None:
    whole = told(Chart("t", "s", "v", [Line("a", [Point(n * DAY, v) for n, v in enumerate((1, 2, None, 3, 4))])]))
    (path,) = re.findall(r'<path d="([^"]+)" stroke', whole)
    assert path.count("M") == 2
    assert whole.count("<circle") == 4


def test_names_at_the_ends_never_cover_each_other() -> None:
    lines = [Line(f"n{nth}", [Point(0, 1.0), Point(DAY, 0.0)]) for nth in range(5)]
    whole = told(Chart("t", "s", "v", lines))
    ends = sorted(float(y) for y in re.findall(r'y="([\d.]+)" style="fill:var\(--c\d\)">n\d', whole))
    assert len(ends) == 5
    assert all(two - one >= 15 for one, two in pairwise(ends))
    assert ends[-1] <= TOP + PLOT + 4


def test_many_changes_are_gathered_and_the_earliest_counted() -> None:
    marks = [Mark(nth * DAY, f"v{nth}") for nth in range(20)] + [Mark(19 * DAY, "other")]
    whole = told(Chart("t", "s", "v", [Line("a", [Point(0, 1.0), Point(20 * DAY, 1.0)])], marks))
    assert whole.count('class="badge"') == 8
    assert "other; v19" in whole
    assert "12 days of changes before it are not drawn" in whole
