"""Status samples in the store: limits of several agents from one file, and no session for them."""

from __future__ import annotations

from codex_loop.sources.base import Homes
from codex_loop.sources.samples.files import StatusSamples
from tests.capture.ground import Ground

CODEX = b'{"source_tool":"codex","seq_no":1,"timestamp":"2026-11-21T09:00:00Z","via":"app-server","account":"k1",'
CODEX += b'"windows":{"5h_limit":{"used_percent":12.5,"resets_at":"2026-11-21T11:00:00Z"}}}\n'
CLAUDE = b'{"source_tool":"claude","seq_no":2,"timestamp":"2026-11-21T09:00:01Z","windows":'
CLAUDE += b'{"session":{"utilization":0,"resets_at":null},"odd":[1]}}\n'
FILE = "data/samples/usage-20261121.jsonl"


def sampled(ground: Ground, content: bytes) -> None:
    ground.sources, ground.homes = [StatusSamples()], Homes(data=(ground.home / "data",))
    ground.put(FILE, content)
    ground.ingest()


def test_each_line_is_a_limit_of_its_own_agent_and_no_session_is_made(ground: Ground) -> None:
    sampled(ground, CODEX + CLAUDE)
    told = "SELECT agent, account, via, slot, window_minutes, used_percent, session_key FROM limit_samples ORDER BY 1"
    assert ground.rows(told) == [
        ("claude", None, "program", "five_hour", 300, 0.0, None),
        ("codex", "k1", "app-server", None, 300, 12.5, None),
    ]
    assert ground.value("SELECT count(*) FROM sessions") == 0
    assert ground.rows("SELECT type, count FROM unknown_types") == [("window odd", 1)]


def test_a_second_look_takes_only_what_was_added(ground: Ground) -> None:
    sampled(ground, CODEX)
    ground.append(FILE, CLAUDE)
    (accounting, full) = (report := ground.ingest()).lanes.values()
    assert (accounting.read, full.read, full.duplicate) == (1, 1, 0)
    assert ground.value("SELECT count(*) FROM limit_samples") == 2
    assert not report.unreadable


def test_a_torn_line_waits_and_one_that_stays_torn_is_rejected(ground: Ground) -> None:
    sampled(ground, CODEX + b'{"source_tool":"cla')
    assert ground.value("SELECT count(*) FROM quarantine") == 0
    ground.append(FILE, b"\n" + CLAUDE)
    (accounting, full) = ground.ingest().lanes.values()
    assert (accounting.rejected, full.rejected, full.stored) == (1, 1, 1)
