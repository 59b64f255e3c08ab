"""ChromaDB is there whole or not at all, and pinned by hashes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tools import chroma
from tools.catalog import MARKER, MissingToolError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEX_LOOP_TOOLS", str(tmp_path))
    return tmp_path / f"chromadb-{chroma.VERSION}-py{sys.version_info.major}{sys.version_info.minor}"


def test_what_is_absent_or_half_installed_names_the_command(folder: Path) -> None:
    with pytest.raises(MissingToolError, match="is not installed; run `make tools`"):
        chroma.packages()
    (folder / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    with pytest.raises(MissingToolError, match="run `make tools`"):
        chroma.server()


def test_what_is_there_is_not_installed_again(folder: Path) -> None:
    folder.mkdir()
    (folder / MARKER).write_text("{}\n", encoding="utf-8")
    assert chroma.ensure() == f"ChromaDB {chroma.VERSION}: already there"


def test_an_installation_that_fails_leaves_no_marker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma, "PINS", folder / "nowhere.txt")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(MissingToolError, match="could not be installed"):
        chroma.ensure()
    assert not (folder / MARKER).exists()


def test_every_pin_carries_hashes_and_the_version_is_the_tested_one() -> None:
    text = chroma.PINS.read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][\w.-]*==.*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(pins) > 50
    assert all("--hash=sha256:" in pin for pin in pins)
    assert f"chromadb=={chroma.VERSION}" in text
    assert "://" not in text
