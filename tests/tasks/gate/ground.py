"""Tasks as the gate meets them: a good one, and ways to spoil it."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from codex_loop.settings import load
from codex_loop.tasks.gate.check import Check
from codex_loop.tasks.gate.gate import Gated
from codex_loop.tasks.gate.workshop import Workshop, open_workshop
from tests.harbor.sample import BASE, BASE_TESTS, HIDDEN_TESTS, write_task

SPEC = "tests/spec.json"
HIDDEN = "tests/hidden/tests/test_backoff.py"
TURNS = "tests/test_backoff.py::test_retry_after"
STAYS = ("tests/test_backoff.py::test_cap", "tests/test_backoff.py::test_exponential")


def task(place: Path, *, limit: int = 60) -> Path:
    """A good one; another limit is another task with another solution."""
    return write_task(place, name=f"local/{place.name}", limit=limit)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new), "utf-8", newline="\n")


def hidden(place: Path, text: str) -> None:
    (place / HIDDEN).write_text(text, "utf-8", newline="\n")


def spec(place: Path, **facts: object) -> None:
    told = json.loads((place / SPEC).read_text("utf-8"))
    (place / SPEC).write_text(json.dumps(told | facts), "utf-8")


def told(place: Path) -> dict[str, object]:
    read: dict[str, object] = json.loads((place / SPEC).read_text("utf-8"))
    return read


def base(place: Path, files: Mapping[str, str | bytes], *, limit: int = 60) -> None:
    """Put these files into the base tree, beside or in place of its own."""
    own: dict[str, str | bytes] = {
        "backoff.py": BASE.format(limit=limit),
        "tests/test_backoff.py": BASE_TESTS.format(limit=limit),
    }
    with tarfile.open(place / "environment" / "repo.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        for name, text in sorted((own | dict(files)).items()):
            data = text if isinstance(text, bytes) else text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def hidden_text(limit: int = 60) -> str:
    return HIDDEN_TESTS.format(limit=limit)


def check(gated: Gated, name: str) -> Check:
    (found,) = [each for each in gated.checks if each.name == name]
    return found


def offline(place: Path, attempts: int = 3) -> Workshop:
    """A workshop without Harbor."""
    return Workshop(None, None, place / "jobs", attempts, {}, "not run: Harbor is not there")


def real(place: Path) -> Workshop:
    """The one of this machine. Without Harbor: skipped, in CI failed."""
    workshop = open_workshop(load({"data_dir": place / "data"}))
    if workshop.harbor is None:
        if os.environ.get("CI") == "true":
            raise AssertionError(workshop.lacking)
        pytest.skip(f"make tools: {workshop.lacking}")
    return workshop
