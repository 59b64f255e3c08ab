"""The page on distilling names what there is: every kind of check, every basis, commands that can be typed."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path
from typing import get_args

from codex_loop.cli import app
from codex_loop.tasks.distill.verifiers import Kind

PAGE = (Path(__file__).parents[3] / "docs" / "distill.md").read_text(encoding="utf-8")


def test_every_kind_of_check_has_its_row() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == {"verifier_kind", *get_args(Kind)}


def test_commands_of_the_page_can_be_typed() -> None:
    lines = [line for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    assert lines
    for line in lines:
        found = app.find(shlex.split(line)[1:], app.COMMANDS)
        assert found is not None, line
        known = {f"--{name.replace('_', '-')}" for name in inspect.signature(app.load(found.command)).parameters}
        assert {word for word in found.rest if word.startswith("--")} <= known


def test_every_flag_the_page_names_is_one_of_the_commands() -> None:
    known = {
        f"--{name.replace('_', '-')}"
        for command in ("distill", "trace distill")
        for name in inspect.signature(app.load(app.COMMANDS[command])).parameters
    }
    assert set(re.findall(r"`(--[a-z-]+)`", PAGE)) <= known
