"""Trials in docker: the real Harbor, a real daemon, the images that a distilled task names.

Where CODEX_LOOP_TEST_DOCKER is set, a machine without docker fails; elsewhere the tests are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codex_loop.harbor.environments import docker
from codex_loop.harbor.job import Order, run
from codex_loop.harbor.place import Harbor
from codex_loop.harbor.trials import Trial
from tests.harbor.sample import write_task

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module", autouse=True)
def daemon() -> None:
    found = docker()
    if not found.usable:
        if os.environ.get("CODEX_LOOP_TEST_DOCKER"):
            pytest.fail(found.detail)
        pytest.skip(f"docker: {found.detail}")


def tried(harbor: Harbor, task: Path, tmp_path: Path, agent: str) -> Trial:
    asked = Order(path=task, agent=agent, environment="docker", jobs_dir=tmp_path / "jobs", name=f"tried-{agent}")
    (trial,) = run(harbor, asked, print, os.environ).trials
    return trial


@pytest.mark.parametrize(("agent", "reward"), [("nop", 0.0), ("oracle", 1.0)])
def test_doing_nothing_fails_and_the_solution_passes(harbor: Harbor, tmp_path: Path, agent: str, reward: float) -> None:
    trial = tried(harbor, write_task(tmp_path / "task"), tmp_path, agent)
    assert (trial.valid, trial.reward) == (True, reward), trial.message


def test_an_image_that_cannot_be_built_is_the_sandboxs_fault(harbor: Harbor, tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    with (task / "environment" / "Dockerfile").open("a", encoding="utf-8") as dockerfile:
        dockerfile.write("RUN false\n")
    trial = tried(harbor, task, tmp_path, "oracle")
    assert (trial.valid, trial.reward, trial.cause) == (False, None, "sandbox_failed"), trial.message
