"""What docs/measure.md says is what is done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codex_loop.cli.app import COMMANDS, find
from codex_loop.measure.verdicts import EXITS
from codex_loop.stats import power

TEXT = (Path(__file__).parents[2] / "docs" / "measure.md").read_text(encoding="utf-8")


def test_every_verdict_stands_there_with_its_exit_code() -> None:
    told = {name: int(code) for name, code in re.findall(r"^\| `(\w+)` \| .* \| (\d) \|$", TEXT, re.MULTILINE)}
    assert told == {verdict: int(code) for verdict, code in EXITS.items()}


@pytest.mark.parametrize("row", re.findall(r"^\| (\d+) \| (\d+) \| (\w+) \|$", TEXT, re.MULTILINE))
def test_what_a_design_can_see_is_reckoned_like_that(row: tuple[str, str, str]) -> None:
    tasks, attempts = int(row[0]), int(row[1])
    seen = power.detectable(power.expected_error(tasks, attempts), tasks)
    assert row[2] == ("none" if seen is None else f"{seen * 100:.0f}")


def test_the_sizes_it_names_are_those_of_the_plan() -> None:
    assert f"{power.tasks_needed(0.1, 0.8, 4)} tasks at 4 attempts" in TEXT
    assert f"or {power.tasks_needed(0.1, 0.8, 8)} at 8" in TEXT


def test_every_command_line_of_it_is_a_command() -> None:
    lines = [line for block in re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
    words = [line.split("#")[0].split()[1:] for line in lines if line.startswith("codex-loop ")]
    assert words
    assert all(find(line, COMMANDS) is not None for line in words)
