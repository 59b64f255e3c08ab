"""What the page on Harbor says is what the code does."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import get_args

from codex_loop.harbor import place
from codex_loop.harbor.causes import THE_AGENTS_DOING, Cause
from codex_loop.harbor.sandbox import PYTEST, dockerfile
from codex_loop.harbor.sandbox.room import HOME, LOCAL, WORKSHOP

PAGE = (Path(__file__).parents[2] / "docs" / "harbor.md").read_text(encoding="utf-8")


def test_the_versions_are_the_pinned_ones() -> None:
    assert set(re.findall(r"\d+\.\d+\.\d+", PAGE)) == {place.VERSION, PYTEST}
    assert f"a {place.supported()}" in PAGE


def test_every_cause_is_there_and_says_whether_a_reward_counts() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (yes|no) \|$", PAGE, re.MULTILINE))
    assert set(rows) == {*get_args(Cause), "several_steps"}
    assert {name for name, counts in rows.items() if counts == "yes"} == THE_AGENTS_DOING


def test_the_places_of_the_sandbox_are_named() -> None:
    assert all(f"`{each}`" in PAGE for each in (HOME, LOCAL, WORKSHOP))


def test_the_instructions_that_are_done_and_passed_over_are_named() -> None:
    done = re.findall(r'"([A-Z]+)": self\._', inspect.getsource(dockerfile))
    passed_over = dockerfile._WITHOUT_EFFECT - {"MAINTAINER", "STOPSIGNAL"}
    assert [each for each in (*done, *passed_over) if f"`{each}`" not in PAGE] == []


def test_the_variables_that_a_person_may_set_are_named() -> None:
    assert all(each in PAGE for each in ("CODEX_LOOP_HARBOR_HOME", "CODEX_LOOP_HARBOR", "HARBOR_TELEMETRY=1"))
