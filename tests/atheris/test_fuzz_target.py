"""The fuzz target itself, over real sessions and over what hypothesis makes of them, for every source of ours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.sources import registry
from tests.atheris.fuzz_decoders import judge, seeds

SOURCES = [registry.by_name(name, lambda data: data) for name in registry.OURS]
SEEDS = list(seeds(SOURCES))


def test_there_are_seeds_of_rollouts_transcripts_and_streams() -> None:
    seeded = {SOURCES[seed[0]].name for seed in SEEDS}
    assert seeded >= {"codex-rollout", "claude-transcript", "codex-exec", "rollout-trace", "trace-spine"}


@pytest.mark.parametrize("number", range(len(SOURCES)), ids=[source.name for source in SOURCES])
@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_hold(number: int, data: bytes) -> None:
    judge(bytes([number]) + data, SOURCES)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_sessions_hold(data: st.DataObject) -> None:
    seed = bytearray(data.draw(st.sampled_from(SEEDS))[:6000])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(1, len(seed) - 1))
        seed[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=4))
    judge(bytes(seed), SOURCES)


EMPTY_PATCH = rb"""{"type":"response_item","payload":{"type":"custom_tool_call","call_id":"c","name":"apply_patch",
"input":"*** Begin Patch\n*** End Patch"}}""".replace(b"\n", b"")


@pytest.mark.parametrize(("source", "line"), [("codex-rollout", EMPTY_PATCH)])
def test_what_fuzzing_once_broke_holds(source: str, line: bytes) -> None:
    judge(bytes([list(registry.OURS).index(source), 0]) + line, SOURCES)
