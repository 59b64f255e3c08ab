"""A session told in order, turn by turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.store import places
from codex_loop.store.entries import Approval, Change, Entry, Event, Prompt, Said, Tool
from codex_loop.store.timeline import Timeline, timeline
from tests.store.builder import BORN_MS, MINUTE, Builder


@pytest.fixture
def store(place: str) -> Iterator[Builder]:
    builder = Builder(place)
    yield builder
    builder.close()


def told(store: Builder, native_id: str) -> Timeline:
    store.write()
    return timeline(store.database, places.find(store.database, native_id))


def texts(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.text for entry in entries if isinstance(entry, Prompt | Said)]


def test_lines_are_told_in_the_order_of_their_file_whatever_their_clocks_say(store: Builder) -> None:
    key = store.session("s1")
    for text, time_ms in (("one", BORN_MS + 50), ("two", BORN_MS), ("three", None), ("four", BORN_MS + 20)):
        store.message(key, text, time_ms=time_ms)
    assert texts(told(store, "s1").turns[0].entries) == ["one", "two", "three", "four"]


def test_files_of_one_session_are_laid_side_by_side_by_their_clocks(store: Builder) -> None:
    key = store.session("s1")
    store.message(key, "later", time_ms=BORN_MS + 20)
    store.message(key, "last", time_ms=BORN_MS + 40)
    store.file()
    store.message(key, "earlier", time_ms=BORN_MS + 10)
    store.message(key, "between", time_ms=BORN_MS + 30)
    assert texts(told(store, "s1").turns[0].entries) == ["earlier", "later", "between", "last"]


def test_a_turn_carries_its_rules_and_what_happened_in_it(store: Builder) -> None:
    key = store.session("s1")
    first = store.row("turns", session_key=key, native_id="t1", approval_policy="never", sandbox_policy="read-only")
    store.message(key, "do it", turn_key=first)
    second = store.row(
        "turns", session_key=key, native_id="t2", approval_policy="on-request", model="m", effort="high", duration_ms=9
    )
    store.message(key, "more", turn_key=second)
    store.message(key, "told late of the first turn", role="agent", turn_key=first)
    turns = told(store, "s1").turns
    assert [(turn.number, turn.id, turn.approval_policy, turn.sandbox_policy) for turn in turns] == [
        (1, "t1", "never", "read-only"),
        (2, "t2", "on-request", None),
    ]
    assert (turns[1].model, turns[1].effort, turns[1].duration_ms) == ("m", "high", 9)
    assert texts(turns[0].entries) == ["do it", "told late of the first turn"]


def test_what_happened_before_the_first_turn_is_turn_0(store: Builder) -> None:
    key = store.session("s1")
    store.message(key, "instructions", role="attachment")
    store.row("turns", session_key=key, native_id="t1")
    store.message(key, "go")
    turns = told(store, "s1").turns
    assert [(turn.number, texts(turn.entries)) for turn in turns] == [(0, ["instructions"]), (1, ["go"])]


def test_tokens_belong_to_the_turn_whose_lines_they_stand_among(store: Builder) -> None:
    key = store.session("s1")
    store.usage(key, input=1)
    store.row("turns", session_key=key, native_id="t1")
    store.usage(key, input=10)
    store.usage(key, input=100, quality=1)
    store.row("turns", session_key=key, native_id="t2")
    store.row("turns", session_key=key, native_id="t3")
    store.usage(key, input=1000)
    turns = told(store, "s1").turns
    assert [turn.tokens and (turn.tokens.total, turn.tokens.quality) for turn in turns] == [
        (1, "final"),
        (110, "partial"),
        None,
        (1000, "final"),
    ]


def test_changes_and_approvals_stand_with_the_call_they_belong_to(store: Builder) -> None:
    key = store.session("s1")
    store.tool(
        key, "c1", name="apply_patch", status="failed", exit_code=1, duration_ms=12, basis="item", started_ms=BORN_MS
    )
    store.row("file_changes", session_key=key, call_id="c1", path="a.py", change="update", added=3, removed=1, ok=0)
    store.row("approvals", session_key=key, call_id="c1", decision="denied", who="user", basis="op", rank=40)
    store.row("file_changes", session_key=key, path="b.py", change="add")
    store.row("approvals", session_key=key, call_id="gone", rank=0)
    tool, change, approval = told(store, "s1").turns[0].entries
    assert isinstance(tool, Tool)
    assert (tool.status, tool.exit_code, tool.duration_ms, tool.basis) == ("failed", 1, 12, "item")
    assert [(each.path, each.added, each.removed, each.ok) for each in tool.changes] == [("a.py", 3, 1, False)]
    assert [(each.decision, each.who, each.basis) for each in tool.approvals] == [("denied", "user", "op")]
    assert isinstance(change, Change)
    assert (change.path, change.added, change.ok) == ("b.py", None, None)
    assert isinstance(approval, Approval)
    assert (approval.call_id, approval.decision, approval.who) == ("gone", None, None)


def test_everything_points_back_at_its_line(store: Builder) -> None:
    source_id = store.file()
    key = store.session("s1")
    store.row("events", session_key=key, kind="problem", scope="error", message="no", line_offset=4711)
    (event,) = told(store, "s1").turns[0].entries
    assert isinstance(event, Event)
    assert (event.origin.source_id, event.origin.offset) == (source_id, 4711)


def test_a_session_of_which_only_tokens_were_read_has_one_turn_without_entries(store: Builder) -> None:
    key = store.session("s1")
    store.usage(key, input=7)
    (turn,) = told(store, "s1").turns
    assert (turn.number, turn.entries) == (0, ())
    assert turn.tokens is not None


def test_the_sessions_it_started_are_named_in_the_order_they_began(store: Builder) -> None:
    store.session("root", agent="claude")
    store.session("root/b", agent="claude", lineage="subagent", parent_id="root", started_ms=BORN_MS)
    store.session("root/a", agent="claude", lineage="subagent", parent_id="root", started_ms=BORN_MS + MINUTE)
    assert told(store, "root").subagents == ("claude:root/b", "claude:root/a")
