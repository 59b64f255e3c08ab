"""Lines of Codex rollouts are the same line wherever they lie, and copied history is recognised as such."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.sources.codex.rollout import CodexRollouts, RolloutState, lineage
from tests.sources.rollouts import PATH, PLAYS, THREAD, assistant, event, meta, rollouts_of, user

OTHER = "01a1fcf9-5b00-7e31-9665-000000000000"


def keys(lines: Sequence[bytes], path: str = PATH, cut: int = 0) -> list[int]:
    source, state = CodexRollouts(), RolloutState()
    found = source.identify(state, path, lines[:cut])
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=RolloutState)
    return found + source.identify(state, path, lines[cut:])


def test_a_copy_under_another_name_has_the_same_keys() -> None:
    lines = [meta(), user("hello"), assistant("hi")]
    assert keys(lines) == keys(lines, path="/elsewhere/copy.jsonl")


def test_the_same_words_in_another_thread_are_another_line() -> None:
    assert not set(keys([meta(), user("hello")])) & set(keys([meta(OTHER), user("hello")], path="other.jsonl"))


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    lines = [meta(), user("hello")]
    assert keys([b"\xef\xbb\xbf" + lines[0] + b"\r", lines[1] + b"\r"]) == keys(lines)


def test_equal_lines_are_told_apart_by_their_number() -> None:
    lines = [meta(), event("token_count", info=None), event("token_count", info=None)]
    assert len(set(keys(lines))) == 3
    old = [b'{"id":"x","timestamp":"2025-08-19T08:25:08.000Z"}', b'{"record_type":"state"}'] + [
        b'{"type":"message"}'
    ] * 2
    assert len(set(keys([*old, b'{"record_type":"state"}'], path="rollout-x.jsonl"))) == 5


def test_a_file_without_an_introduction_is_named_by_its_path() -> None:
    assert keys([user("hello")]) == keys([meta(), user("hello")])[1:]
    assert THREAD in PATH


def test_what_is_remembered_stays_small() -> None:
    source, state = CodexRollouts(), RolloutState()
    source.identify(state, PATH, [b'{"type":"message","id":"%d"}' % number for number in range(20_000)])
    source.identify(state, PATH, [user(f"{number}") for number in range(20_000)])
    assert len(msgspec.msgpack.encode(state)) < 200_000


@given(
    st.lists(st.sampled_from([user("a"), user("b"), b"{}", b'{"type":"x"}', b"torn", b""]), max_size=30),
    st.integers(0, 30),
)
def test_keys_do_not_depend_on_where_a_look_ends(lines: list[bytes], cut: int) -> None:
    assert keys(lines, cut=cut) == keys(lines)


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_any_bytes_have_keys_and_a_lineage(lines: list[bytes]) -> None:
    assert len(keys(lines)) == len(lineage(lines)) == len(lines)


# -- lineage -------------------------------------------------------------------------------------------------------


def shared(older: Sequence[bytes], younger: Sequence[bytes]) -> int:
    """How many lines of the younger thread are the older one's."""
    known = set(lineage(older)) - {0}
    return sum(chain in known for chain in lineage(younger))


def test_copied_lines_are_recognised_through_new_times_and_introductions() -> None:
    parent = [meta(), user("a"), assistant("b"), user("c")]
    later = [meta(OTHER), meta(), user("a"), assistant("b"), user("d")]
    restamped = [line.replace(b"07:02:18", b"09:00:00") for line in later]
    assert shared(parent, restamped) == 2


def test_equal_words_after_a_different_past_are_not_shared() -> None:
    assert shared([meta(), user("a"), user("x")], [meta(OTHER), user("b"), user("x")]) == 0


def test_lineage_can_be_computed_piece_by_piece() -> None:
    lines = [meta(), user("a"), b"torn", b'{"type":"message"}', assistant("b")]
    found: list[int] = []
    for line in lines:
        found += lineage([line], found[-1] if found else 0)
    assert found == lineage(lines)


@pytest.mark.parametrize("version", ["codex-0.92.0", "codex-0.120.0"])
def test_a_real_fork_shares_all_of_its_parent(version: str) -> None:
    (play,) = [play for play in PLAYS if play.name == "server-fork" and play.parent.name == version]
    parent, child = (path.read_bytes().splitlines() for path in rollouts_of(play))
    assert shared(parent, child) == len(parent) - 1  # all but the introduction
    assert lineage(child)[2 : len(parent) + 1] == lineage(parent)[1:]


def test_a_real_fork_of_0_169_shares_nothing() -> None:
    for name in ("fork", "server-fork"):
        (play,) = [play for play in PLAYS if play.name == name and play.parent.name == "codex-0.169.0"]
        parent, child = (path.read_bytes().splitlines() for path in rollouts_of(play))
        assert shared(parent, child) == 0


def test_compressed_twins_and_archived_copies_have_the_keys_of_the_file(tmp_path: Path) -> None:
    path = rollouts_of(PLAYS[0])[0]
    lines = path.read_bytes().splitlines()
    assert keys(lines, str(path)) == keys(lines, str(tmp_path / f"{path.name}.zst"))
