"""Sessions that other files tell of: spines in every dialect, saved streams, rollout traces, old rollouts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from codex_loop.errors import UsageError
from codex_loop.sources.base import Homes
from codex_loop.tasks.atif.convert import convert
from codex_loop.tasks.atif.rules import read_document
from codex_loop.tasks.atif.writing import write
from codex_loop.tasks.bundle import checking, reading
from codex_loop.tasks.bundle import writing as bundles
from codex_loop.tasks.bundle.recording import Recording
from tests.sources.spines import DIALECTS, THREAD, Dialect, encoded, story, write_segment
from tests.tasks.atif.recordings import GOLDEN, NOW_MS, Rollout, every, filled, free, recording, unchanged


def proven(session: Recording, out: Path) -> dict[str, Any]:
    """The document in 1.7, after both schemas and a bundle of the same session were found right."""
    made = bundles.write(session, out / "bundle", unchanged, NOW_MS)
    assert [finding for finding in checking.check(out / "bundle") if finding.severity == "error"] == []
    assert made.spine_records > 1
    again = reading.read(out / "bundle")
    write(again, out / "again", "1.7", free, unchanged, cut=False)
    for schema in ("1.7", "1.4"):
        for name in write(session, out / schema, schema, free, unchanged, cut=False).documents:
            assert [each for each in read_document(out / schema / name).findings if each.severity == "error"] == []
    document = (out / "1.7" / "trajectory.json").read_bytes()
    assert document == (out / "again" / "trajectory.json").read_bytes()
    found: dict[str, Any] = json.loads(document)
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_spine_alone_becomes_a_trajectory_with_its_decisions(dialect: Dialect, tmp_path: Path) -> None:
    write_segment(tmp_path / "codex" / "trace_spine" / THREAD, encoded(story(dialect)))
    with filled(tmp_path / "store", Homes(codex=(tmp_path / "codex",))) as database:
        document = proven(recording(database, THREAD), tmp_path / "out")
    calls = {call["tool_call_id"]: call["extra"] for step in document["steps"] for call in step.get("tool_calls", [])}
    assert (calls["c1"]["status"], calls["c1"]["exit_code"], calls["c1"]["duration_ms"]) == ("failed", 2, 1500)
    assert (calls["c2"]["status"], calls["c2"]["command"]) == ("declined", "rm -rf build")
    assert [each.get("decision") for each in calls["c2"]["approvals"]] == [None, "denied"]
    assert calls["c3"]["file_changes"][-1]["path"] == "/home/dev/proj/a.py"
    assert document["extra"]["tokens"] == "no file of this session tells them"
    sources = Counter(step["source"] for step in document["steps"])
    assert (sources["user"], sources["agent"]) == (1, 4)


def _streams() -> Iterator[Path]:
    for folder in ("tools", "compaction", "interrupt", "cut", "unknown-tool"):
        yield from sorted(GOLDEN.glob(f"codex-*/{folder}/streams/exec-*"))
    yield from sorted(GOLDEN.glob("codex-0.169.0/rollout-trace/rollout-trace"))


def test_saved_streams_and_rollout_traces_become_trajectories(tmp_path: Path) -> None:
    with filled(tmp_path / "store", Homes(extra=tuple(_streams()))) as database:
        sessions = [session for session in every(database) if session.prompts or session.tool_calls]
        for number, session in enumerate(sessions):
            document = proven(recording(database, session.id), tmp_path / str(number))
            calls = [call for step in document["steps"] for call in step.get("tool_calls", [])]
            assert len(calls) == session.tool_calls
    assert len(sessions) > 8


def test_a_rollout_that_codex_compressed_is_bundled_as_lines(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex")
    path = rollout.prompt("go").answer("Done.").write()
    path.with_name(f"{path.name}.zst").write_bytes(zstandard.compress(path.read_bytes()))
    path.unlink()
    with filled(tmp_path / "store", Homes(codex=(tmp_path / "codex",))) as database:
        session = recording(database, rollout.thread)
    proven(session, tmp_path / "out")
    assert [each.name for each in (tmp_path / "out" / "bundle" / "rollout").iterdir()] == [path.name]


def test_a_rollout_of_the_first_days_becomes_a_trajectory(tmp_path: Path) -> None:
    thread = "01a1fd77-0000-7000-8000-00000000000c"
    items = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "list the files"}]},
        {"type": "function_call", "call_id": "c1", "name": "shell", "arguments": '{"command": ["ls"]}'},
        {"type": "function_call_output", "call_id": "c1",
         "output": json.dumps({"output": "a.py\n", "metadata": {"exit_code": 0, "duration_seconds": 0.1}})},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "There is a.py."}]},
    ]  # fmt: skip
    whole = {"session": {"timestamp": "2025-04-17T10:00:00.000Z", "id": thread, "instructions": ""}, "items": items}
    folder = tmp_path / "codex" / "sessions"
    folder.mkdir(parents=True)
    (folder / f"rollout-2025-04-17-{thread}.json").write_text(json.dumps(whole), encoding="utf-8")
    with filled(tmp_path / "store", Homes(codex=(tmp_path / "codex",))) as database:
        document = proven(recording(database, thread), tmp_path / "out")
    assert [step["source"] for step in document["steps"]] == ["user", "agent", "agent"]


def test_both_engines_give_the_same_trajectory(place: str, tmp_path: Path) -> None:
    codex = (GOLDEN / "codex-0.169.0" / "subagent", GOLDEN / "codex-0.120.0" / "server-fork")
    homes = Homes(codex=codex, claude=(GOLDEN / "claude-2.1.329" / "subagent",))
    with filled(tmp_path / "one", homes, place) as one, filled(tmp_path / "two", homes) as two:
        for session in every(two):
            here, there = (convert(recording(database, session.id), free) for database in (one, two))
            assert here is not None
            assert here == there


def test_a_bundle_that_tells_nothing_is_not_taken_for_a_session_that_was_only_counted(tmp_path: Path) -> None:
    (tmp_path / "segment-000.jsonl").write_text("{}\n[[[[\n")
    with pytest.raises(UsageError, match=r"no line of codex:.* tells anything that was said or done"):
        write(reading.read(tmp_path), tmp_path / "out", "1.7", free, unchanged, cut=False)
