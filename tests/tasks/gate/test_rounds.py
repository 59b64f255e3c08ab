"""A Harbor that fails is told, and says nothing of the tasks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codex_loop.errors import Degraded
from codex_loop.harbor.place import Harbor
from codex_loop.harbor.progress import silent
from codex_loop.tasks.gate import rounds
from codex_loop.tasks.gate.gate import gate
from codex_loop.tasks.gate.rounds import Round
from codex_loop.tasks.gate.workshop import Workshop
from tests.tasks.gate import ground

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the program that stands for Harbor is a shell script")


def workshop(tmp_path: Path, script: str) -> Workshop:
    program = tmp_path / "harbor"
    program.write_text(f'#!/bin/sh\nif [ "$1" = lint ]; then echo "[]"; exit 0; fi\n{script}\n')
    program.chmod(0o755)
    return Workshop(Harbor(program, "0.25.0", "settings"), "made:Up", tmp_path / "jobs", 3, {"PATH": "/usr/bin:/bin"})


def test_a_harbor_that_crashes_is_told_with_its_last_words(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    with pytest.raises(Degraded, match="exit code 3: no room left"):
        gate([place], workshop(tmp_path, "echo 'no room left' >&2; exit 3"), silent)
    assert ground.told(place).get("measured") is None


def test_a_task_that_harbor_passes_over_stays_a_draft(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    (found,) = gate([place], workshop(tmp_path, "exit 0"), silent)
    assert found.state == "draft"
    assert found.reason == "0 of 1 attempts of nop ended: Harbor passed over it without a word"


def test_the_same_work_has_the_same_job_and_other_work_another(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    shop = workshop(tmp_path, "exit 0")
    turn = Round("nop", 3, "nop")
    name = rounds.job_name([place], turn, shop)
    assert rounds.job_name([place], turn, shop) == name
    others = {
        rounds.job_name([place], Round("oracle", 3, ""), shop),
        rounds.job_name([place], Round("nop", 5, ""), shop),
        rounds.job_name([place], turn, shop._replace(environment="docker")),
    }
    ground.spec(place, measured=True)
    others.add(rounds.job_name([place], turn, shop))
    assert len(others | {name}) == 5


def test_tasks_of_several_folders_are_tried_in_one_job_and_none_of_them_is_touched(tmp_path: Path) -> None:
    one, other = ground.task(tmp_path / "a" / "one"), ground.task(tmp_path / "b" / "one", limit=61)
    before = {each: each.read_bytes() for place in (one, other) for each in place.rglob("*") if each.is_file()}
    shop = workshop(tmp_path, f'echo "$@" >> {tmp_path}/words; ls "$5" >> {tmp_path}/words')
    rounds.play([one, other], Round("nop", 1, "nop"), shop, silent)
    words = (tmp_path / "words").read_text()
    assert words.count("-a nop") == 1
    assert words.splitlines()[-2:] == ["000-one", "001-one"]
    assert {each: each.read_bytes() for each in before} == before
