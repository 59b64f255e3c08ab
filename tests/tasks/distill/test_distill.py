"""From a recorded session and a real repository to a draft task: what is in it, and why there is none."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tomllib
from pathlib import Path

import pytest

from benchmarks.scenarios.pen import Change, Pen
from codex_loop.errors import UsageError
from codex_loop.harbor import folders
from codex_loop.model.records import UserMessage
from codex_loop.store import signals
from codex_loop.store.engine import Database
from codex_loop.tasks.bundle.recording import Recording, from_store
from codex_loop.tasks.distill.distill import Draft, Request, Span, distill, distill_span
from tests.tasks.distill import played
from tests.tasks.distill.played import GREEN, RED, RIGHT, TESTS, WRONG, mending, pen


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "loop.db")


def whole(database: Database, writer: Pen, output: Path, **more: object) -> Draft:
    """A draft of the whole session."""
    recording = from_store(database, played.session(database, writer))
    return distill_span(recording, Span(category="exec_failure"), Request(**more), output)  # type: ignore[arg-type]


def begins(recording: Recording, text: str) -> int:
    """The line of the prompt that begins so."""
    return next(
        line.seq
        for line in recording.files[0].lines
        for record in line.records
        if isinstance(record, UserMessage) and record.text.startswith(text)
    )


def tree(task: Path) -> dict[str, bytes]:
    with tarfile.open(task / "environment" / "repo.tar") as tar:
        return {each.name: tar.extractfile(each).read() for each in tar if each.isfile()}  # type: ignore[union-attr]


def facts(task: Path) -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((task / "task.toml").read_text())["metadata"]
    return found


@pytest.mark.parametrize("agent", ["codex", "claude"])
def test_a_red_run_an_edit_and_a_green_run_become_a_task(agent: str, store: str, tmp_path: Path) -> None:
    project, task = tmp_path / "demo", tmp_path / "task"
    commit = played.repository(project)
    writer = mending(pen(agent, project))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, task)
    assert (draft.state, draft.verifier, draft.source_commit) == ("draft", "red_green_tests", commit)
    assert (task / "instruction.md").read_text() == "delay() has to double with every attempt, please fix it.\n"
    assert tree(task)["backoff.py"] == WRONG.encode()
    spec = json.loads((task / "tests" / "spec.json").read_text())
    assert spec["fail_to_pass"] == ["tests/test_backoff.py::test_delay"]
    assert (task / "tests" / "hidden" / "tests" / "test_backoff.py").read_text() == TESTS
    assert "+    return 2**attempt" in (task / "solution" / "fix.patch").read_text()
    told = facts(task)
    assert (told["signal_category"], told["source_session_id"]) == ("exec_failure", writer.session)
    assert told["source_commit_basis"] == ("recorded" if agent == "codex" else "log of HEAD")


def test_a_test_that_has_to_turn_green_is_not_in_the_agents_tree(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    writer = mending(pen("codex", tmp_path / "demo"))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        whole(database, writer, tmp_path / "task")
    files = tree(tmp_path / "task")
    assert sorted(files) == ["README.md", "backoff.py"]
    assert not any(part.startswith(".git") for path in files for part in path.split("/"))


def test_the_same_session_gives_the_same_bytes(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    writer = mending(pen("codex", tmp_path / "demo"))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        first = whole(database, writer, tmp_path / "one")
        second = whole(database, writer, tmp_path / "two")
        (tmp_path / "one" / ".codex-loop.json").write_text("{}")  # as a gate leaves it
        again = whole(database, writer, tmp_path / "one")
    assert first.digest == second.digest == again.digest == folders.digest(tmp_path / "one")
    assert (tmp_path / "one" / "task.toml").read_bytes() == (tmp_path / "two" / "task.toml").read_bytes()


def test_another_content_has_another_version(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    one, other = (
        mending(pen("codex", tmp_path / "demo")),
        mending(pen("codex", tmp_path / "demo", seed=2), "Fix delay()."),
    )
    with played.record(store, tmp_path, [one, other], [commit, commit]) as database:
        whole(database, one, tmp_path / "one")
        whole(database, other, tmp_path / "other")
    versions = {
        tomllib.loads((tmp_path / name / "task.toml").read_text())["task"]["version"] for name in ("one", "other")
    }
    assert len(versions) == 2


@pytest.mark.parametrize("agent", ["codex", "claude"])
def test_changes_before_the_moment_are_in_its_base(agent: str, store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project)
    writer = pen(agent, project)
    writer.prompt("Write the readme.")
    writer.edit(Change("README.md", "Waits.\n", "Waits longer and longer.\n"))
    writer.edit(Change("notes.txt", None, "first\n"))
    writer.say("Written.", final=True)
    mending(writer)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        recording = from_store(database, played.session(database, writer))
        starts = begins(recording, "delay()")
        draft = distill_span(recording, Span(first=starts), Request(), tmp_path / "task")
    assert draft.state == "draft", draft.reason
    files = tree(tmp_path / "task")
    assert (files["README.md"], files["notes.txt"]) == (b"Waits longer and longer.\n", b"first\n")


def test_a_file_that_claude_found_dirty_is_dirty_in_the_base(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    played.repository(project)
    dirty = WRONG.replace("min(60", "min(50")
    writer = pen("claude", project)
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.edit(Change("backoff.py", dirty, dirty.replace("2 + attempt", "2**attempt")))
    writer.run("python -m pytest -q", 0, GREEN)
    with played.record(store, tmp_path, [writer]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "draft", draft.reason
    assert tree(tmp_path / "task")["backoff.py"] == dirty.encode()
    assert facts(tmp_path / "task")["uncommitted_files"] == ["backoff.py"]


def test_a_snapshot_that_codex_kept_of_the_work_tree_is_the_base(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project)
    kept = played.commit(project, {"backoff.py": WRONG + "\n# not committed yet\n", "new.txt": "mine\n"}, "snapshot")
    played.git(project, "reset", "-q", "--hard", commit)
    writer = pen("codex", project)
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.put(
        {
            "timestamp": writer.now,
            "type": "response_item",
            "payload": {
                "type": "ghost_snapshot",
                "ghost_commit": {"id": kept, "parent": commit, "preexisting_untracked_files": []},
            },
        }
    )
    writer.run("python -m pytest -q", 1, RED)
    writer.edit(Change("backoff.py", WRONG, RIGHT))
    writer.run("python -m pytest -q", 0, GREEN)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert (draft.state, draft.source_commit) == ("draft", kept), draft.reason
    assert facts(tmp_path / "task")["source_commit_basis"] == "snapshot"
    files = tree(tmp_path / "task")
    assert files["backoff.py"].endswith(b"# not committed yet\n")
    assert files["new.txt"] == b"mine\n"


def test_a_change_that_does_not_fit_the_base_gives_no_task(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project)
    writer = pen("codex", project)
    writer.prompt("Shorten the cap.")
    writer.edit(Change("backoff.py", "def gone():\n    return 1\n", "def gone():\n    return 2\n"))
    mending(writer)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        recording = from_store(database, played.session(database, writer))
        later = begins(recording, "delay()")
        draft = distill_span(recording, Span(first=later), Request(), tmp_path / "task")
    assert (draft.state, draft.path) == ("none", None)
    assert draft.reason is not None
    assert draft.reason.startswith("the change of backoff.py in line ")
    assert not (tmp_path / "task").exists()


def test_an_edit_by_sed_is_done_again(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    writer = pen("codex", tmp_path / "demo")
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.run("sed -i 's/2 + attempt/2**attempt/' backoff.py")
    writer.run("python -m pytest -q", 0, GREEN)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "draft", draft.reason
    assert "+    return 2**attempt" in (tmp_path / "task" / "solution" / "fix.patch").read_text()


def test_what_a_program_changed_is_taken_from_the_work_tree_it_left(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project)
    writer = pen("codex", project)
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.run("python tools/rewrite.py backoff.py")
    written_s = writer.ms / 1000
    writer.run("python -m pytest -q", 0, GREEN)
    (project / "backoff.py").write_text(RIGHT)
    os.utime(project / "backoff.py", (written_s, written_s))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "draft", draft.reason
    assert facts(tmp_path / "task")["solution_from"] == ["work tree"]


def test_a_command_is_run_with_the_paths_of_the_sandbox(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project, {**played.FILES, "check.py": "import backoff\n"})
    command = f"DATA={project}/data {project}/.venv/bin/python {project}/check.py"
    writer = pen("codex", project)
    writer.prompt("check.py has to pass.")
    writer.run(command, 3, "")
    writer.edit(Change("backoff.py", WRONG, RIGHT))
    writer.run(command, 0, "")
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "draft", draft.reason
    assert facts(tmp_path / "task")["verifier_command"] == "python /app/check.py"
    script = (tmp_path / "task" / "tests" / "test.sh").read_text()
    assert "export DATA=/app/data\n" in script
    assert "bash -c 'python /app/check.py'" in script
    assert (tmp_path / "task" / "tests" / "hidden" / "check.py").is_file()
    assert not any(
        str(project).encode() in path.read_bytes() for path in (tmp_path / "task").rglob("*") if path.is_file()
    )


def test_a_file_behind_a_link_is_never_read(store: str, tmp_path: Path) -> None:
    project, private = tmp_path / "demo", tmp_path / "private"
    private.mkdir()
    (private / "key.txt").write_text("mine alone")
    commit = played.repository(project)
    (project / "link").symlink_to(private)
    writer = mending(pen("codex", project))
    writer.run("cat link/key.txt", 0, "")
    for place in (private / "key.txt", private):
        os.utime(place, (writer.ms / 1000 - 1, writer.ms / 1000 - 1))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "draft"
    assert not any(b"mine alone" in path.read_bytes() for path in (tmp_path / "task").rglob("*") if path.is_file())


def test_a_new_file_that_a_command_named_is_part_of_the_solution(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project, {**played.FILES, ".gitignore": "*.log\n"})
    writer = pen("codex", project)
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.run("python tools/make.py > table.json 2> out.log")
    made_s = writer.ms / 1000
    writer.edit(Change("backoff.py", WRONG, RIGHT))
    writer.run("python -m pytest -q", 0, GREEN)
    for name in ("table.json", "out.log", "other.json"):
        (project / name).write_text(name)
        os.utime(project / name, (made_s, made_s))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        whole(database, writer, tmp_path / "task")
    fix = (tmp_path / "task" / "solution" / "fix.patch").read_text()
    assert "+table.json" in fix
    assert "out.log" not in fix
    assert "other.json" not in fix


def test_a_commit_that_the_session_made_tells_what_no_edit_tells(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project)
    fixed = played.commit(project, {"backoff.py": RIGHT}, "Double")
    writer = pen("codex", project)
    writer.prompt("delay() has to double with every attempt, please fix and commit it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.run("python tools/rewrite.py backoff.py")
    writer.run("git commit -qam Double || git commit -am Double", 0, f"[main {fixed[:7]}] Double\n 1 file changed\n")
    writer.run("python -m pytest -q", 0, GREEN)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "draft", draft.reason
    assert facts(tmp_path / "task")["solution_from"] == ["commit"]


def test_a_later_commit_mends_what_the_session_left_red(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project)
    writer = pen("codex", project)
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.edit(Change("backoff.py", WRONG, WRONG.replace("2 + attempt", "3 + attempt")))
    writer.run("python -m pytest -q", 1, RED)
    writer.say("I cannot find it.", final=True)
    played.commit(project, {"backoff.py": RIGHT}, "Double", at_s=writer.ms // 1000 + 3600)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "draft", draft.reason
    assert facts(tmp_path / "task")["solution_from"] == ["later commit"]


def test_a_correction_belongs_to_the_request_it_corrects(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    writer = pen("codex", tmp_path / "demo")
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.edit(Change("backoff.py", WRONG, WRONG.replace("2 + attempt", "3 + attempt")))
    writer.say("Done.", final=True)
    writer.prompt("no, that is wrong: it has to be two to the power of the attempt")
    writer.edit(Change("backoff.py", WRONG.replace("2 + attempt", "3 + attempt"), RIGHT))
    writer.run("python -m pytest -q", 0, GREEN)
    writer.say("Now it doubles.", final=True)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        found = [each for each in signals.listed(database, signals.Wanted()) if each.category == "correction"]
        (draft,) = distill(database, Request(signal=found[0].id), tmp_path / "task")
    assert draft.state == "draft", draft.reason
    assert (tmp_path / "task" / "instruction.md").read_text() == (
        "delay() has to double with every attempt, please fix it.\n\n"
        "no, that is wrong: it has to be two to the power of the attempt\n"
    )
    assert "2**attempt" in (tmp_path / "task" / "solution" / "fix.patch").read_text()


def test_a_request_that_leans_on_what_was_said_is_seeded_with_it(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project)
    writer = pen("codex", project)
    writer.prompt("Which function computes the waiting time?")
    writer.say(f"delay() in {project}/backoff.py.", final=True)
    mending(writer, "It has to double with every attempt, like we discussed above for the other one.")
    with played.record(store, tmp_path, [writer], [commit]) as database:
        recording = from_store(database, played.session(database, writer))
        start = begins(recording, "It has")
        draft = distill_span(recording, Span(first=start), Request(), tmp_path / "task")
    assert draft.state == "draft", draft.reason
    seed = json.loads((tmp_path / "task" / "trajectory.json").read_text())
    said = [step["message"] for step in seed["steps"] if step["source"] == "agent" and step["message"]]
    assert said == ["delay() in /app/backoff.py."]
    assert facts(tmp_path / "task")["instruction_edited"] is False


def test_a_session_without_a_repository_gives_no_task(store: str, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    writer = mending(pen("claude", tmp_path / "plain"))
    with played.record(store, tmp_path, [writer]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "none"
    assert draft.reason is not None
    assert "is in no git repository" in draft.reason


def test_a_repository_that_is_gone_is_found_by_its_commit_where_a_clone_is_named(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project)
    writer = mending(pen("codex", project))
    shutil.move(project, tmp_path / "clones" / "elsewhere")
    with played.record(store, tmp_path, [writer], [commit]) as database:
        lost = whole(database, writer, tmp_path / "task")
        found = whole(database, writer, tmp_path / "task", repositories=(tmp_path / "clones",))
    assert lost.reason == f"the folder {project} is gone; name a clone that has commit {commit[:12]} with --repository"
    assert found.state == "draft", found.reason


def test_a_base_commit_that_was_rebased_away_gives_no_task(store: str, tmp_path: Path) -> None:
    played.repository(tmp_path / "demo")
    writer = mending(pen("codex", tmp_path / "demo"))
    with played.record(store, tmp_path, [writer], ["1234567890" * 4]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "none"
    assert draft.reason is not None
    assert "commit 123456789012 is not in" in draft.reason
    assert "rebased away" in draft.reason


def test_a_repository_that_is_too_large_is_refused_before_anything_is_written(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo", {**played.FILES, "blob.bin": b"\0" * 3_000_000})
    writer = mending(pen("codex", tmp_path / "demo"))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task", largest_bytes=2_000_000)
    assert draft.reason is not None
    assert "holds 3 MB of files, more than the 2 MB a task may carry" in draft.reason
    assert not (tmp_path / "task").exists()


def test_a_binary_change_that_no_commit_holds_gives_no_check(store: str, tmp_path: Path) -> None:
    project = tmp_path / "demo"
    commit = played.repository(project, {**played.FILES, "logo.png": b"\x89PNG\0\xff"})
    writer = pen("codex", project)
    writer.prompt("Repaint the logo, and fix delay().")
    writer.run("python -m pytest -q", 1, RED)
    writer.edit(Change("logo.png", "\x89PNG\n", "\x89PNG2\n"))
    writer.edit(Change("backoff.py", WRONG, RIGHT))
    writer.run("python -m pytest -q", 0, GREEN)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.state == "unverified"
    assert draft.reason == "the change of logo.png cannot be done again (it is a binary file), and no commit holds it"
    assert "reward" not in (tmp_path / "task" / "tests" / "test.sh").read_text().replace("no reward", "")


def test_a_private_address_is_told_without_its_token_and_never_asked(store: str, tmp_path: Path) -> None:
    writer = mending(pen("codex", tmp_path / "gone"))
    writer.lines[0] = writer.lines[0].replace(
        b"https://example.com/demo.git", b"https://ann:hunter2@git.invalid/demo.git"
    )
    with played.record(store, tmp_path, [writer]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert draft.reason is not None
    assert "git.invalid/demo" in draft.reason
    assert "hunter2" not in draft.reason


def test_a_session_without_any_check_is_unverified_and_its_test_gives_no_reward(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    writer = pen("codex", tmp_path / "demo")
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.edit(Change("backoff.py", WRONG, RIGHT))
    writer.say("It should double now.", final=True)
    with played.record(store, tmp_path, [writer], [commit]) as database:
        draft = whole(database, writer, tmp_path / "task")
    assert (draft.state, draft.verifier) == ("unverified", "missing")
    assert facts(tmp_path / "task")["unverified_reason"] == draft.reason
    assert "/logs/verifier" not in (tmp_path / "task" / "tests" / "test.sh").read_text()


def test_signals_about_one_moment_give_one_task_and_a_cluster_is_not_needed_twice(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    writer = mending(pen("codex", tmp_path / "demo"))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        every = [each.id for each in signals.listed(database, signals.Wanted(with_absorbed=True))]
        drafts = [distill(database, Request(signal=each), tmp_path / each)[0] for each in every]
    assert len({(draft.start_seq, draft.end_seq) for draft in drafts}) == 1


def test_unknown_ids_say_where_ids_are_listed(store: str, tmp_path: Path) -> None:
    with played.record(store, tmp_path, []) as database:
        with pytest.raises(UsageError, match="no signal is called sig_1f; `codex-loop signals list`"):
            distill(database, Request(signal="sig_1f"), tmp_path / "task")
        with pytest.raises(UsageError, match="no cluster with signals begins with cluster_1f; `codex-loop cluster`"):
            distill(database, Request(cluster="cluster_1f"), tmp_path / "task")


def test_lines_that_a_session_does_not_have_are_refused(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    writer = mending(pen("codex", tmp_path / "demo"))
    with played.record(store, tmp_path, [writer], [commit]) as database:
        recording = from_store(database, played.session(database, writer))
        with pytest.raises(UsageError, match="lines 9000 to 9001 are no part of the session"):
            distill_span(recording, Span(first=9000, last=9001), Request(), tmp_path / "task")
        with pytest.raises(UsageError, match="the session has no turn nope"):
            distill_span(recording, Span(first_turn="nope"), Request(), tmp_path / "task")


def test_a_folder_with_other_files_is_left_alone(store: str, tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "thesis.txt").write_text("years of work")
    writer = mending(pen("codex", tmp_path / "demo"))
    with (
        played.record(store, tmp_path, [writer], [commit]) as database,
        pytest.raises(UsageError, match=r"thesis\.txt"),
    ):
        whole(database, writer, tmp_path / "task")
    assert (tmp_path / "task" / "thesis.txt").read_text() == "years of work"
