"""The install key: one for everybody who asks, and for nobody else."""

from __future__ import annotations

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from codex_loop.errors import Degraded
from codex_loop.redaction import load_key

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


def test_the_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "redaction.key"
    assert load_key(path) == load_key(path)
    assert len(load_key(path)) == 32
    assert [file.name for file in path.parent.iterdir()] == ["redaction.key"]


@posix
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "redaction.key"
    load_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix
def test_permissions_that_are_too_wide_are_narrowed(tmp_path: Path) -> None:
    path = tmp_path / "redaction.key"
    key = load_key(path)
    path.chmod(0o644)
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix
def test_permissions_that_cannot_be_narrowed_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "redaction.key"
    load_key(path)
    path.chmod(0o644)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(Degraded, match="chmod 600"):
        load_key(path)


def test_creators_at_the_same_time_get_the_same_key(tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / f"{number}.key"
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(load_key, [path] * 16))) == 1


def test_creation_works_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert load_key(tmp_path / "a.key") == load_key(tmp_path / "a.key")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "redaction.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Degraded, match="not a redaction key"):
        load_key(path)
