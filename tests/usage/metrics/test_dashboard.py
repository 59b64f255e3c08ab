"""The dashboard and the rules speak of what is told, and of nothing else."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from codex_loop.clock import now_ms
from codex_loop.settings import load
from codex_loop.store.engine import open_for_writing
from codex_loop.usage.metrics.scrape import scrape
from codex_loop.usage.metrics.tokens import TokenSums
from codex_loop.usage.sampler import state as sampler_state
from codex_loop.usage.sampler.state import SamplerState

SHIPPED = files("codex_loop.usage.monitoring")
NAME = re.compile(r"\b(?:codexloop|cctrack|codex|claude)_[a-z0-9_]+(?=[\s{)\[]|$)", re.MULTILINE)

PROJECT = Path(__file__).parents[3]
Json = dict[str, Any]


@pytest.fixture
def told(tmp_path: Path) -> set[str]:
    """Every name that a page can have."""
    settings = load({"data_dir": tmp_path}, environ={}, config=tmp_path / "none.toml")
    settings.samples_dir.mkdir()
    sampler_state.save(settings.samples_dir, SamplerState())
    open_for_writing(settings.db).close()
    return {family.name for family in scrape(settings, settings.samples_dir, now_ms(), TokenSums()).families}


def board() -> Json:
    found: Json = json.loads((SHIPPED / "dashboard.json").read_text(encoding="utf-8"))
    return found


def expressions(panel: Json) -> list[str]:
    return [target["expr"] for target in panel["targets"]]


def test_every_name_on_the_dashboard_is_told(told: set[str]) -> None:
    used = {name for panel in board()["panels"] for expr in expressions(panel) for name in NAME.findall(expr)}
    assert used
    assert used <= told


def test_every_name_in_the_rules_is_told(told: set[str]) -> None:
    rules = (SHIPPED / "alerts.yml").read_text(encoding="utf-8")
    used = {name for line in rules.splitlines() if "codexloop_" in line for name in NAME.findall(line)}
    assert used
    assert used <= told


def test_the_documentation_names_everything_that_is_told_and_nothing_else(told: set[str]) -> None:
    page = (PROJECT / "docs" / "metrics.md").read_text(encoding="utf-8")
    tables = "\n".join(line for line in page.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`((?:codexloop|cctrack|codex|claude)_[a-z_]+)`", tables)) == told
    rules = (SHIPPED / "alerts.yml").read_text(encoding="utf-8")
    assert re.findall(r"^\| (CodexLoop\w+) ", page, re.MULTILINE) == re.findall(r"alert: (\w+)", rules)


def test_every_family_says_what_it_means_and_is_named_as_prometheus_wants(told: set[str]) -> None:
    assert {"codex_usage_ratio", "claude_reset_seconds", "cctrack_sampler_captures_total"} <= told
    units = ("_ratio", "_seconds", "_total", "_info", "_up", "_enabled")
    assert all(name.endswith(units) for name in told)


def test_the_five_dials_come_first_each_with_its_age_and_its_reset() -> None:
    panels = board()["panels"]
    names = ["C5", "CW", "S", "W", "O"]
    assert [panel["title"] for panel in panels[:5]] == names
    assert {panel["type"] for panel in panels[:5]} == {"gauge"}
    titles = {panel["title"] for panel in panels}
    assert {f"{name} told" for name in names} | {f"{name} resets in" for name in names} <= titles


def test_what_is_used_and_what_is_left_stand_side_by_side() -> None:
    used, left = (panel for panel in board()["panels"] if panel["title"] in ("Limits used", "Limits left"))
    assert used["gridPos"]["y"] == left["gridPos"]["y"]
    assert expressions(used)[0] in expressions(left)[0]


def test_what_is_not_known_is_shown_as_not_known() -> None:
    assert {panel["fieldConfig"]["defaults"]["noValue"] for panel in board()["panels"]} == {"N/A"}


def test_it_asks_the_data_source_that_was_chosen() -> None:
    found = board()
    assert found["title"]
    assert (
        found["templating"]["list"][0] | {"name": "datasource", "type": "datasource", "query": "prometheus"}
        == (found["templating"]["list"][0])
    )
    sources = [place["datasource"] for panel in found["panels"] for place in (panel, *panel["targets"])]
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)


def test_no_panel_covers_another() -> None:
    places = [panel["gridPos"] for panel in board()["panels"]]
    assert len({panel["id"] for panel in board()["panels"]}) == len(places)
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        )  # fmt: skip
        assert apart, (one, other)
    assert all(place["x"] + place["w"] <= 24 for place in places)
