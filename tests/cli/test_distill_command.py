"""`codex-loop distill` and `trace distill`, as a person types them; without Harbor."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.harbor.process import alone
from codex_loop.store import signals
from codex_loop.store.engine import open_for_writing
from codex_loop.tasks.dataset import read
from tests.tasks.distill import played
from tests.tasks.distill.played import mending, pen
from tests.tasks.distill.test_clusters import clustered

Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path, page: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a command on a store with one session: what it printed on both streams."""
    monkeypatch.setenv("CODEX_LOOP_HARBOR", str(tmp_path / "no-harbor"))
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    commit = played.repository(tmp_path / "demo")
    writer = mending(pen("codex", tmp_path / "demo"))
    played.record(str(tmp_path / "loop.db"), tmp_path, [writer], [commit]).close()

    def told(*words: str, code: int = 0) -> str:
        assert run([*words, "--db", str(tmp_path / "loop.db")]) == code
        out, err = capsys.readouterr()
        return out + err

    return told


@pytest.fixture
def signal(say: Say, tmp_path: Path) -> str:
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        return signals.listed(database, signals.Wanted())[0].id


def test_drafts_are_written_without_being_tried(say: Say, signal: str, tmp_path: Path) -> None:
    answer = msgspec.json.decode(
        say("distill", "--signal-id", signal, "--output", str(tmp_path / "task"), "--draft", "--json")
    )
    assert answer["schema"] == "codex-loop/distill/1"
    (task,) = answer["tasks"]
    assert (task["state"], task["verifier"], answer["checked"]) == ("draft", "red_green_tests", False)
    assert Path(task["path"], "task.toml").is_file()


def test_without_harbor_tasks_stay_drafts_and_the_command_says_what_is_missing(
    say: Say, signal: str, tmp_path: Path
) -> None:
    said = say("distill", "--signal-id", signal, "--output", str(tmp_path / "task"), code=4)
    assert "1 draft; not run:" in said
    assert "no-harbor" in said


def test_a_moment_without_a_task_is_told_with_its_reason(say: Say, signal: str, tmp_path: Path) -> None:
    (tmp_path / "demo").rename(tmp_path / "moved")
    said = say("distill", "--signal-id", signal, "--output", str(tmp_path / "task"), "--draft", code=4)
    assert "no task" in said
    assert "--repository" in " ".join(said.split())
    assert all(len(line) <= 80 for line in said.splitlines())


def test_a_bundle_becomes_a_task_by_lines_and_by_turns(say: Say, signal: str, tmp_path: Path) -> None:
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        session, turn = (
            (each.session_id, each.turn_id) for each in signals.listed(database, signals.Wanted(id=signal))
        ).__next__()
    assert session is not None
    assert turn is not None
    say("trace", "bundle", "--session-id", session, "--output", str(tmp_path / "bundle"))
    words = ["trace", "distill", "--bundle", str(tmp_path / "bundle"), "--draft", "--json"]
    named = ["--signal-category", "exec_failure", "--cluster-id", "cluster_1f", "--signal-type", "friction"]
    by_line = msgspec.json.decode(say(*words, *named, "--output", str(tmp_path / "a"), "--start-seq", "1"))
    by_turn = msgspec.json.decode(
        say(*words, *named, "--output", str(tmp_path / "b"), "--start-turn-id", turn, "--end-turn-id", turn)
    )
    for answer in (by_line, by_turn):
        (task,) = answer["tasks"]
        assert (task["state"], task["category"], task["cluster_id"]) == ("draft", "exec_failure", "cluster_1f")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["distill", "--output", "x"], "name one --signal-id or one --cluster-id"),
        (["distill", "--signal-id", "sig_1", "--cluster-id", "cluster_1", "--output", "x"], "name one --signal-id"),
        (["distill", "--signal-id", "sig_00000001", "--output", "x", "--draft"], "`codex-loop signals list` shows"),
        (["distill", "--cluster-id", "nonsense", "--output", "x", "--draft"], "is no id of a cluster"),
        (
            ["distill", "--signal-id", "sig_1", "--output", "x", "--repository", "gone"],
            "gone is no folder",
        ),
        (["distill", "--cluster-id", "cluster_1", "--output", "x", "--limit", "0"], "--limit 0 makes no task"),
        (["trace", "distill", "--output", "x"], "name the bundle with --bundle"),
        (["trace", "distill", "--bundle", "nowhere", "--output", "x", "--draft"], "nowhere"),
    ],
)
def test_a_request_that_cannot_be_right_says_what_to_do(say: Say, words: list[str], told: str) -> None:
    said = say(*words, code=2)
    assert told in said
    assert said.count("\n") == 1


@pytest.fixture
def cluster(say: Say, tmp_path: Path) -> str:
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        return clustered(database)


def test_drafts_of_a_cluster_are_taken_on_where_they_lie(say: Say, cluster: str, tmp_path: Path) -> None:
    output = tmp_path / "out"
    words = ["distill", "--cluster-id", cluster, "--output", str(output), "--json"]
    (first,) = msgspec.json.decode(say(*words, "--draft"))["tasks"]
    shutil.copytree(first["path"], output / "another")
    config = (output / "another" / "task.toml").read_text()
    (output / "another" / "task.toml").write_text(config.replace(f"local/{first['name']}", "local/another"))
    answer = msgspec.json.decode(say(*words, code=4))
    assert [task["state"] for task in answer["tasks"]] == ["draft"]
    made = read(output)
    # Both have the same solution, so one of them is set aside.
    assert {each.name for each in (*made.tasks, *made.set_aside)} == {"local/another", f"local/{first['name']}"}
    assert not [path for path in (tmp_path / "data" / "distill").iterdir() if path.is_dir()]


def test_drafts_do_not_take_the_place_of_tasks_that_were_tried(say: Say, cluster: str, tmp_path: Path) -> None:
    words = ["distill", "--cluster-id", cluster, "--output", str(tmp_path / "out")]
    say(*words, code=4)
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert "name another folder, or leave --draft out" in say(*words, "--draft", code=2)
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("options", [(), ("--draft",)])
def test_a_folder_of_something_else_is_refused_before_anything_is_written_or_tried(
    say: Say, cluster: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    said = say("distill", "--cluster-id", cluster, "--output", str(tmp_path / "out"), *options, code=2)
    assert "it holds thesis.tex; name a new folder with --output" in said
    assert not (tmp_path / "data" / "distill").exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]


@pytest.mark.skipif(sys.platform == "win32", reason="its locks do not go on to a child, so there are none")
def test_two_do_not_try_the_same_drafts_at_once(say: Say, cluster: str, tmp_path: Path) -> None:
    words = ["distill", "--cluster-id", cluster, "--output", str(tmp_path / "out")]
    (tmp_path / "data" / "distill").mkdir(parents=True)
    with alone(tmp_path / "data" / "distill" / f".{cluster}.lock", "the other"):
        assert f"distilling {cluster} is still going on" in say(*words, code=4)
    assert "1 draft" in say(*words, code=4)


def test_a_cluster_does_not_go_into_the_folder_of_one_task(say: Say, signal: str, cluster: str, tmp_path: Path) -> None:
    say("distill", "--signal-id", signal, "--output", str(tmp_path / "task"), code=4)
    said = say("distill", "--cluster-id", cluster, "--output", str(tmp_path / "task"), code=2)
    assert "is a task itself" in said
