"""Whatever happens in a session, in whatever order: the document is right, and everything comes back from it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.model.records import AnyRecord
from codex_loop.sources.base import Line
from codex_loop.sources.codex.rollout import CodexRollouts
from codex_loop.tasks.atif.convert import convert
from codex_loop.tasks.atif.older import as_1_4
from codex_loop.tasks.atif.rules import read_document
from codex_loop.tasks.atif.split import split
from codex_loop.tasks.bundle.recording import Content, Recording, assemble
from tests.tasks.atif.back import happened, told_by
from tests.tasks.atif.recordings import Rollout, free

WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
SAID = WORDS.filter(lambda words: bool(words.strip()))
OUTPUTS = st.sampled_from(["fine", "", "aborted by user after 1s", "Exit code: 3\nOutput:\n"])
IDS = st.sampled_from(["c1", "c2", "c3", "c4"])
EVENTS = st.one_of(
    st.tuples(st.just("prompt"), SAID),
    st.tuples(st.just("context"), st.sampled_from(["gpt-5.2", "gpt-5.5"])),
    st.tuples(st.just("answer"), WORDS),
    st.tuples(st.just("thought"), WORDS),
    st.tuples(st.just("call"), IDS, st.sampled_from(['{"command": ["ls"]}', "[", '"x"', '{"command": "é"}'])),
    st.tuples(
        st.just("output"), IDS, st.sampled_from(["fine", "", "aborted by user after 1s", "Exit code: 3\nOutput:\n"])
    ),
    st.tuples(st.just("tokens"), st.integers(1, 5000), st.integers(0, 400)),
    st.tuples(st.just("compacted"), SAID),
    st.tuples(st.just("aborted")),
    st.tuples(st.just("unknown"), WORDS),
    st.tuples(st.just("state"), WORDS),
)


def rollout_of(events: list[tuple[Any, ...]]) -> Rollout:
    rollout = Rollout(Path("nowhere"))
    total = 0
    for kind, *values in events:
        if kind == "prompt":
            rollout.prompt(values[0])
        elif kind == "context":
            rollout.context(values[0])
        elif kind == "answer":
            rollout.answer(values[0])
        elif kind == "thought":
            summary = [{"type": "summary_text", "text": values[0]}]
            rollout.item("reasoning", summary=summary, encrypted_content="x" * 99)
        elif kind == "call":
            rollout.call(values[0], "shell", values[1])
        elif kind == "output":
            rollout.output(values[0], values[1])
        elif kind == "tokens":
            total += sum(values)
            rollout.tokens(values[0], 0, values[1], total)
        elif kind == "compacted":
            rollout.line("compacted", message=values[0])
        elif kind == "aborted":
            rollout.event("turn_aborted", reason="interrupted")
        elif kind == "unknown":
            rollout.item("hologram", note=values[0])
        else:
            rollout.line("world_state", state={"note": values[0]})
    return rollout


def in_memory(rollout: Rollout) -> Recording:
    """The recording without a store: what is tested here comes after it."""
    source = CodexRollouts()
    lines = [Line(number * 1000, data) for number, data in enumerate(rollout.encoded())]
    records: dict[int, list[AnyRecord]] = defaultdict(list)
    for record in source.decode(source.state(), "rollout.jsonl", lines).records:
        records[record.offset].append(record)
    told = tuple((line.data, tuple(records[line.offset]), False) for line in lines)
    return assemble(
        "codex", rollout.thread, {rollout.thread: [Content("codex-rollout", "codex", "rollout.jsonl", told)]}
    )


@given(events=st.lists(EVENTS, max_size=25))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_session_becomes_a_right_document_that_tells_it_again(
    events: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    session = in_memory(rollout_of(events))
    made = convert(session, free)
    if made is None:
        assert not any(event[0] in ("prompt", "call", "tokens", "compacted", "aborted") for event in events)
        return
    (file,) = session.files
    (loss,) = made.losses
    assert loss.adds_up
    assert loss.input == len(events) + 1
    assert [kind for kind in loss.kinds if kind.dropped] == []
    for name, document in {"a.json": made.trajectory, **as_1_4("b.json", made.trajectory)}.items():
        (tmp_path / name).write_bytes(msgspec.json.encode(document))
        assert read_document(tmp_path / name).findings == ()
        told: dict[str, Any] = json.loads(msgspec.json.encode(document))
        assert _without_repeats(happened(told)) == _without_repeats(told_by(file.lines))
    assert _outputs(msgspec.to_builtins(made.trajectory)) == {
        tuple(event[1:]) for event in events if event[0] == "output"
    }
    spent = [usage for line in file.lines for usage in line.usages]
    final = made.trajectory.final_metrics
    assert final is not None
    assert (final.total_prompt_tokens or 0) == sum(usage.input + usage.cached for usage in spent)


def _outputs(document: dict[str, Any]) -> set[tuple[Any, ...]]:
    """(call id, what the model was shown) of every result, wherever it stands."""
    found = set()
    for step in document["steps"]:
        names = {call["tool_call_id"]: call["extra"].get("original_id") for call in step.get("tool_calls", [])}
        for result in step.get("observation", {}).get("results", []):
            extra = result.get("extra", {})
            name = result.get("source_call_id")
            call_id = names[name] or name if name is not None else extra.get("call_id")
            if call_id is not None:
                found |= {
                    (call_id, result["content"]),
                    *((call_id, later["content"]) for later in extra.get("later", [])),
                }
    return found


def _without_repeats(happenings: list[Any]) -> list[Any]:
    """Calls of one id are told apart by our documents, not by the records."""
    seen: set[str] = set()
    kept = []
    for each in happenings:
        name = getattr(each, "call_id", None)
        if name is None or name not in seen:
            kept.append(each)
            seen.add(name or "")
    return kept


@given(events=st.lists(EVENTS, min_size=5, max_size=25))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_parts_of_any_session_are_right_and_add_up(events: list[tuple[Any, ...]], tmp_path: Path) -> None:
    made = convert(in_memory(rollout_of(events)), free)
    if made is None:
        return
    parts = split("part", made.trajectory)
    for name, document in parts.items():
        (tmp_path / name).write_bytes(msgspec.json.encode(document))
    for name in parts:
        assert read_document(tmp_path / name).findings == ()
    steps = [step for part in parts.values() for step in part.steps if not step.is_copied_context]
    assert [step.message for step in steps] == [step.message for step in made.trajectory.steps]
