"""Dockerfiles that need nothing which is not pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.harbor.sandbox import PYTEST
from codex_loop.tasks.distill.checks import pytest_config, script, steering
from codex_loop.tasks.distill.images import images
from codex_loop.tasks.distill.verifiers import Verifier
from tests.tasks.distill import played
from tests.tasks.distill.conftest import Opened

PYTHON = Verifier(kind="red_green_tests", runner="pytest", command="pytest -q", test_files=("tests/test_a.py",))


def test_pinned_requirements_are_installed_and_loose_ones_are_told(tmp_path: Path, opened: Opened) -> None:
    files = {
        "requirements.txt": "attrs==25.1.0 \\\n    --hash=sha256:00\nrich[jupyter]==14.0.0  # tables\npytest==7.0\n",
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["attrs", "numpy>=2"]\n',
    }
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    made = images(tree, tree, PYTHON)
    line = "RUN python3 -m pip install --no-cache-dir attrs==25.1.0 rich[jupyter]==14.0.0\n"
    assert line in made.agent
    assert line in made.verifier
    assert f"pytest=={PYTEST}" in made.verifier
    assert made.notes == ("not installed, because nothing pins them: numpy",)


def test_a_file_that_pins_only_some_of_its_lines_installs_none(tmp_path: Path, opened: Opened) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", {"requirements.txt": "a==1\nb\n"}))
    made = images(tree, tree, PYTHON)
    assert "pip install --no-cache-dir a" not in made.agent
    assert made.notes == ("not installed, because nothing pins them: a, b",)


WORDLESS = (
    "[project]\ndependencies = 5\n",
    "project = 7\n",
    '[project]\ndependencies = "abc"\n',
    "a = " + "[" * 50_000,
)


@pytest.mark.parametrize("said", WORDLESS)
def test_a_project_that_tells_nothing_of_what_it_needs_is_no_failure(said: str, tmp_path: Path, opened: Opened) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", {"pyproject.toml": said}))
    assert images(tree, tree, PYTHON).notes == ()


@pytest.mark.parametrize(
    ("runner", "image"),
    [("pytest", "python:"), ("node", "node:"), ("go", "golang:"), ("cargo", "rust:"), ("vitest", "node:")],
)
def test_the_image_is_that_of_the_test_program(runner: str, image: str, tmp_path: Path, opened: Opened) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r"))
    made = images(tree, tree, Verifier(kind="red_green_tests", runner=runner, command=runner))  # type: ignore[arg-type]
    first = made.agent.splitlines()[0]
    assert first.startswith(f"FROM {image}")
    assert not first.endswith((":latest", ":"))
    assert ("python3" in made.verifier.splitlines()[1]) or runner == "pytest"
    assert made.verifier.endswith("COPY . /tests/\n")


def test_the_repositorys_own_pytest_settings_hold_and_come_with_the_tests(tmp_path: Path, opened: Opened) -> None:
    files = {"pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\n', "src/a.py": "", "conftest.py": "",
             "tests/test_a.py": ""}  # fmt: skip
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    assert pytest_config(PYTHON, tree) == "pyproject.toml"
    assert steering(PYTHON, tree) == ["conftest.py", "pyproject.toml"]
    assert "-c /dev/null" not in script(PYTHON, tree, 100)


def test_without_settings_of_its_own_none_of_the_agents_are_found(tmp_path: Path, opened: Opened) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r"))
    text = script(PYTHON, tree, 100)
    assert "-c /dev/null -o pythonpath=/app " in text
    assert text.index("-name conftest.py") < text.index("/tests/hidden/.")


def test_scripts_that_a_command_runs_are_laid_over_the_agents(tmp_path: Path, opened: Opened) -> None:
    files = {
        "Makefile": "check:\n\tpython scripts/check.py src/a.py\n",
        "scripts/check.py": "",
        "src/a.py": "",
        "b.py": "",
    }
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    check = Verifier(kind="failing_command", command="make check", fail_to_pass=("command",))
    assert steering(check, tree) == ["Makefile", "scripts/check.py"]
    assert "bash -c 'make check'" in script(check, tree, 100)


def test_data_that_a_command_is_pointed_at_is_laid_over_the_agents(tmp_path: Path, opened: Opened) -> None:
    files = {
        "check.py": "",
        "rules.py": "",
        "data/a.csv": "",
        "data/deep/b.json": "",
        "src/c.py": "",
        "other/d.csv": "",
    }
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    check = Verifier(kind="failing_command", command="python check.py data src", fail_to_pass=("command",))
    assert steering(check, tree) == ["check.py", "data/a.csv", "data/deep/b.json"]


def test_a_command_cannot_break_out_of_the_script(tmp_path: Path, opened: Opened) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r"))
    check = Verifier(kind="failing_command", command="make 'x'; echo 1 > /logs/verifier/reward.txt",
                     variables=(("A", "$(reboot)"), ("B", "plain")))  # fmt: skip
    text = script(check, tree, 100)
    assert "reboot" not in text
    assert "export B=plain" in text
    assert """bash -c 'make '"'"'x'"'"'; echo""" in text
