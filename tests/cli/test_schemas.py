"""What `--json` prints is promised in docs/schemas/, and the promise is what is printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.schemas import REPORTS, schema
from tests.cli.conftest import ROOT, Json
from tests.store.builder import Builder

PROJECT = Path(__file__).parents[2]
WORDS = {
    "doctor": ("doctor",),
    "home": (),
    "init": ("init",),
    "search": ("search", "login"),
    "sessions": ("sessions",),
    "show": ("show", ROOT),
    "status": ("status",),
    "usage-blocks": ("usage", "blocks"),
    "usage-daily": ("usage", "daily"),
    "usage-monthly": ("usage", "monthly"),
    "usage-reconcile": ("usage", "reconcile"),
    "usage-session": ("usage", "session"),
    "usage-weekly": ("usage", "weekly"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_the_checked_in_schema_is_that_of_the_report(name: str) -> None:
    assert (PROJECT / "docs" / "schemas" / f"{name}.json").read_bytes().replace(b"\r\n", b"\n") == schema(name)


def test_every_report_that_a_command_prints_has_a_schema() -> None:
    commands = (PROJECT / "src" / "codex_loop" / "cli").glob("*.py")
    printed = {
        name for file in commands for name in re.findall(r'schema="([a-z-]+)"', file.read_text(encoding="utf-8"))
    }
    assert printed == set(REPORTS)


@pytest.mark.parametrize("name", WORDS)
def test_a_report_has_the_promised_fields(name: str, store: Builder, story: int, told: Callable[..., Json]) -> None:
    promised = msgspec.json.decode(schema(name))
    answer = told(*WORDS[name])
    assert answer["schema"] == promised["properties"]["schema"]["const"]
    assert set(promised["required"]) <= set(answer) <= set(promised["properties"])
