"""Tables, numbers and JSON as a person or a script gets them."""

import json
from collections.abc import Iterator
from datetime import UTC, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.cli import render
from codex_loop.cli.render import Column, duration, fields, instant, noted, number, show, size, table, to_json
from codex_loop.cli.width import width_of


class Report(msgspec.Struct, frozen=True):
    """A report with one unknown value."""

    name: str
    tokens: int | None = None


class Empty(msgspec.Struct, frozen=True):
    """A report without fields."""


def draw(report: Report) -> Iterator[str]:
    yield f"{report.name}: {number(report.tokens)}"


@pytest.fixture(autouse=True)
def _page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_the_table_and_the_json_come_from_the_same_report(capsys: pytest.CaptureFixture[str]) -> None:
    show(Report("a"), draw, schema="thing", as_json=False)
    show(Report("a"), draw, schema="thing", as_json=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["a: –", '{"schema":"codex-loop/thing/1","name":"a","tokens":null}']


def test_a_report_without_fields_is_still_an_object() -> None:
    assert json.loads(to_json(Empty(), "empty")) == {"schema": "codex-loop/empty/1"}


@given(name=st.text(st.characters(exclude_categories=["Cs"])), tokens=st.none() | st.integers(-(2**63), 2**63 - 1))
def test_the_json_keeps_every_value_and_names_its_schema_first(name: str, tokens: int | None) -> None:
    read = json.loads(to_json(Report(name, tokens), "thing"))
    assert list(read) == ["schema", "name", "tokens"]
    assert (read["name"], read["tokens"]) == (name, tokens)


def test_a_terminal_gets_indented_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "_is_terminal", lambda: True)
    assert to_json(Report("a"), "thing").splitlines()[1] == '  "schema": "codex-loop/thing/1",'


def test_columns_are_aligned_and_unknown_is_a_dash() -> None:
    lines = table([Column("name"), Column("tokens", right=True)], [("日本", 1234567), ("b", None), ("c", 2.5)])
    assert lines == [
        "name     tokens",
        "日本  1\u202f234\u202f567",
        "b             –",
        "c           2.5",
    ]


def test_a_table_without_rows_is_its_header() -> None:
    assert table([Column("name"), Column("tokens")], []) == ["name  tokens"]


@given(
    rows=st.lists(st.tuples(st.text(max_size=200), st.text(max_size=200), st.integers()), max_size=8),
    width=st.integers(60, 120),
)
def test_a_table_never_leaves_the_page(rows: list[tuple[str, str, int]], width: int) -> None:
    columns = [Column("text", shrinks=True), Column("more", shrinks=True), Column("n", right=True)]
    narrow = [(text, more, n % 10**12) for text, more, n in rows]
    assert all(width_of(line) <= width for line in table(columns, narrow, width=width))


def test_only_shrinking_columns_give_way() -> None:
    columns = [Column("id"), Column("prompt", shrinks=True)]
    assert table(columns, [("0123456789", "x" * 50)], width=30)[1] == f"0123456789  {'x' * 17}…"


def test_a_header_is_bold_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert table([Column("a")], []) == ["a"]
    monkeypatch.setattr(render, "_is_terminal", lambda: True)
    assert table([Column("a")], []) == ["\033[1ma\033[0m"]
    monkeypatch.setenv("NO_COLOR", "1")
    assert table([Column("a")], []) == ["a"]


def test_fields_align_their_values() -> None:
    assert fields([("store", "a.db"), ("sessions", 3), ("last", None)]) == [
        "store     a.db",
        "sessions  3",
        "last      –",
    ]


def test_the_page_is_as_wide_as_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render.page_width() == 80
    monkeypatch.setenv("COLUMNS", "132")
    assert render.page_width() == 132
    monkeypatch.setenv("COLUMNS", "7")
    assert render.page_width() == render.NARROWEST


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (0, "0"), (999, "999"), (1000, "1\u202f000"), (-1234567, "-1\u202f234\u202f567")],
)
def test_numbers_are_grouped_and_unknown_is_never_zero(value: int | None, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(None, "–"), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_440_000_000, "1.4 GB"), (999_949, "1.0 MB")],
)
def test_sizes_have_a_unit(count: int | None, said: str) -> None:
    assert size(count) == said


@pytest.mark.parametrize(
    ("length_ms", "said"),
    [
        (None, "–"),
        (0, "0 ms"),
        (850.4, "850 ms"),
        (12_400, "12.4 s"),
        (59_970, "1 m 00 s"),
        (185_000, "3 m 05 s"),
        (7_620_000, "2 h 07 m"),
        (352_800_000, "4 d 02 h"),
    ],
)
def test_durations_name_their_units(length_ms: float | None, said: str) -> None:
    assert duration(length_ms) == said


@given(st.floats(0, 1e15))
def test_every_duration_can_be_said(length_ms: float) -> None:
    assert duration(length_ms)


@pytest.mark.parametrize(
    ("at_ms", "said"), [(None, "–"), (0, "1970-01-01 00:00"), (1_795_252_002_123, "2026-11-21 09:06"), (10**18, "–")]
)
def test_instants_are_shown_in_a_zone(at_ms: int | None, said: str) -> None:
    assert instant(at_ms, zone=UTC) == said


def test_another_zone_shifts_the_hour() -> None:
    assert instant(0, zone=timezone(timedelta(hours=2))) == "1970-01-01 02:00"


def test_a_note_stands_below_its_row_behind_the_first_column_and_fits_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    drawn = noted((Column("id"), Column("n", right=True)), [("a", 1), ("long", None)], ["what it was", "日本" * 30])
    assert drawn[1:3] == ["a     1", "      what it was"]
    assert drawn[3].split() == ["long", "–"]
    assert width_of(drawn[4]) <= 40
    assert noted((Column("id"),), [], []) == ["id"]
