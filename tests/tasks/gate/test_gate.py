"""Real Harbor, real tests: what is good passes, and each kind of cheat is refused for the right reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from codex_loop.harbor.progress import Step, silent
from codex_loop.harbor.sandbox import PYTEST
from codex_loop.tasks.gate import gate as gating
from codex_loop.tasks.gate.folder import read
from codex_loop.tasks.gate.gate import Gated, gate
from tests.tasks.gate import ground

SOME_RANDOM = """
import os
import pytest

@pytest.mark.parametrize("number", range(40))
def test_luck(number):
    assert os.urandom(1)[0] < 128 or number < 0
"""
A_MARK = """
from pathlib import Path

def test_mark():
    assert Path("/app/DONE.md").exists()
"""
A_WORD = """
from pathlib import Path

def test_word():
    assert "isdigit" in Path("/app/backoff.py").read_text()
"""
A_CALL = """
import socket

def test_call():
    socket.create_connection(("192.0.2.1", 80), timeout=2)
"""
NEW_MARK = "--- /dev/null\n+++ b/DONE.md\n@@ -0,0 +1 @@\n+The header is honoured now.\n"


def spoiled(root: Path) -> dict[str, Path]:
    """One task for each way to cheat; the numbers keep their solutions apart."""
    limits = {name: 60 + number for number, name in enumerate(["good", *REASONS])}
    made = {name: ground.task(root / name, limit=limit) for name, limit in limits.items()}
    (made["trivial"] / "tests/test.sh").write_text("#!/bin/bash\necho 1 > /logs/verifier/reward.txt\n")
    ground.hidden(made["mark"], A_MARK)
    with (made["mark"] / "solution/fix.patch").open("a") as patch:
        patch.write(NEW_MARK)
    ground.hidden(made["word"], A_WORD)
    ground.hidden(made["green"], ground.hidden_text(limits["green"]).split("def test_retry_after")[0])
    with (made["told"] / "instruction.md").open("a") as words:
        words.write((made["told"] / "solution/fix.patch").read_text())
    shown = {"tests/test_backoff.py": ground.hidden_text(limits["shown"])}
    ground.base(made["shown"], shown, limit=limits["shown"])
    ground.base(made["history"], {".git/refs/heads/main": "4b1d0c2e\n"}, limit=limits["history"])
    ground.hidden(made["flaky"], ground.hidden_text(limits["flaky"]) + SOME_RANDOM)
    luck = [f"tests/test_backoff.py::test_luck[{number}]" for number in range(40)]
    ground.spec(made["flaky"], pass_to_pass=[*ground.STAYS, *luck], measured=True)
    ground.edit(made["red"] / ground.HIDDEN, "== 7", "== 8")
    ground.hidden(
        made["network"], ground.hidden_text(limits["network"]).replace("def test_retry_after", "def not_run") + A_CALL
    )
    ground.edit(made["silent"] / "tests/grade.py", "/logs/verifier/reward.txt", "/logs/verifier/other.txt")
    ground.edit(made["broken"] / "environment/Dockerfile", "WORKDIR /app", "WORKDIR /app\nCOPY absent.txt /app/")
    shutil.copytree(made["good"], made["twice"], dirs_exist_ok=True)
    ground.edit(made["twice"] / "task.toml", "local/good", "local/twice")
    ground.edit(made["loose"] / "tests/Dockerfile", f"pytest=={PYTEST}", "pytest")
    (made["listless"] / ground.SPEC).unlink()
    return made


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Gated]:
    """All of them, gated together once."""
    root = tmp_path_factory.mktemp("gate")
    made = spoiled(root / "tasks")
    found = gate(list(made.values()), ground.real(root), silent)
    return dict(zip(made, found, strict=True))


pytestmark = [pytest.mark.contract, pytest.mark.slow]

REASONS = {
    "trivial": ("quarantined", "its verifier gives 1 to an agent that does nothing"),
    "mark": ("quarantined", "it tests marks, not behaviour"),
    "word": ("quarantined", "it tests marks, not behaviour"),
    "green": ("unverified", "no test turns green: all 2 pass on the base tree already"),
    "told": ("quarantined", "instruction.md tells 100% of the solution"),
    "shown": ("quarantined", "the base tree already holds tests/test_backoff.py::test_retry_after"),
    "history": ("quarantined", "environment/repo.tar holds a history (.git/refs/heads/main)"),
    "flaky": ("quarantined", "runs of nop: flaky"),
    "red": ("unverified", "tests/test_backoff.py::test_retry_after fails with the solution too"),
    "network": ("unverified", "tests/test_backoff.py::test_call fails with the solution too"),
    "silent": ("quarantined", "its verifier gave no reward in a run of nop (RewardFileNotFoundError"),
    "broken": ("draft", "a run of nop could not be graded"),
    "twice": ("quarantined", "its solution is that of local/good"),
    "loose": ("quarantined", "Harbor's linter finds unpinned-python-dependency"),
    "listless": ("quarantined", "tests/spec.json is missing"),
}


def test_a_good_task_passes_with_every_check_said(looked: dict[str, Gated]) -> None:
    good = looked["good"]
    assert (good.state, good.reason) == ("validated", None)
    outcomes = {each.name: each.outcome for each in good.checks}
    assert set(outcomes.values()) == {"passed"}
    assert {"lint", "measured", "nop", "oracle", "tests", "tests_only", "hollow", "timing", "leaks"} <= set(outcomes)
    assert ground.check(good, "nop").seen["rewards"] == "0 0 0"
    assert ground.check(good, "oracle").seen["rewards"] == "1 1 1"


@pytest.mark.parametrize("name", REASONS)
def test_each_cheat_is_refused_for_its_own_reason(looked: dict[str, Gated], name: str) -> None:
    state, reason = REASONS[name]
    assert looked[name].state == state, looked[name].reason
    assert reason in (looked[name].reason or "")


def test_what_the_tests_show_is_measured_and_written_into_the_task(looked: dict[str, Gated]) -> None:
    good = looked["good"]
    spec = read(good.folder).spec
    assert spec is not None
    assert (spec.fail_to_pass, spec.pass_to_pass, spec.measured) == ((ground.TURNS,), ground.STAYS, True)


def test_the_jobs_are_cleared_away_when_they_were_read(looked: dict[str, Gated]) -> None:
    jobs = looked["good"].folder.parents[1] / "data" / "jobs" / "gate"
    assert list(jobs.iterdir()) == []


def test_candidates_that_were_wrong_are_put_right_and_a_test_that_cannot_be_loaded_is_weak(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "late")
    text = ground.hidden_text().replace("from backoff import delay", "from backoff import delay, LIMIT")
    ground.hidden(place, text)
    ground.edit(place / "solution/fix.patch", "@@ -2,4 +2,7 @@\n \n \n", "@@ -2,4 +2,8 @@\n \n+LIMIT = 60\n \n")
    ground.spec(place, fail_to_pass=["tests/test_backoff.py::no_such_test"], pass_to_pass=[])
    (found,) = gate([place], ground.real(tmp_path), silent)
    assert (found.state, found.reason) == ("validated", None)
    assert ground.told(place)["fail_to_pass"] == sorted([ground.TURNS, *ground.STAYS])
    assert ground.check(found, "tests").outcome == "warned"
    assert "weak_f2p: 3" in ground.check(found, "tests").detail


def test_a_test_program_that_is_not_there_says_nothing_of_the_task(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.edit(place / "tests/test.sh", "python3 -m pytest", "no-such-runner")
    (found,) = gate([place], ground.real(tmp_path), silent)
    assert found.state == "draft"
    assert found.reason is not None
    assert "no test could be run" in found.reason
    assert found.reason.endswith("no-such-runner: command not found")
    assert ground.told(place).get("measured") is None


def test_an_interrupted_look_goes_on_where_it_was(tmp_path: Path) -> None:
    workshop = ground.real(tmp_path)
    place = ground.task(tmp_path / "tasks" / "one")

    def stop(step: Step) -> None:
        if step.note.startswith("nop"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="the same command goes on with it"):
        gate([place], workshop, stop)
    left = [each for each in workshop.jobs_dir.iterdir() if each.is_dir()]
    assert len(left) == 1
    assert left[0].name.startswith("gate-nop-")

    def stop_late(step: Step) -> None:
        if step.note.startswith("hollow"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gate([place], workshop, stop_late)
    heard: list[Step] = []
    (found,) = gate([place], workshop, heard.append)
    assert found.state == "validated"
    assert not any("base tree" in step.note for step in heard)
    assert list(workshop.jobs_dir.iterdir()) == []


def test_slow_tests_are_tried_more_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_loop.tasks.gate.behaviour.SLOW_MS", 1)
    place = ground.task(tmp_path / "slow")
    ground.spec(place, measured=True)
    (found,) = gate([place], ground.real(tmp_path), silent)
    assert found.state == "validated"
    assert ground.check(found, "nop").seen["rewards"] == " ".join("0" * gating.SLOW_ATTEMPTS)
    assert ground.check(found, "oracle").seen["rewards"] == " ".join("1" * gating.SLOW_ATTEMPTS)
