"""`history.jsonl`: findable, and no second copy of a prompt."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from codex_loop.model.records import Attachment, SessionStarted
from codex_loop.sources.base import Homes
from codex_loop.sources.claude.history import ClaudeHistory
from codex_loop.sources.lines import split

SOURCE = ClaudeHistory()
ENTRY = {"display": "fix add()", "pastedContents": {}, "timestamp": 1777629600123, "project": "/w", "sessionId": "S"}


def test_an_entry_is_an_attachment_of_its_session() -> None:
    decoded = SOURCE.decode(SOURCE.state(), "h", split(json.dumps(ENTRY).encode() + b"\n", 0))
    session, typed = decoded.records
    assert isinstance(session, SessionStarted)
    assert isinstance(typed, Attachment)
    assert (session.session, session.cwd) == ("S", "/w")
    assert (typed.session, typed.text, typed.time_ms) == ("S", "fix add()", 1777629600123)


def test_an_entry_of_an_old_version_names_no_session_and_becomes_none() -> None:
    old = {"display": "x", "project": "/w", "timestamp": 1}
    assert SOURCE.decode(SOURCE.state(), "h", split(json.dumps(old).encode(), 0)).records == []


def test_a_bad_line_is_rejected_and_the_mark_at_the_start_is_not() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(ENTRY).encode() + b"\r\n\r\n{broken\n"
    decoded = SOURCE.decode(SOURCE.state(), "h", split(data, 0))
    assert len(decoded.records) == 2
    assert [reject.offset for reject in decoded.rejects] == [data.index(b"{broken")]


def test_the_same_words_typed_twice_are_two_entries() -> None:
    raw = [json.dumps(ENTRY).encode()] * 2
    keys = SOURCE.identify(SOURCE.state(), "h", raw)
    assert len(set(keys)) == 2
    assert keys == SOURCE.identify(SOURCE.state(), "elsewhere", raw)


def test_it_is_found_in_each_home_and_recognised(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_text(json.dumps(ENTRY) + "\n")
    found = list(SOURCE.discover(Homes(claude=(tmp_path, tmp_path / "none"))))
    assert [each.path for each in found] == [tmp_path / "history.jsonl"]
    assert SOURCE.fingerprint(Path("x.jsonl"), json.dumps(ENTRY).encode())
    assert not SOURCE.fingerprint(Path("x.jsonl"), b'{"session_id":"S","ts":1,"text":"x"}')


@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    lines = split(data, 0)
    state = SOURCE.state()
    assert len(SOURCE.identify(state, "h", [line.data for line in lines])) == len(lines)
    SOURCE.decode(state, "h", lines)
