"""`history.jsonl`: what was typed, kept as evidence and never counted as a message."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from codex_loop.model.records import Attachment, Unknown
from codex_loop.sources.codex.history import CodexHistory, HistoryState
from codex_loop.sources.lines import split

LINE = b'{"session_id":"S1","ts":1795245217,"text":"fix the tests"}'


def test_a_line_is_what_was_typed_where_and_when() -> None:
    (record,) = CodexHistory().decode(HistoryState(), "history.jsonl", split(LINE, 0)).records
    assert isinstance(record, Attachment)
    assert (record.session, record.time_ms, record.name, record.text) == ("S1", 1795245217000, "typed", "fix the tests")


def test_other_lines_are_unknown_or_rejected() -> None:
    found = CodexHistory().decode(HistoryState(), "history.jsonl", split(b'{"text":1}\n\n{torn\n[]\n' + LINE, 0))
    assert [type(record) for record in found.records] == [Unknown, Attachment]
    assert [reject.offset for reject in found.rejects] == [12, 18]


def test_the_same_words_typed_twice_are_two_lines() -> None:
    keys = CodexHistory().identify(HistoryState(), "history.jsonl", [LINE, LINE, LINE])
    assert len(set(keys)) == 3
    assert keys == CodexHistory().identify(HistoryState(), "copy.jsonl", [LINE + b"\r", LINE, LINE])


def test_it_is_recognised_by_name_and_fields() -> None:
    source = CodexHistory()
    assert source.fingerprint(Path("history.jsonl"), LINE)
    assert not source.fingerprint(Path("history.jsonl"), b'{"display":"x"}')
    assert not source.fingerprint(Path("other.jsonl"), LINE)


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    lines = split(data, 0)
    found = CodexHistory().decode(HistoryState(), "history.jsonl", lines)
    assert len(found.records) + len(found.rejects) <= len(lines)
