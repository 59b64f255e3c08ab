"""What one job of a gate has built is copied by its others, and goes with the gate, however that ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codex_loop.harbor.place import Harbor
from codex_loop.harbor.process import alone
from codex_loop.harbor.sandbox.built import BUILDS
from codex_loop.tasks.gate.workshop import Workshop, building_once

OPENS = """
import sys
from pathlib import Path
from tests.tasks.gate.test_workshop import workshop
from codex_loop.tasks.gate.workshop import building_once
with building_once(workshop(Path(sys.argv[1]))) as yard:
    print("built", flush=True)
    sys.stdin.read()
"""


def workshop(jobs_dir: Path) -> Workshop:
    return Workshop(Harbor(program=Path("harbor"), version="0.25.0", origin="path"), "bubblewrap", jobs_dir, 3, {})


@contextmanager
def another_gate(jobs_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A gate in a process of its own, which has built something."""
    command = [sys.executable, "-c", OPENS, str(jobs_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "built\n"
            (folder,) = builds(jobs_dir)
            (folder / "built-1").mkdir()
            (folder / "built-1").chmod(0o500)
            yield process
        finally:
            process.kill()


def builds(jobs_dir: Path) -> list[Path]:
    return [each for each in jobs_dir.glob(".builds-*") if each.is_dir()]


def test_nothing_is_left_when_a_gate_ends(tmp_path: Path) -> None:
    with building_once(workshop(tmp_path)) as yard:
        assert Path(yard.environ[BUILDS]).is_dir()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_gate_built_is_removed_by_the_next(tmp_path: Path) -> None:
    with another_gate(tmp_path) as process:
        process.kill()
        process.wait()
    assert len(builds(tmp_path)) == 1
    with building_once(workshop(tmp_path)) as yard:
        assert builds(tmp_path) == [Path(yard.environ[BUILDS])]
    assert list(tmp_path.iterdir()) == []


def test_a_gate_at_work_keeps_what_it_built(tmp_path: Path) -> None:
    with another_gate(tmp_path):
        (theirs,) = builds(tmp_path)
        with building_once(workshop(tmp_path)):
            assert len(builds(tmp_path)) == 2
        assert (theirs / "built-1").is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="locks do not go on to a child there")
def test_a_harbor_that_goes_on_alone_keeps_what_its_gate_built(tmp_path: Path) -> None:
    with another_gate(tmp_path) as process:
        process.kill()
        process.wait()
    (theirs,) = builds(tmp_path)
    with alone(tmp_path / ".gate-nop-1.lock", "gate-nop-1"), building_once(workshop(tmp_path)):
        assert theirs.is_dir()
    with building_once(workshop(tmp_path)):
        assert not theirs.exists()
