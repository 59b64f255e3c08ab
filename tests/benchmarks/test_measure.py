"""The measuring itself: a whole process with its children, and verdicts that can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import measure
from benchmarks.measure import Command, CommandFailedError, paired
from benchmarks.verdicts import Line, exit_code, table

ROOT = Path(__file__).parents[2]
BURN = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
HOLD = "import time; block = bytearray(80_000_000); time.sleep(0.3)"


def python(code: str) -> Command:
    return Command((sys.executable, "-c", code))


@pytest.mark.skipif(sys.platform == "win32", reason="no wait4 there")
def test_cpu_of_children_is_counted() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}], check=True)"
    spent = python(child).measured().cpu_s
    assert spent is not None
    assert spent >= 0.2


@pytest.mark.skipif(sys.platform == "win32", reason="no wait4 there")
def test_largest_process_is_known() -> None:
    largest = python(HOLD).measured().largest_mb
    assert largest is not None
    assert largest >= 80


@pytest.mark.skipif(sys.platform != "linux", reason="the sum over a tree is read from /proc")
def test_memory_of_all_processes_is_added_up() -> None:
    """Measured by a small process: a child is said to have been as large as its parent was when it began."""
    two = f"import subprocess, sys; block = bytearray(80_000_000); subprocess.run([sys.executable, '-c', {HOLD!r}])"
    measuring = (
        "import sys; from benchmarks.measure import Command;"
        f" cost = Command((sys.executable, '-c', {two!r})).measured(); print(cost.tree_mb, cost.largest_mb)"
    )
    said = subprocess.run(
        [sys.executable, "-c", measuring], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    tree_mb, largest_mb = map(float, said.split())
    assert tree_mb >= 160 > largest_mb


def test_a_command_that_fails_has_no_time() -> None:
    with pytest.raises(CommandFailedError, match="ended with 3: no such home"):
        python("import sys; print('no such home', file=sys.stderr); sys.exit(3)").measured()


def test_pairs_run_in_turns_after_a_warm_up_and_prepare_each_run() -> None:
    seen: list[str] = []

    def noting(name: str) -> Command:
        return Command((sys.executable, "-c", "pass"), None, lambda: seen.append(name))

    pairs = paired(noting("a"), noting("b"), rounds=2)
    assert seen == ["a", "b"] * 3
    assert len(pairs.ours) == len(pairs.theirs) == 2
    assert pairs.ratio(lambda _: 2.0) == 1.0
    assert pairs.ratio(measure.wall) > 0


@pytest.mark.parametrize(
    ("value", "budget", "verdict", "code"),
    [(1.0, 1.0, "ok", 0), (1.01, 1.0, "MISS", 1), (None, 1.0, "not measured", 4), (9.0, None, "-", 0)],
)
def test_a_line_holds_up_to_its_budget(value: float | None, budget: float | None, verdict: str, code: int) -> None:
    line = Line("group", "thing", value, "x", budget)
    assert line.verdict == verdict
    assert exit_code([line]) == code
    assert verdict in table([line])
