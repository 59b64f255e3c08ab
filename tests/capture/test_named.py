"""Files that a user names are read whatever they are called, once, by the source that knows their format."""

from __future__ import annotations

from pathlib import Path

import pytest
import zstandard

from codex_loop.capture.plan import survey
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from tests.capture.ground import Ground

GOLDEN = Path(__file__).parents[1] / "golden"
CLAUDE, CODEX = GOLDEN / "claude-2.1.197" / "tools", GOLDEN / "codex-0.169.0" / "tools"
ROLLOUT = next(CODEX.glob("sessions/**/rollout-*.jsonl"))
NAMED = {
    "claude-stream": (CLAUDE / "streams" / "stream-01.jsonl", "saved.txt"),
    "claude-transcript": (next(CLAUDE.glob("projects/*/*.jsonl")), "copy.jsonl"),
    "codex-exec": (CODEX / "streams" / "exec-01.jsonl", "run.log"),
    "codex-rollout": (ROLLOUT, ROLLOUT.name),
}


@pytest.mark.parametrize("source", NAMED)
def test_a_named_file_is_read_by_the_source_that_knows_its_format(sqlite_ground: Ground, source: str) -> None:
    origin, name = NAMED[source]
    sqlite_ground.sources = registry.all_sources()
    sqlite_ground.homes = Homes(extra=(sqlite_ground.put(name, origin.read_bytes()),))
    report = sqlite_ground.ingest()
    assert report.unreadable == []
    assert report.lanes["full"].stored == len(origin.read_bytes().splitlines())
    assert sqlite_ground.rows("SELECT source FROM source_files") == [(source,)]
    assert sqlite_ground.value("SELECT count(*) FROM tool_calls WHERE name IS NOT NULL") > 0
    assert sqlite_ground.ingest().lanes["full"].read == 0


def test_a_compressed_rollout_and_one_of_the_first_kind_are_read_as_what_they_are(tmp_path: Path) -> None:
    cold = tmp_path / f"{ROLLOUT.name}.zst"
    cold.write_bytes(zstandard.compress(ROLLOUT.read_bytes()))
    first = tmp_path / "rollout-2025-05-01-a.json"
    first.write_bytes(b'{"session":{"timestamp":"2025-05-01T10:00:00.000Z","id":"a"},"items":[]}')
    found = survey(registry.all_sources(), Homes(extra=(cold, first)))
    assert {each.found.path: each.found.unit for each in found.files} == {cold: "zstd", first: "document"}


def test_a_folder_of_saved_streams_is_read(tmp_path: Path) -> None:
    for name in ("claude-stream", "codex-exec"):
        (tmp_path / f"{name}.jsonl").write_bytes(NAMED[name][0].read_bytes())
    (tmp_path / "other.jsonl").write_bytes(b'{"a":1}\n')
    found = survey(registry.all_sources(), Homes(extra=(tmp_path,)))
    assert {each.found.path.stem: each.found.source for each in found.files} == {
        "claude-stream": "claude-stream",
        "codex-exec": "codex-exec",
    }


def test_a_named_file_of_no_known_format_is_told(tmp_path: Path) -> None:
    place = tmp_path / "notes.txt"
    place.write_text("hello\n")
    found = survey(registry.all_sources(), Homes(extra=(place,)))
    assert found.files == []
    assert found.unreadable == [(str(place), "it is of no format that is known here")]


@pytest.mark.parametrize("version", ["1.0.100", "2.0.76"])
def test_a_stream_beside_the_transcript_adds_no_session_of_a_subagent(ground: Ground, version: str) -> None:
    play = GOLDEN / f"claude-{version}" / "subagent"
    for path in play.glob("projects/**/*.jsonl"):
        ground.put(f"claude/{path.relative_to(play).as_posix()}", path.read_bytes())
    stream = ground.put("saved.jsonl", (play / "streams" / "stream-01.jsonl").read_bytes())
    ground.sources = registry.all_sources()
    ground.ingest()
    told = "SELECT native_id FROM sessions ORDER BY native_id"
    calls = "SELECT session_key, call_id, name FROM tool_calls ORDER BY session_key, call_id"
    before = ground.rows(told), ground.rows(calls)
    ground.homes = ground.homes._replace(extra=(stream,))
    assert ground.ingest().lanes["full"].stored > 0
    assert (ground.rows(told), ground.rows(calls)) == before
