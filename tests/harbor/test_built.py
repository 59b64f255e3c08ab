"""What a build made is copied for the next trial: of its job, and of later jobs where a folder is named for that."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from codex_loop.harbor.sandbox import built

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox exists on Linux only")


def kept_for_another(states: Path) -> bool:
    """Whether what one job keeps is there for a job with folders of its own."""
    root, later, target = (states / name for name in ("root", "later", "target"))
    for folder in (root, later, target):
        folder.mkdir()
    (root / "made.txt").write_text("by a build")
    asyncio.run(built.keep(states, "a" * 64, root))
    taken = asyncio.run(built.take(later, "a" * 64, target))
    assert (target / "made.txt").exists() is taken
    return taken


def test_every_job_builds_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(built.BUILDS, raising=False)
    assert not kept_for_another(tmp_path)


def test_a_named_folder_keeps_what_was_built_for_later_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(built.BUILDS, str(tmp_path / "not there yet" / "builds"))
    assert kept_for_another(tmp_path)
