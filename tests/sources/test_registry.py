"""Sources are found by name: ours without a search, others through their entry points."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_loop.model.records import UserMessage
from codex_loop.sources import registry
from codex_loop.sources.base import Homes, Line
from codex_loop.sources.codex.exec import CodexExecs
from codex_loop.sources.trace.traces import RolloutTraces

SAMPLE = Path(__file__).parents[1] / "plugins" / "sample_source"


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on `sys.path` to install packages into."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("sample_source", None)


def declare(folder: Path, *lines: str, name: str = "sample") -> None:
    """What an installer leaves of a package's entry points."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    text = "\n".join(["[console_scripts]", "x = y:z", "", "[codex_loop.sources]", *lines, "", "[other]", "a = b:c"])
    (info / "entry_points.txt").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", registry.OURS)
def test_every_source_of_ours_loads_under_its_own_name(name: str) -> None:
    source = registry.by_name(name)
    assert source.name == name
    assert source.agent in ("codex", "claude", "sampler")
    assert source.version >= 1


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        registry.by_name("no-such-source")


def test_redaction_is_handed_to_the_source_that_reads_further_files() -> None:
    def redact(data: bytes) -> bytes:
        return data

    trace = registry.by_name("rollout-trace", redact)
    assert isinstance(trace, RolloutTraces)
    assert trace.redact is redact
    assert isinstance(registry.by_name("rollout-trace"), RolloutTraces)
    assert isinstance(registry.by_name("codex-exec", redact), CodexExecs)


@pytest.mark.slow
def test_an_installed_package_brings_a_source_that_reads_its_files(packages: Path, tmp_path: Path) -> None:
    package = tmp_path / "sample"
    shutil.copytree(SAMPLE, package)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "built")]
    subprocess.run(build, cwd=package, check=True, capture_output=True, timeout=120)
    (wheel,) = (tmp_path / "built").glob("*.whl")
    # What an installer does with a wheel; an environment made by `uv venv` has none to ask.
    zipfile.ZipFile(wheel).extractall(packages)
    assert "sample-notes" in registry.names()
    source = next(found for found in registry.all_sources() if found.name == "sample-notes")
    (tmp_path / "log.notes").write_bytes(b"NOTES 1\nuser: hello\nnonsense\n")
    (found,) = source.discover(Homes(extra=(tmp_path,)))
    out = source.decode(source.state(), str(found.path), [Line(0, b"NOTES 1"), Line(8, b"user: hello"), Line(20, b"?")])
    assert [(type(record), record.offset) for record in out.records] == [(UserMessage, 8)]
    assert [reject.offset for reject in out.rejects] == [20]
    assert registry.claim(found.path, b"NOTES 1\nuser: hello\n") == found


def test_a_declared_source_is_found_without_importing_it(packages: Path) -> None:
    declare(packages, "other-agent = other_package.source:Reads [extra]", "# a comment = x:y")
    assert registry.names()[-1] == "other-agent"
    assert registry.installed(tuple(sys.path))["other-agent"] == "other_package.source:Reads"
    assert "other_package" not in sys.modules


def test_a_broken_plug_in_is_named_and_costs_nobody_else_anything(packages: Path) -> None:
    declare(packages, "broken-one = no_such_module:X", "codex-exec = no_such_module:Y")
    assert {found.name for found in registry.all_sources()} == set(registry.OURS)
    reasons = {found.name: found.reason for found in registry.broken()}
    assert "no_such_module" in reasons["broken-one"]
    assert "belongs to codex-loop" in reasons["codex-exec"]


def test_claim_asks_by_content_and_refuses_what_nobody_knows(tmp_path: Path) -> None:
    head = b'{"type":"thread.started","thread_id":"T"}\n'
    found = registry.claim(tmp_path / "run.log", head)
    assert found is not None
    assert found.source == "codex-exec"
    assert registry.claim(tmp_path / "notes.txt", b"hello\n") is None


def test_naming_the_sources_imports_neither_them_nor_the_slow_reader_of_entry_points() -> None:
    code = (
        "import sys; from codex_loop.sources import registry; registry.names();"
        "print(sorted(set(sys.modules) & {'importlib.metadata', 'email', 'codex_loop.sources.codex.exec'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
