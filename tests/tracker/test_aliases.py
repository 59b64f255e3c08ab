"""Whatever is typed in whatever order: the ends alternate, undoing is exact, and no line is ever lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.errors import UsageError
from codex_loop.usage.tracker import aliases
from codex_loop.usage.tracker.aliases import Pasted, State
from codex_loop.usage.tracker.journal import Logbook, records
from codex_loop.usage.tracker.records import Snapshot

PANE = Pasted("5h limit: [█░] 1% used (resets 05:15)\nWeekly limit: [█░] 2% used (resets 14:52 on 23 Nov)")
NOW = 1_795_000_000_000
ACTIONS = {"start": aliases.start, "end": aliases.end, "cross": aliases.cross}
Steps = st.lists(st.tuples(st.sampled_from([*ACTIONS, "undo"]), st.sampled_from([None, "main", "sub1"])), max_size=12)


def ends(book: Logbook) -> list[tuple[str, str]]:
    agent = book.agent_note
    taken = records(book, "snapshots", Snapshot)
    return [(each.window, each.phase) for each in taken if each.notes == agent]


def state(book: Logbook) -> State:
    return msgspec.json.decode((book.state_dir / "codex.json").read_bytes(), type=State)


def do(book: Logbook, action: str) -> bool:
    """Whether it could be done."""
    try:
        if action == "undo":
            aliases.undo(book, "codex", NOW)
        else:
            ACTIONS[action](book, "codex", PANE, NOW)
    except UsageError:
        return False
    return True


def logbooks(folder: Path) -> dict[str | None, Logbook]:
    return {name: Logbook(folder, folder / "state" / (name or ""), name) for name in (None, "main", "sub1")}


@given(Steps)
@settings(max_examples=40, deadline=None)
def test_any_order_of_commands_leaves_whole_windows(steps: list[tuple[str, str | None]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        books = logbooks(Path(place))
        written = b""
        for action, agent in steps:
            others = {name: ends(book) for name, book in books.items() if name != agent}
            before = ends(books[agent])
            done = do(books[agent], action)
            after = ends(books[agent])
            data = (Path(place) / "snapshots.jsonl").read_bytes() if written or after else b""
            assert data.startswith(written), "no line is rewritten"
            written = data
            assert {name: ends(book) for name, book in books.items() if name != agent} == others
            if not done:
                assert after == before
                continue
            latest = after[-1] if after else (None, None)
            assert (state(books[agent]).current_window, state(books[agent]).last_phase) == latest
            assert all(phase == "before" for _, phase in after if (_, "before") not in after)
            assert action != "undo" or after == before[:-1]


@given(Steps, st.sampled_from([*ACTIONS]))
@settings(max_examples=25, deadline=None)
def test_what_was_just_done_can_be_undone(steps: list[tuple[str, str | None]], action: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        book = logbooks(Path(place))["main"]
        for earlier, _ in steps:
            do(book, earlier)
        before = ends(book)
        if not do(book, action):
            return
        for _ in range(len(ends(book)) - len(before)):
            assert do(book, "undo")
        assert ends(book) == before


def test_a_window_can_be_named_and_is_then_the_one_that_waits(tmp_path: Path) -> None:
    book = logbooks(tmp_path)[None]
    aliases.start(book, "codex", PANE, NOW, "night")
    with pytest.raises(UsageError, match="no BEFORE snapshot of codex in day"):
        aliases.end(book, "codex", PANE, NOW, "day")
    done = aliases.cross(book, "codex", PANE, NOW)
    assert done.lines == (
        "stored codex after snapshot for night (state=idle)",
        "seeded before snapshot for W0-01",
    )


def test_a_lost_state_file_loses_nothing(tmp_path: Path) -> None:
    book = logbooks(tmp_path)[None]
    aliases.start(book, "codex", PANE, NOW, "W0-07")
    (book.state_dir / "codex.json").unlink()
    aliases.end(book, "codex", PANE, NOW)
    assert state(book) == State("W0-07", "after", "2026-11-18T11:06:40.000Z")
