"""What must hold for any lines of a Codex rollout, real, damaged or invented."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.sources.base import Line
from codex_loop.sources.codex.rollout import CodexRollouts, RolloutState
from tests.sources.rollouts import PATH, PLAYS, decode, rollouts_of

REAL = [line for play in PLAYS for path in rollouts_of(play) for line in path.read_bytes().splitlines()]
SMALL = [line for line in REAL if len(line) < 3000]
FILES = [path for play in PLAYS for path in rollouts_of(play)]

names = st.sampled_from([
    "type", "payload", "id", "item", "content", "text", "message", "turn_id", "call_id", "output", "arguments",
    "changes", "error", "exit_code", "status", "duration", "git", "source", "history_base", "name", "input", "summary",
    "timestamp",
])  # fmt: skip
kinds = st.sampled_from([
    "session_meta", "turn_context", "response_item", "event_msg", "compacted", "message", "reasoning", "function_call",
    "function_call_output", "custom_tool_call", "item_completed", "CommandExecution", "FileChange", "task_started",
    "task_complete", "turn_aborted", "patch_apply_end", "mcp_tool_call_end", "error", "user", "assistant",
    "apply_patch",
])  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | kinds,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)


def written(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


strange = st.one_of(
    st.binary(max_size=80),
    values.map(written),
    st.builds(lambda kind, payload: written({"type": kind, "timestamp": "x", "payload": payload}), kinds, values),
    st.builds(
        lambda kind, inner, fields: written({"type": kind, "payload": {**fields, "type": inner}}),
        kinds,
        kinds,
        st.dictionaries(names, values, max_size=5),
    ),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real line with a piece cut out or put in."""
    real = draw(st.sampled_from(SMALL))
    at = draw(st.integers(0, len(real)))
    return real[:at] + draw(st.binary(max_size=6)) + real[at + draw(st.integers(0, 40)) :]


@given(st.lists(strange | mutated(), max_size=6))
def test_nothing_raises_and_every_state_can_be_stored(lines: list[bytes]) -> None:
    source, state = CodexRollouts(), RolloutState()
    offsets = range(0, 1000 * len(lines), 1000)
    source.identify(state, PATH, lines)
    found = source.decode(state, PATH, [Line(offset, data) for offset, data in zip(offsets, lines, strict=True)])
    decode([data.replace(b"\n", b"") for data in lines], cuts=range(len(lines)))
    assert {record.offset for record in found.records} | {reject.offset for reject in found.rejects} <= set(offsets)


@settings(max_examples=60)
@given(path=st.sampled_from(FILES), cuts=st.lists(st.integers(0, 60), max_size=8))
def test_any_split_of_a_real_file_gives_the_same_records(path: Path, cuts: list[int]) -> None:
    lines = path.read_bytes().splitlines()
    assert decode(lines, path=str(path), cuts=cuts) == decode(lines, path=str(path))


@given(lines=st.lists(st.sampled_from(SMALL), max_size=30), cuts=st.lists(st.integers(0, 30), max_size=6))
def test_any_split_of_shuffled_lines_gives_the_same_records(lines: list[bytes], cuts: list[int]) -> None:
    assert decode(lines, cuts=cuts) == decode(lines)
