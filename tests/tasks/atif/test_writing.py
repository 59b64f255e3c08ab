"""The folder of a trajectory: what is in it, what may not be, and that nothing leaves it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.capture.transcript import transcript
from codex_loop.errors import UsageError
from codex_loop.model.records import SessionStarted
from codex_loop.redaction import Redactor
from codex_loop.sources.base import Homes
from codex_loop.store import places
from codex_loop.store.engine import Database
from codex_loop.tasks.atif.document import Schema
from codex_loop.tasks.atif.rules import read_document
from codex_loop.tasks.atif.writing import write
from codex_loop.tasks.bundle.recording import Recording
from tests.tasks.atif.recordings import Rollout, every, filled, free, recording, unchanged

KEY = "AKIA" + "Q3EGRTV5LMN2OPW7"
SCHEMAS: tuple[Schema, ...] = ("1.7", "1.4")


def redact(data: bytes) -> bytes:
    return Redactor(b"k" * 32).line(data).line


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def subagents(recorded_sessions: dict[str, Recording]) -> list[Recording]:
    return [each for each in recorded_sessions.values() if each.children]


def test_schema_1_7_holds_subagents_inside_and_1_4_beside(
    recorded_sessions: dict[str, Recording], tmp_path: Path
) -> None:
    for number, session in enumerate(subagents(recorded_sessions)):
        new, old = tmp_path / f"{number}-new", tmp_path / f"{number}-old"
        assert write(session, new, "1.7", free, unchanged, cut=False).documents == ("trajectory.json",)
        made = write(session, old, "1.4", free, unchanged, cut=False)
        assert len(made.documents) == 1 + len(session.children)
        whole, strict = read(new / "trajectory.json"), read(old / "trajectory.json")
        assert whole["schema_version"] == "ATIF-v1.7"
        assert strict["schema_version"] == "ATIF-v1.4"
        assert "subagent_trajectories" in whole
        assert strict["extra"]["trajectory_id"] == whole["trajectory_id"]
        paths = {
            ref["trajectory_path"]
            for step in strict["steps"]
            for result in step.get("observation", {}).get("results", [])
            for ref in result.get("subagent_trajectory_ref", [])
        }
        assert paths == set(made.documents[1:])


def test_what_1_4_has_no_field_for_stands_in_extra(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex", dynamic_tools=[{"name": "lookup"}]).prompt(
        "look", "data:image/png;base64,iVBORw0="
    )
    rollout.call("c1", "shell", '{"command": ["ls"]}').output("c1", "a.py").answer("Done.")
    session = rollout.recorded(tmp_path)
    made = write(session, tmp_path / "out", "1.4", free, unchanged, cut=False)
    document = read(tmp_path / "out" / "trajectory.json")
    prompt, reply, _ = document["steps"]
    assert document["agent"]["extra"]["tool_definitions"][0]["function"]["name"] == "lookup"
    (image,) = prompt["extra"]["images"]
    assert prompt["message"] == f"look\n[image: {image['path']}]"
    assert (tmp_path / "out" / image["path"]).is_file()
    assert made.images == 1
    assert reply["extra"]["tool_call_details"]["c1"]["raw_arguments"] == '{"command": ["ls"]}'
    assert "finished_at" in reply["extra"]["observation_details"]["c1"]
    assert reply["extra"]["llm_call_count"] == 1


def test_the_loss_report_lies_beside_the_document(recorded_sessions: dict[str, Recording], tmp_path: Path) -> None:
    session = next(each for each in recorded_sessions.values() if each.agent == "claude")
    made = write(session, tmp_path, "1.7", free, unchanged, cut=False)
    report = read(tmp_path / "loss.json")
    assert report["schema"] == "codex-loop/atif-loss/1"
    (loss,) = report["sessions"]
    assert loss["input"] == made.losses[0].input == loss["mapped"] + loss["folded"] + loss["dropped"]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_planted_secret_never_appears(schema: Schema, tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt(f"use {KEY}")
    rollout.call("c1", "shell", json.dumps({"command": ["bash", "-lc", f"export AWS_ACCESS_KEY_ID={KEY}"]}))
    rollout.output("c1", json.dumps({"output": f"key={KEY}", "metadata": {"exit_code": 0}})).answer(f"I used {KEY}.")
    rollout.item("hologram_call", id="h1", note=KEY).line("world_state", state={"env": {"KEY": KEY}})
    write(rollout.recorded(tmp_path), tmp_path / "out", schema, free, redact, cut=False)
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()
    assert not any(finding.rule == "secret" for finding in read_document(tmp_path / "out" / "trajectory.json").findings)


def test_what_only_shows_once_it_is_unescaped_is_taken_out(tmp_path: Path) -> None:
    session = Rollout(tmp_path / "codex").prompt("go").answer("Done.").recorded(tmp_path)
    (file,) = session.files
    # As another's bundle may have it: nobody redacted these lines.
    lines = tuple(line._replace(records=tuple(_with_key(record) for record in line.records)) for line in file.lines)
    raw = session._replace(files=(file._replace(lines=lines),))
    write(raw, tmp_path / "out", "1.7", free, redact, cut=False)
    assert KEY.encode() not in (tmp_path / "out" / "trajectory.json").read_bytes()


def _with_key(record: Any) -> Any:
    return msgspec.structs.replace(record, text=f"key: {KEY}") if hasattr(record, "text") else record


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("name", ["../../escape", "/etc/passwd", "a\\..\\b", "con", "x" * 300, "..", "ä/ö:ü"])
def test_a_hostile_id_writes_nothing_outside_the_folder(name: str, schema: Schema, tmp_path: Path) -> None:
    parent = Rollout(tmp_path / "codex").prompt("go")
    parent.event("collab_agent_spawn_end", call_id="c9", new_thread_id=name, sender_thread_id=parent.thread)
    parent.write()
    child = Rollout(tmp_path / "codex", "01a1fd77-0000-7000-8000-00000000000b", parent_thread_id=parent.thread)
    child.prompt("help").answer("Yes.").write().write_bytes(
        b"".join(
            line.replace(child.thread.encode(), json.dumps(name)[1:-1].encode()) + b"\n" for line in child.encoded()
        )
    )
    out = tmp_path / "deep" / "out"
    before = set(tmp_path.rglob("*"))
    with filled(tmp_path / "store", Homes(codex=(tmp_path / "codex",))) as database:
        session = recording(database, parent.thread)
    assert [each.native_id for each in session.children] == [name]
    before |= set((tmp_path / "store").rglob("*"))
    made = write(session, out, schema, free, unchanged, cut=True)
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(out) for path in new)
    assert len(new) == len(made.documents) + 1
    for document in made.documents:
        assert read_document(out / document).findings == ()


@pytest.mark.parametrize("there", ["file", "full folder"])
def test_what_exists_is_never_changed(there: str, tmp_path: Path) -> None:
    session = Rollout(tmp_path / "codex").prompt("go").recorded(tmp_path)
    out = tmp_path / "out"
    if there == "file":
        out.write_text("mine", encoding="utf-8")
    else:
        out.mkdir()
        (out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="name a folder that does not exist yet"):
        write(session, out, "1.7", free, unchanged, cut=False)
    assert [path.read_text(encoding="utf-8") for path in (out, out / "mine.txt") if path.is_file()] == ["mine"]


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    session = Rollout(tmp_path / "codex").prompt("go").recorded(tmp_path)
    (tmp_path / "out").mkdir()
    assert write(session, tmp_path / "out", "1.7", free, unchanged, cut=False).steps == 1


def test_a_session_of_which_only_tokens_were_read_says_what_to_do(tmp_path: Path) -> None:
    nothing = Recording("codex", "t1", SessionStarted(offset=0, session="t1"), ())
    with pytest.raises(UsageError, match="ingest --full"):
        write(nothing, tmp_path / "out", "1.7", free, unchanged, cut=False)


def test_seq_is_the_number_of_the_line_in_the_session(
    golden: Database, recorded_sessions: dict[str, Recording]
) -> None:

    for session in every(golden):
        told = transcript(golden, places.find(golden, session.id))
        lines = sorted(
            (line for file in recorded_sessions[session.id].files for line in file.lines), key=lambda at: at.seq
        )
        assert [(line.seq, line.data) for line in lines] == [(line.seq, line.data) for line in told]
