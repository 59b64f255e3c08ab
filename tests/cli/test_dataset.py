"""`trace dataset` and `trace verify` as a person types them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.cli.width import width_of
from codex_loop.store import tasks as store
from codex_loop.store.engine import open_for_reading
from codex_loop.tasks.dataset import assemble, read
from tests.cli.conftest import Json
from tests.tasks.dataset.made import gated
from tests.tasks.gate import ground


@pytest.fixture
def without_harbor(page: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has neither a Harbor on its PATH nor one of ours."""
    monkeypatch.setenv("CODEX_LOOP_HARBOR_HOME", str(tmp_path / "no-harbor"))
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))


def said(capsys: pytest.CaptureFixture[str], *words: object, code: int) -> str:
    assert run([str(word) for word in words]) == code
    out, err = capsys.readouterr()
    assert all(width_of(line) <= 80 for line in out.splitlines() if not line.startswith(("folder", "{"))), out
    return out + err


def test_without_harbor_tasks_stay_drafts_set_aside_and_the_way_out_is_said(
    without_harbor: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.task(tmp_path / "one")
    told = said(capsys, "trace", "dataset", "--task", tmp_path / "one", "--output", tmp_path / "mined", code=4)
    assert "codex-loop measure setup" in " ".join(told.split())
    assert "0 tasks, 0 validated; 1 set aside" in told
    assert (tmp_path / "mined" / "set-aside" / "one" / "task.toml").is_file()
    options = ("--output", tmp_path / "mined", "--allow-draft", "--name", "mine")
    told = said(capsys, "trace", "dataset", "--task", tmp_path / "one", *options, code=0)
    assert "mine_001: 1 task, 0 validated; 0 set aside" in told
    assert "1 task let in without having passed" in told
    with open_for_reading(str(tmp_path / "data" / "codex-loop.db")) as database:
        assert [row.name for row in store.datasets(database)] == ["mine_001"]


def test_a_look_again_goes_to_the_store_the_dataset_was_made_from(
    without_harbor: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = tmp_path / "elsewhere" / "loop.db"
    options = ("--output", tmp_path / "mined", "--allow-draft", "--db", db)
    said(capsys, "trace", "dataset", "--task", ground.task(tmp_path / "one"), *options, code=0)
    assert read(tmp_path / "mined").store == str(db)
    told = said(capsys, "trace", "verify", tmp_path / "mined", code=4)
    assert told.startswith("task")
    assert "1 draft" in told
    assert not (tmp_path / "data" / "codex-loop.db").exists()


def test_every_check_is_shown_when_asked_with_its_whole_sentence(
    without_harbor: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ground.task(tmp_path / "one")
    with (place / "instruction.md").open("a") as words:
        words.write((place / "solution/fix.patch").read_text())
    told = said(capsys, "trace", "verify", place, "--checks", code=1)
    assert "one: quarantined" in told
    assert "  failed  leaks" in told
    assert "instruction.md tells 100% of the solution" in told
    assert "what was seen" not in told


def test_json_is_one_object_with_every_check(
    without_harbor: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ground.task(tmp_path / "one")
    told: Json = msgspec.json.decode(said(capsys, "trace", "verify", place, "--json", code=4))
    assert (told["schema"], told["harbor_version"]) == ("codex-loop/trace-verify/1", None)
    assert {"name", "outcome", "detail", "seen"} == set(told["tasks"][0]["checks"][0])
    options = ("--output", tmp_path / "mined", "--json")
    made: Json = msgspec.json.decode(said(capsys, "trace", "dataset", "--task", place, *options, code=4))
    assert made["schema"] == "codex-loop/trace-dataset/1"
    assert made["set_aside"][0]["state"] == "draft"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("trace", "dataset", "--output", "x"), "name the tasks with --task"),
        (("trace", "dataset", "--task", "x"), "--output"),
        (("trace", "dataset", "--task", "absent", "--output", "x"), "absent is not a folder"),
        (("trace", "verify"), "no folder given"),
        (("trace", "verify", "absent"), "absent is not a folder"),
        (("trace", "verify", ".", "--attempts", "2"), "at least 3"),
    ],
)
def test_what_cannot_be_right_is_said_with_what_to_do(
    without_harbor: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    hint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ground.task(tmp_path / "one")
    assert hint in said(capsys, *words, code=2)


@pytest.mark.contract
def test_a_dataset_is_made_and_verified_with_real_harbor(
    page: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.real(tmp_path)
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    ground.task(tmp_path / "drafts" / "good")
    bad = ground.task(tmp_path / "drafts" / "bad", limit=61)
    (bad / "tests/test.sh").write_text("#!/bin/bash\necho 1 > /logs/verifier/reward.txt\n")
    options = ("--output", tmp_path / "harbor_dataset")
    told = said(capsys, "trace", "dataset", "--task", tmp_path / "drafts", *options, code=4)
    assert "harbor_dataset_001: 1 task, 1 validated; 1 set aside" in told
    assert "its verifier gives 1 to an agent that does nothing" in told
    told = said(capsys, "trace", "verify", tmp_path / "harbor_dataset" / "good", code=0)
    assert "3 attempts each in" in told


def test_a_task_of_its_own_is_verified_in_place(
    without_harbor: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "harbor_task"
    assemble([gated(place)], place, now_ms=1)
    said(capsys, "trace", "verify", place, code=4)
    assert [each.state for each in read(place).set_aside] == ["draft"]
    assert (place / "task.toml").is_file()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("trace", "dataset", "--task", "nowhere", "--output", "mined"), "nowhere is not a folder"),
        (("trace", "dataset", "--task", "empty", "--output", "mined"), "empty holds no task"),
        (("trace", "verify", "nowhere"), "nowhere is not a folder"),
        (("trace", "verify", "empty"), "empty holds no task"),
    ],
)
def test_a_wrong_folder_leaves_no_store_behind(
    without_harbor: None, tmp_path: Path, words: tuple[str, ...], sentence: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert sentence in said(capsys, *words, "--db", tmp_path / "new.db", code=2)
    assert not (tmp_path / "new.db").exists()
