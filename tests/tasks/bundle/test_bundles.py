"""A recorded session as a folder, and the same session read again from it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from codex_loop.errors import UsageError
from codex_loop.model import records as r
from codex_loop.redaction import Redactor
from codex_loop.sources.base import Homes
from codex_loop.sources.lines import split
from codex_loop.sources.spine.segments import read_spine
from codex_loop.sources.spine.spines import TraceSpines
from codex_loop.store.engine import Database
from codex_loop.store.sessions import Session
from codex_loop.tasks.atif.convert import convert
from codex_loop.tasks.bundle import checking
from codex_loop.tasks.bundle.reading import read
from codex_loop.tasks.bundle.recording import Recording
from codex_loop.tasks.bundle.writing import Bundled, write
from tests.sources.spines import THREAD, encoded, story, write_segment
from tests.tasks.atif.recordings import NOW_MS, Rollout, every, filled, free, recording, unchanged

T = TypeVar("T", bound=r.Record)
KEY = "AKIA" + "Q3EGRTV5LMN2OPW7"


def bundled(session: Recording, out: Path) -> Bundled:
    return write(session, out, unchanged, NOW_MS)


@pytest.fixture(scope="module")
def bundles(recorded_sessions: dict[str, Recording], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every recording as a bundle, by the session's id."""
    root = tmp_path_factory.mktemp("bundles")
    found = {}
    for number, (name, session) in enumerate(recorded_sessions.items()):
        found[name] = root / str(number)
        bundled(session, found[name])
    return found


def test_nothing_is_wrong_with_the_bundle_of_any_recording(bundles: dict[str, Path]) -> None:
    for name, folder in bundles.items():
        assert checking.check(folder) == [], name
        segments = read_spine(folder / "spine")
        assert [finding for segment in segments for finding in segment.findings] == [], name
        assert all(segment.closed for segment in segments)


def test_a_bundle_converts_to_the_same_trajectory_as_its_session(
    bundles: dict[str, Path], recorded_sessions: dict[str, Recording]
) -> None:
    for name, folder in bundles.items():
        here, there = convert(read(folder), free), convert(recorded_sessions[name], free)
        assert here is not None
        assert there is not None
        assert msgspec.to_builtins(here.trajectory) == msgspec.to_builtins(there.trajectory), name
        assert here.losses == there.losses


def _known(session: Session) -> dict[str, Any]:
    """What is recorded of a session, whichever way it came."""
    told = msgspec.to_builtins(session)
    incidental = ("short_id", "host", "family_tokens", "subagents")
    return {name: value for name, value in told.items() if name not in incidental}


def test_a_bundle_can_be_recorded_again(golden: Database, bundles: dict[str, Path], tmp_path: Path) -> None:
    sessions = {session.id: session for session in every(golden)}
    # Who shares history with a fork owns other lines when the other is not there; subagents come with their parents.
    shared = {session.forked_from for session in sessions.values()}
    chosen = [name for name, session in sessions.items() if session.forked_from is None and session.lineage == "main"]
    chosen = [name for name in chosen if sessions[name].native_id not in shared]
    assert len(chosen) > 140
    with filled(tmp_path, Homes(extra=tuple(bundles[name] for name in chosen))) as database:
        again = {session.id: session for session in every(database)}
    assert {name: _known(again[name]) for name in chosen} == {name: _known(sessions[name]) for name in chosen}


def test_a_made_spine_says_what_the_transcript_says(
    bundles: dict[str, Path], recorded_sessions: dict[str, Recording]
) -> None:
    for name, folder in bundles.items():
        records = [record for segment in sorted((folder / "spine").glob("*.jsonl")) for record in _decoded(segment)]
        lines = [line for file in recorded_sessions[name].speaking() for line in file.lines if not line.inherited]
        told = [record for line in lines for record in line.records]
        assert _said(records) == _said(told), name
        assert {call.call_id: call.name for call in _of(records, r.ToolCall)} == {
            call.call_id: call.name for call in reversed(_of(told, r.ToolCall))
        }
        assert _exits(records) == _exits(told)
        for kind in (r.Interrupted, r.Problem, r.Reverted, r.PlanUpdated, r.TurnEnded):
            assert len(_of(records, kind)) == len(_of(told, kind)), (name, kind)
        summaries = {compaction.summary for compaction in _of(told, r.Compaction)} - {None}
        assert {compaction.summary for compaction in _of(records, r.Compaction)} - {None} == summaries


def _decoded(path: Path) -> list[r.AnyRecord]:
    source = TraceSpines()
    return source.decode(source.state(), str(path), split(path.read_bytes(), 0)).records


def _of(records: list[r.AnyRecord], kind: type[T]) -> list[T]:
    return [record for record in records if isinstance(record, kind)]


def _said(records: list[r.AnyRecord]) -> list[tuple[str, str]]:
    texts = []
    for record in records:
        if isinstance(record, r.UserMessage) and record.author == "human":
            texts.append(("prompt", record.text))
        elif isinstance(record, r.AgentMessage):
            texts.append(("answer", record.text))
    return texts


def _exits(records: list[r.AnyRecord]) -> dict[str, int]:
    """Of commands; a spine has no exit code for a patch."""
    results = _of(records, r.ToolResult)
    patches = {change.call_id for change in _of(records, r.FileChange)}
    known = {result.call_id: result.exit_code for result in results if result.exit_code is not None}
    return {call_id: code for call_id, code in known.items() if call_id not in patches}


def test_a_spine_that_was_made_is_not_recorded_as_a_session_of_its_own(
    bundles: dict[str, Path], recorded_sessions: dict[str, Recording], tmp_path: Path
) -> None:
    name = next(name for name, session in recorded_sessions.items() if session.agent == "claude")
    for place in (bundles[name], bundles[name] / "spine"):
        with filled(tmp_path / place.name, Homes(extra=(place,))) as database:
            assert {session.agent for session in every(database)} <= {"claude"}


def spined(tmp_path: Path, *, ingested: bool) -> Recording:
    """A session that both a rollout and the agent's own spine tell of."""
    home = tmp_path / "codex"
    Rollout(home, THREAD).prompt("fix the test").answer("Fixed.").write()
    folder = home if ingested else tmp_path / "elsewhere"
    write_segment(folder / "trace_spine" / THREAD, encoded(story("rust")), meta={})
    with filled(tmp_path / "store", Homes(codex=(home,))) as database:
        return recording(database, THREAD)


def test_the_agents_own_spine_is_kept(tmp_path: Path) -> None:
    session = spined(tmp_path, ingested=True)
    made = bundled(session, tmp_path / "out")
    assert (made.spine, made.files) == ("recorded", 1)
    assert (tmp_path / "out" / "spine" / "segment-000.jsonl").read_bytes() == encoded(story("rust"))
    assert checking.check(tmp_path / "out") == []
    assert [segment.closed for segment in read_spine(tmp_path / "out" / "spine")] == [True]


def test_a_spine_that_nobody_recorded_is_taken_from_the_agents_home(tmp_path: Path) -> None:
    session = spined(tmp_path, ingested=False)
    made = write(session, tmp_path / "out", unchanged, NOW_MS, (tmp_path / "elsewhere",))
    assert made.spine == "recorded"
    assert made.spine_records == len(story("rust"))


def test_decisions_of_the_spine_stand_with_the_calls_of_the_rollout(tmp_path: Path) -> None:
    home = tmp_path / "codex"
    rollout = Rollout(home, THREAD).prompt("fix the test").call("c2", "shell", '{"command": ["rm", "-rf", "build"]}')
    rollout.output("c2", "exec command rejected by user").answer("Fixed.").write()
    write_segment(home / "trace_spine" / THREAD, encoded(story("rust")))
    with filled(tmp_path / "store", Homes(codex=(home,))) as database:
        made = convert(recording(database, THREAD), free)
    assert made is not None
    calls = {call.tool_call_id: call.extra or {} for step in made.trajectory.steps for call in step.tool_calls or ()}
    approvals = calls["c2"]["approvals"]
    assert isinstance(approvals, list)
    assert [(each["event"], each.get("decision")) for each in approvals] == [("requested", None), ("decided", "denied")]
    assert made.losses[0].adds_up
    assert any(kind.type.startswith("trace-spine: ") for kind in made.losses[0].kinds)


def test_a_session_that_only_its_spine_tells_of_can_be_bundled_and_converted(tmp_path: Path) -> None:
    home = tmp_path / "codex"
    write_segment(home / "trace_spine" / THREAD, encoded(story("rust")))
    with filled(tmp_path / "store", Homes(codex=(home,))) as database:
        session = recording(database, THREAD)
    assert bundled(session, tmp_path / "out").spine == "recorded"
    assert [finding.severity for finding in checking.check(tmp_path / "out")] == ["warning"]
    for place in (tmp_path / "out", home / "trace_spine" / THREAD):
        made = convert(read(place), free)
        assert made is not None
        assert [step.source for step in made.trajectory.steps].count("user") == 1


def test_anothers_bundle_is_read_by_what_its_files_are(tmp_path: Path) -> None:
    path = Rollout(tmp_path / "codex", THREAD).prompt("fix the test").answer("Fixed.").write()
    bundle = tmp_path / "bundle"
    (bundle / "rollout").mkdir(parents=True)
    path.rename(bundle / "rollout" / path.name)
    write_segment(bundle / "spine", encoded(story("rust")), meta={})
    described = {"bundle_version": "rollout_plus_v0", "thread_id": THREAD, "created_at": "2026-01-31T09:00:00Z",
                 "spine_schema_version": "codex_trace_spine_v1", "rollout_path": str(path)}  # fmt: skip
    (bundle / "bundle.json").write_text(json.dumps(described), encoding="utf-8")
    assert checking.check(bundle) == []
    assert {file.source for file in read(bundle).files} == {"codex-rollout", "trace-spine"}
    with filled(tmp_path / "store", Homes(extra=(bundle,))) as database:
        assert [session.prompts for session in every(database)] == [1]


def test_git_facts_and_changes_are_artifacts(tmp_path: Path) -> None:
    git = {"commit_hash": "4b1d0c2e9f", "branch": "main", "repository_url": "https://github.com/example/demo.git"}
    rollout = Rollout(tmp_path / "codex", git=git).prompt("go")
    changes = {
        "/home/dev/proj/new.py": {"type": "add", "content": "print(1)\n"},
        "/home/dev/proj/a.py": {"type": "update", "unified_diff": "@@ -1 +1 @@\n-a\n+b\n", "move_path": None},
    }
    item = {"type": "FileChange", "id": "c1", "changes": changes, "status": "completed", "stdout": "ok", "stderr": ""}
    rollout.event("item_completed", item=item)
    made = bundled(rollout.recorded(tmp_path), tmp_path / "out")
    artifacts = tmp_path / "out" / "artifacts"
    assert sorted(made.artifacts) == [f"artifacts/{name}" for name in sorted(path.name for path in artifacts.iterdir())]
    assert json.loads((artifacts / "git_info.json").read_bytes()) == {"repo_root": "/home/dev/proj", **git}
    assert len((artifacts / "file_changes.jsonl").read_bytes().splitlines()) == 2
    patch = (artifacts / "git_diff.patch").read_text(encoding="utf-8")
    assert "+++ b/new.py\n@@ -0,0 +1,1 @@\n+print(1)\n" in patch
    assert checking.check(tmp_path / "out") == []


def test_the_patch_is_one_that_git_applies(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex").prompt("go")
    first = {"/home/dev/proj/a.py": {"type": "update", "unified_diff": "@@ -1,2 +1,2 @@\n-a\n+b\n c\n"}}
    second = {"/home/dev/proj/a.py": {"type": "update", "unified_diff": "@@ -1,2 +1,2 @@\n b\n-c\n+d\n"},
              "/home/dev/proj/new.py": {"type": "add", "content": "x\ny\n"},
              "/home/dev/proj/old.py": {"type": "delete", "content": "gone\n"}}  # fmt: skip
    for number, changes in enumerate((first, second)):
        item = {"type": "FileChange", "id": f"c{number}", "changes": changes, "status": "completed"}
        rollout.event("item_completed", item=item)
    bundled(rollout.recorded(tmp_path), tmp_path / "out")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.py").write_bytes(b"a\nc\n")
    (tree / "old.py").write_bytes(b"gone\n")
    subprocess.run(["git", "init", "-q", str(tree)], check=True, capture_output=True)
    patch = tmp_path / "out" / "artifacts" / "git_diff.patch"
    subprocess.run(["git", "apply", str(patch)], cwd=tree, check=True, capture_output=True)
    found = {path.name: path.read_bytes() for path in tree.iterdir() if path.is_file()}
    assert found == {"a.py": b"b\nd\n", "new.py": b"x\ny\n"}


def test_a_change_without_line_numbers_gives_no_patch_and_says_so(tmp_path: Path) -> None:
    patch = "*** Begin Patch\n*** Update File: a.py\n@@\n-a\n+b\n*** End Patch\n"
    rollout = Rollout(tmp_path / "codex").prompt("go")
    rollout.item("custom_tool_call", call_id="c1", name="apply_patch", input=patch)
    rollout.item("custom_tool_call_output", call_id="c1", output='{"output":"Success.","metadata":{"exit_code":0}}')
    made = bundled(rollout.recorded(tmp_path), tmp_path / "out")
    assert made.git_diff == "the change of /home/dev/proj/a.py (line 4) is not recorded with line numbers"
    assert made.artifacts == ("artifacts/file_changes.jsonl",)


def test_a_planted_secret_never_appears(tmp_path: Path) -> None:
    def redact(data: bytes) -> bytes:
        return Redactor(b"k" * 32).line(data).line

    rollout = Rollout(tmp_path / "codex", git={"commit_hash": "1", "repository_url": f"https://x:{KEY}@example.com/a"})
    rollout.prompt(f"use {KEY}").call("c1", "shell", json.dumps({"command": ["bash", "-lc", f"echo {KEY}"]}))
    rollout.output("c1", KEY).answer(f"I used {KEY}.").line("compacted", message=f"Used {KEY}.")
    write(rollout.recorded(tmp_path), tmp_path / "out", redact, NOW_MS)
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


def test_what_newer_rules_find_is_taken_out_on_the_way(tmp_path: Path) -> None:
    changes = {"/home/dev/proj/a.py": {"type": "add", "content": "word = 'hunter'\n"}}
    rollout = Rollout(tmp_path / "codex").prompt("use hunter").answer("I used hunter.")
    rollout.event("item_completed", item={"type": "FileChange", "id": "c1", "changes": changes, "status": "completed"})
    write(rollout.recorded(tmp_path), tmp_path / "out", lambda data: data.replace(b"hunter", b"******"), NOW_MS)
    assert (tmp_path / "out" / "artifacts" / "git_diff.patch").is_file()
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or b"hunter" not in path.read_bytes()
    assert checking.check(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("path", "rule"), [("rollout/rollout-*.jsonl", "file-sha256"), ("spine/segment-000.jsonl", "meta-sha256")]
)
def test_a_file_that_was_changed_is_found(path: str, rule: str, tmp_path: Path) -> None:
    bundled(Rollout(tmp_path / "codex").prompt("go").answer("Done.").recorded(tmp_path), tmp_path / "out")
    (file,) = (tmp_path / "out").glob(path)
    file.write_bytes(file.read_bytes().replace(b"Done.", b"Gone."))
    findings = [
        *checking.check(tmp_path / "out"),
        *(f for s in read_spine(tmp_path / "out" / "spine") for f in s.findings),
    ]
    assert [finding.rule for finding in findings] == [rule]


@pytest.mark.parametrize("name", ["../../secret.jsonl", "/etc/passwd", "rollout\\..\\..\\x"])
def test_a_description_that_leads_out_of_the_bundle_is_refused(name: str, tmp_path: Path) -> None:
    bundled(Rollout(tmp_path / "codex").prompt("go").recorded(tmp_path), tmp_path / "out")
    described = json.loads((tmp_path / "out" / "bundle.json").read_bytes())
    described["codex_loop"]["files"][0]["path"] = name
    (tmp_path / "out" / "bundle.json").write_text(json.dumps(described), encoding="utf-8")
    assert [finding.rule for finding in checking.check(tmp_path / "out")] == ["file-path"]
    with pytest.raises(UsageError, match="leads out of the bundle"):
        read(tmp_path / "out")
    with filled(tmp_path / "again", Homes(extra=(tmp_path / "out",))) as database:
        assert every(database) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "cannot be read as a bundle's description"),
        (b'{"thread_id": "\xff"}', "cannot be read as a bundle's description"),
        (b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "cannot be read as a bundle's description"),
        (b'{"bundle_version": "rollout_plus_v9"}', "only rollout_plus_v0 can be read"),
        (b'{"bundle_version": "rollout_plus_v0", "thread_id": "x"}', "holds neither a rollout nor a spine"),
        (None, "holds neither a rollout nor a spine"),
    ],
)
def test_what_is_no_bundle_is_refused_in_a_sentence(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "bundle.json").write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read(tmp_path)
    with filled(tmp_path / "again", Homes(extra=(tmp_path,))) as database:
        assert every(database) == []


def test_what_exists_is_never_changed(tmp_path: Path) -> None:
    session = Rollout(tmp_path / "codex").prompt("go").recorded(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is not empty; name a folder that does not exist yet"):
        bundled(session, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_long_session_has_several_segments(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path / "codex")
    for number in range(1800):
        rollout.call(f"c{number}", "shell", json.dumps({"command": ["bash", "-lc", f"echo {number}"]}))
        rollout.output(f"c{number}", f"Exit code: 0\nWall time: 0.1 seconds\nOutput:\n{number}")
    made = bundled(rollout.recorded(tmp_path), tmp_path / "out")
    segments = read_spine(tmp_path / "out" / "spine")
    assert made.segments == len(segments) == 2
    assert [(segment.first_seq, segment.records) for segment in segments] == [
        (1, 5000),
        (5001, made.spine_records - 5000),
    ]
    assert [segment.findings for segment in segments] == [(), ()]


def test_the_same_session_gives_the_same_bundle(tmp_path: Path) -> None:
    session = Rollout(tmp_path / "codex").prompt("go").answer("Done.").recorded(tmp_path)
    for name in ("one", "two"):
        bundled(session, tmp_path / name)
    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
