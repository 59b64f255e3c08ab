"""New samples are taken in before an answer, once, and nobody waits longer than agreed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from codex_loop.errors import StoreLocked
from codex_loop.usage.metrics.intake import Intake


class Taking:
    """Counts; may be held up, or fail the first time."""

    def __init__(self, failing: bool = False) -> None:
        self.times = 0
        self.failing = failing
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self) -> None:
        self.times += 1
        assert self.may_end.wait(10)
        if self.failing and self.times == 1:
            raise StoreLocked("here")


def sampled(folder: Path, lines: int = 1) -> Path:
    file = folder / "usage-20261121.jsonl"
    file.write_text("{}\n" * lines, encoding="utf-8")
    return file


def intake_of(folder: Path, take: Callable[[], None]) -> Intake:
    return Intake(folder, take)


def test_what_is_new_is_taken_in_once(tmp_path: Path) -> None:
    take = Taking()
    intake = intake_of(tmp_path, take)
    sampled(tmp_path)
    intake.refresh(None)
    intake.refresh(None)
    assert take.times == 1
    sampled(tmp_path, lines=2)
    intake.refresh(None)
    assert take.times == 2


def test_a_folder_without_samples_makes_no_store(tmp_path: Path) -> None:
    take = Taking()
    intake_of(tmp_path / "absent", take).refresh(None)
    intake_of(tmp_path, take).refresh(None)
    assert take.times == 0


def test_samples_below_the_folder_are_seen_too(tmp_path: Path) -> None:
    take = Taking()
    (tmp_path / "samples").mkdir()
    sampled(tmp_path / "samples")
    intake_of(tmp_path, take).refresh(None)
    assert take.times == 1


def test_a_store_that_is_held_does_not_hold_up_the_answer(tmp_path: Path) -> None:
    take = Taking()
    intake = intake_of(tmp_path, take)
    sampled(tmp_path)
    take.may_end.clear()
    intake.refresh(0.01)
    intake.refresh(0.01)
    assert take.times == 1  # the second answer waits for the same one
    take.may_end.set()
    intake.refresh(None)
    assert take.times == 1


def test_a_failure_is_told_and_tried_again(tmp_path: Path) -> None:
    take = Taking(failing=True)
    intake = intake_of(tmp_path, take)
    sampled(tmp_path)
    intake.refresh(None)
    assert "run the command again" in str(intake.problem)
    intake.refresh(None)
    assert take.times == 2
    assert intake.problem is None
