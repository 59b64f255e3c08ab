"""`codex-loop report` in its four forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.width import width_of
from tests.cli.conftest import Json
from tests.clusters.told import about, put, signal
from tests.planted import PROBLEMS
from tests.store.builder import BORN_MS, Builder

HOSTILE = "\x1b[2J日本語 <script>alert(1)</script> | `x` \u202egnp.exe"


@pytest.fixture
def filled(store: Builder, told: Callable[..., Json]) -> Builder:
    put(store.database, [row for problem in PROBLEMS for row in about(problem, range(12), found_ms=BORN_MS)])
    put(store.database, [signal(1, HOSTILE, title=HOSTILE, cost_ms=600_000)])
    told("cluster")
    return store


def test_the_box_of_the_guide_stands_on_top_also_when_nothing_is_known(
    store: Builder, said: Callable[..., str]
) -> None:
    assert said("report").splitlines() == [
        "┌────────────────────────────────┐",
        "│ Analysis Summary               │",
        "├────────────────────────────────┤",
        "│ Sessions: 0 total, 0 processed │",
        "│ Signals: 0 friction, 0 delight │",
        "│ Clusters: 0                    │",
        "└────────────────────────────────┘",
    ]


def test_a_page_of_80_columns_tells_categories_and_costs(filled: Builder, said: Callable[..., str]) -> None:
    drawn = said("report")
    lines = drawn.splitlines()
    assert "│ Signals: 37 friction, 0 delight │" in lines
    assert "Friction Signals by Category" in lines
    assert "What cost most" in lines
    assert "10 min" in drawn
    assert max(map(width_of, lines)) <= 80
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn


@pytest.mark.parametrize(("form", "begins"), [("md", "# Analysis of"), ("html", "<!doctype html>")])
def test_a_form_is_printed_or_written_to_a_file_the_same(
    form: str, begins: str, filled: Builder, said: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / f"report.{form}"
    assert said("report", "--format", form, "--output", str(file)) == f"written to {file}\n"
    written = file.read_text(encoding="utf-8")
    assert written.startswith(begins)
    assert "<script" not in written.replace("\\<script", "")
    assert "\x1b" not in said("report", "--format", form)


def test_json_is_the_same_by_both_flags_and_in_a_file(
    filled: Builder, said: Callable[..., str], told: Callable[..., Json], tmp_path: Path
) -> None:
    answer = told("report")
    assert answer["schema"] == "codex-loop/report/1"
    assert answer["friction"] == 37
    assert '"schema"' in said("report", "--format", "json").splitlines()[0] + said("report", "--format", "json")
    file = tmp_path / "report.json"
    said("report", "--format", "json", "--output", str(file))
    assert '"codex-loop/report/1"' in file.read_text(encoding="utf-8")


def test_a_period_of_no_day_is_refused(store: Builder, refused: Callable[..., str]) -> None:
    assert "--days 0 is no period; give 1 or more" in refused("report", "--days", "0")


def test_a_file_that_cannot_be_written_is_named(store: Builder, refused: Callable[..., str], tmp_path: Path) -> None:
    assert "cannot be written" in refused("report", "--format", "md", "--output", str(tmp_path / "no" / "x.md"))


def test_what_a_problem_cost_is_told_whole_also_where_its_name_is_long(
    store: Builder, said: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = signal(1, "x", category="exec_failure_assertionerror_edit_of_a_long_name", cost_ms=21_000)
    put(store.database, [msgspec.structs.replace(row, cost_tokens=21_400)])
    lines = said("report").splitlines()
    name = lines.index("1. exec_failure_assertionerror_edit_of_a_long_name:")
    assert lines[name + 1] == "   1 signal in 1 session, severity 0.60, 21 s, 21k tokens"
    monkeypatch.setenv("COLUMNS", "40")
    narrow = said("report").splitlines()
    assert narrow[narrow.index("   1 signal in 1 session, severity 0.60,") + 1] == "   21 s, 21k tokens"


def test_rulers_around_a_heading_are_no_evidence(store: Builder, said: Callable[..., str]) -> None:
    put(store.database, [signal(1, f"pytest: {'_' * 20} ERROR collecting test_a.py {'_' * 30}")])
    for form in ("text", "md", "html"):
        drawn = said("report", "--format", form)
        assert "pytest: ERROR collecting test" in drawn
        assert "____" not in drawn
