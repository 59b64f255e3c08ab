"""Nothing of a person leaves with a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.tasks.gate import secrets
from codex_loop.tasks.gate.check import Check
from codex_loop.tasks.gate.folder import read
from tests.tasks.gate import ground

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def look(place: Path) -> tuple[Check, Check]:
    first, second = secrets.look(read(place))
    return first, second


@pytest.mark.parametrize(
    "file", ["instruction.md", "tests/grade.py", "solution/fix.patch", "environment/Dockerfile", "trajectory.json"]
)
def test_a_secret_in_any_file_refuses_the_task_and_is_never_repeated(tmp_path: Path, file: str) -> None:
    place = ground.task(tmp_path / "one")
    with (place / file).open("a") as opened:
        opened.write(f'"key {TOKEN}"')
    found, _ = look(place)
    assert found.outcome == "failed"
    assert file in found.detail
    assert TOKEN not in str(found)


def test_a_secret_inside_the_base_tree_is_found(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.base(place, {"deploy/settings.py": f'KEY = "{TOKEN}"\n', "logo.png": b"\x89PNG\0" + TOKEN.encode()})
    found, _ = look(place)
    assert found.outcome == "failed"
    assert found.seen["files"] == ["environment/repo.tar:deploy/settings.py"]


def test_what_was_redacted_is_no_secret(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    with (place / "instruction.md").open("a") as opened:
        opened.write("the key [REDACTED:github_token:3cce2f77] was in it\n")
    assert look(place)[0].outcome == "passed"


@pytest.mark.parametrize("text", ["/home/annika/code", "/Users/annika/x", r"C:\\Users\\annika\\x", "annika@acme.io"])
def test_what_a_session_says_of_a_person_refuses_the_task(tmp_path: Path, text: str) -> None:
    place = ground.task(tmp_path / "one")
    with (place / "instruction.md").open("a") as opened:
        opened.write(f"see {text} for it\n")
    found = look(place)[1]
    assert found.outcome == "failed"
    assert "instruction.md" in found.detail
    assert "annika" not in found.detail


@pytest.mark.parametrize(
    "text",
    ["/home/user/code", "/home/runner/x", "ann@example.com", "git@github.com:acme/x", "icon@2x.png", "noreply@acme.io"],
)
def test_names_of_nobody_are_left_alone(tmp_path: Path, text: str) -> None:
    place = ground.task(tmp_path / "one")
    with (place / "instruction.md").open("a") as opened:
        opened.write(f"see {text} for it\n")
    assert look(place)[1].outcome == "passed"


def test_the_author_list_of_a_repository_is_its_own_and_only_counted(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.base(place, {"AUTHORS": "Annika <annika@acme.io>\nBo <bo@acme.io>\n"})
    with (place / "instruction.md").open("a") as opened:
        opened.write("ask annika@acme.io as AUTHORS says\n")
    found = look(place)[1]
    assert found.outcome == "passed"
    assert found.seen["of_the_repository"] == 2
    assert "2 that the repository itself holds are its own" in found.detail


def test_what_tests_and_solution_bring_is_told_and_does_not_refuse(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.hidden(place, ground.hidden_text() + '\n\nMAIL = "annika@acme.io"\n')
    found = look(place)[1]
    assert found.outcome == "warned"
    assert ground.HIDDEN in found.detail
