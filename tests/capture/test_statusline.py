"""The statusline's inbox in the store."""

from __future__ import annotations

from codex_loop.sources.base import Homes
from codex_loop.sources.inbox.statusline import ClaudeStatusline
from tests.capture.ground import Ground

FILE = "data/inbox/statusline-20261121.jsonl"
LINE = (
    b'{"schema":"codex-loop/statusline/1","time_ms":%d,"session_id":"s-1","model":"m","version":"2.1.329",'
    b'"rate_limits":{"five_hour":{"used_percentage":42.5,"resets_at":1795258800}}}\n'
)


def test_each_line_is_a_limit_once_and_lines_read_are_stored_or_rejected(ground: Ground) -> None:
    ground.sources, ground.homes = [ClaudeStatusline()], Homes(data=(ground.home / "data",))
    ground.put(FILE, LINE % 1795251600000 + b"torn\n")
    first = ground.ingest().lanes["accounting"]
    assert (first.read, first.stored, first.rejected) == (2, 1, 1)
    ground.append(FILE, LINE % 1795251660000)
    assert ground.ingest().lanes["accounting"].read == 1
    assert ground.ingest().lanes["accounting"].read == 0
    told = "SELECT agent, via, slot, window_minutes, used_percent, session_key, time_ms FROM limit_samples ORDER BY 7"
    facts = ("claude", "statusline", "five_hour", 300, 42.5, None)
    assert ground.rows(told) == [(*facts, 1795251600000), (*facts, 1795251660000)]
    assert ground.value("SELECT count(*) FROM sessions") == 0
