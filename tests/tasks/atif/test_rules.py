"""Is a document what it claims to be? Ours are; whatever is changed for the worse is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.tasks.atif import fields
from codex_loop.tasks.atif.document import Schema
from codex_loop.tasks.atif.rules import Document, looks_like_one, read_document
from codex_loop.tasks.atif.writing import write
from codex_loop.tasks.bundle.recording import Recording
from tests.tasks.atif.recordings import free, unchanged

Json = dict[str, Any]

GOOD: Json = {
    "schema_version": "ATIF-v1.7",
    "session_id": "s1",
    "trajectory_id": "s1",
    "agent": {"name": "codex", "version": "1", "tool_definitions": [{"type": "function"}]},
    "steps": [
        {"step_id": 1, "timestamp": "2026-11-21T09:00:00Z", "source": "user", "message": "go"},
        {
            "step_id": 2,
            "timestamp": "2026-11-21T09:00:01Z",
            "source": "agent",
            "model_name": "gpt-5.2",
            "message": "Looking.",
            "reasoning_content": "Hm.",
            "tool_calls": [
                {"tool_call_id": "c1", "function_name": "shell", "arguments": {"command": "ls"}},
                {"tool_call_id": "c2", "function_name": "shell", "arguments": {}, "extra": {"status": "interrupted"}},
            ],
            "observation": {
                "results": [
                    {
                        "source_call_id": "c1",
                        "content": "a.py",
                        "subagent_trajectory_ref": [{"trajectory_id": "child"}],
                    }
                ]
            },
            "metrics": {"prompt_tokens": 100, "completion_tokens": 5, "cached_tokens": 60, "cost_usd": 0.5},
            "llm_call_count": 1,
        },
        {
            "step_id": 3,
            "timestamp": "2026-11-21T09:00:02Z",
            "source": "system",
            "message": "Context compaction performed",
            "observation": {"results": [{"content": "so far"}]},
            "extra": {"context_management": {"type": "compaction", "boundary": "replace"}},
        },
        {
            "step_id": 4,
            "source": "agent",
            "message": "Done.",
            "metrics": {"prompt_tokens": 50, "completion_tokens": 7, "cost_usd": 0.25},
            "is_copied_context": True,
        },
    ],
    "final_metrics": {
        "total_prompt_tokens": 100,
        "total_completion_tokens": 5,
        "total_cached_tokens": 60,
        "total_cost_usd": 0.5,
        "total_steps": 4,
    },
    "subagent_trajectories": [
        {
            "schema_version": "ATIF-v1.7",
            "session_id": "child",
            "trajectory_id": "child",
            "agent": {"name": "codex", "version": "1"},
            "steps": [{"step_id": 1, "source": "user", "message": "help"}],
        }
    ],
}


def judged(document: object, folder: Path) -> Document:
    path = folder / "trajectory.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return read_document(path)


def rules(document: object, folder: Path) -> set[str]:
    return {finding.rule for finding in judged(document, folder).findings}


def changed(change: Callable[[Json], object]) -> Json:
    document = copy.deepcopy(GOOD)
    change(document)
    return document


def at(document: Json, *path: str | int) -> Any:
    held: Any = document
    for part in path:
        held = held[part]
    return held


def put(*path: str | int, value: object) -> Callable[[Json], object]:
    def change(document: Json) -> None:
        at(document, *path[:-1])[path[-1]] = value

    return change


def gone(*path: str | int) -> Callable[[Json], object]:
    def change(document: Json) -> None:
        del at(document, *path[:-1])[path[-1]]

    return change


def test_a_good_document_has_nothing_wrong(tmp_path: Path) -> None:
    found = judged(GOOD, tmp_path)
    assert found.findings == ()
    assert (found.steps, found.tool_calls, found.subagents) == (4, 2, 1)


RESULT: tuple[str | int, ...] = ("steps", 1, "observation", "results", 0)


def shown(kind: str, media_type: str, path: str) -> list[Json]:
    return [{"type": kind, "source": {"media_type": media_type, "path": path}}]


WORSE: dict[str, tuple[str, Callable[[Json], object]]] = {
    "a version nobody knows": ("schema-version", put("schema_version", value="ATIF-v2.0")),
    "no version": ("schema-version", gone("schema_version")),
    "a field of no version": ("unknown-field", put("steps", 1, "mood", value="good")),
    "a field at the root": ("unknown-field", put("messages", value=[])),
    "no session": ("schema-version", put("schema_version", value=None)),
    "no agent": ("field-missing", gone("agent")),
    "no name of the agent": ("field-missing", gone("agent", "name")),
    "a message that is null": ("field-missing", put("steps", 0, "message", value=None)),
    "arguments that are a list": ("field-type", put("steps", 1, "tool_calls", 0, "arguments", value=[1])),
    "a count that is text": ("field-type", put("steps", 1, "metrics", "prompt_tokens", value="100")),
    "a step that is text": ("field-type", put("steps", 0, value="go")),
    "a source nobody knows": ("field-type", put("steps", 0, "source", value="tool")),
    "metrics of a user": ("agent-only", put("steps", 0, "metrics", value={"prompt_tokens": 1})),
    "no steps": ("steps-empty", put("steps", value=[])),
    "a gap between steps": ("step-order", put("steps", 2, "step_id", value=7)),
    "a call id used twice": ("call-repeated", put("steps", 1, "tool_calls", 1, "tool_call_id", value="c1")),
    "a result of no call": (
        "result-without-call",
        put("steps", 1, "observation", "results", 0, "source_call_id", value="x"),
    ),
    "a call without a result": ("call-unanswered", gone("steps", 1, "tool_calls", 1, "extra")),
    "a call that went well without a result": (
        "call-unanswered",
        put("steps", 1, "tool_calls", 1, "extra", "status", value="ok"),
    ),
    "two results of one call": (
        "result-repeated",
        lambda document: at(document, "steps", 1, "observation", "results").append(
            {"source_call_id": "c1", "content": ""}
        ),
    ),
    "negative tokens": ("tokens-negative", put("steps", 1, "metrics", "completion_tokens", value=-5)),
    "more cached than sent": ("cached-over-prompt", put("steps", 1, "metrics", "cached_tokens", value=101)),
    "a wrong total": ("totals-differ", put("final_metrics", "total_prompt_tokens", value=150)),
    "a wrong cost": ("totals-differ", put("final_metrics", "total_cost_usd", value=0.75)),
    "a wrong number of steps": ("steps-differ", put("final_metrics", "total_steps", value=99)),
    "a time that is none": ("time-format", put("steps", 0, "timestamp", value="yesterday")),
    "a time without a zone": ("time-zone", put("steps", 0, "timestamp", value="2026-11-21T09:00:00")),
    "a time that goes back": ("time-order", put("steps", 2, "timestamp", value="2026-11-21T08:00:00Z")),
    "a reference to nothing": (
        "ref-unresolved",
        put(*RESULT, "subagent_trajectory_ref", 0, "trajectory_id", value="other"),
    ),
    "a reference that names nothing": (
        "ref-unresolved",
        put(*RESULT, "subagent_trajectory_ref", 0, value={"session_id": "child"}),
    ),
    "a file outside": (
        "ref-outside",
        put(
            "steps",
            1,
            "observation",
            "results",
            0,
            "subagent_trajectory_ref",
            0,
            value={"trajectory_path": "../x.json"},
        ),
    ),
    "a continuation that is not there": ("ref-unresolved", put("continued_trajectory_ref", value="next.json")),
    "an image that is not there": (
        "ref-unresolved",
        put(
            "steps",
            0,
            "message",
            value=shown("image", "image/png", "images/x.png"),
        ),
    ),
    "an image of a kind nobody shows": (
        "media-type",
        put(
            "steps",
            0,
            "message",
            value=shown("image", "image/tiff", "trajectory.json"),
        ),
    ),
    "sound before 1.8": (
        "part-type",
        put(
            "steps",
            0,
            "message",
            value=shown("audio", "audio/mp3", "trajectory.json"),
        ),
    ),
    "a boundary nobody knows": (
        "context-management",
        put("steps", 2, "extra", "context_management", "boundary", value="forget"),
    ),
    "nothing in the place of the context": ("replace-without-content", gone("steps", 2, "observation")),
    "a reply that no model gave with tokens": ("no-reply", put("steps", 1, "llm_call_count", value=0)),
    "an error in a document inside": (
        "step-order",
        put("subagent_trajectories", 0, "steps", 0, "step_id", value=2),
    ),
    "a document inside without an id": ("field-missing", gone("subagent_trajectories", 0, "trajectory_id")),
    "two documents inside with one id": (
        "trajectory-repeated",
        lambda document: document["subagent_trajectories"].append(document["subagent_trajectories"][0]),
    ),
    "a secret": ("secret", put("steps", 1, "tool_calls", 0, "arguments", "command", value="AKIA" + "Q3EGRTV5LMN2OPW7")),
    "a text without end": ("text-too-long", put("steps", 0, "message", value="x" * 300_000)),
}


@pytest.mark.parametrize("name", WORSE)
def test_what_is_changed_for_the_worse_is_found(name: str, tmp_path: Path) -> None:
    rule, change = WORSE[name]
    assert rule in rules(changed(change), tmp_path)


def test_what_is_not_json_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.json"
    path.write_bytes(b'{"schema_version": "ATIF-v1.7"')
    (finding,) = read_document(path).findings
    assert finding.rule == "unreadable"


SINCE = [
    (place, name, field)
    for place, table in (
        ((), fields.TRAJECTORY),
        (("agent",), fields.AGENT),
        (("steps", 1), fields.STEP),
        (("steps", 1, "tool_calls", 0), fields.TOOL_CALL),
        (("steps", 1, "observation", "results", 0), fields.RESULT),
        (("steps", 1, "metrics"), fields.METRICS),
    )
    for name, field in table.items()
    if field.since
]
VALUES: Json = {"text": "x", "list": [], "object": {}, "whole": 1, "flag": True, "number": 1.0, "parts": "x"}


@pytest.mark.parametrize(("place", "name", "field"), SINCE, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize("minor", range(9))
def test_a_field_is_right_from_its_version_on_and_wrong_before(
    minor: int, place: tuple[str | int, ...], name: str, field: fields.Field, tmp_path: Path
) -> None:
    document: Json = {
        "schema_version": f"ATIF-v1.{minor}",
        "session_id": "s1",
        "agent": {"name": "codex", "version": "1"},
        "steps": [
            {"step_id": 1, "source": "user", "message": "go"},
            {
                "step_id": 2,
                "source": "agent",
                "message": "",
                "tool_calls": [{"tool_call_id": "c1", "function_name": "f", "arguments": {}}],
                "observation": {"results": [{"source_call_id": "c1", "content": ""}]},
                "metrics": {},
            },
        ],
    }
    at(document, *place)[name] = VALUES[field.kinds[0]]
    assert ("field-too-new" in rules(document, tmp_path)) is (minor < field.since)


@pytest.mark.parametrize(("minor", "wrong"), [(6, True), (7, False)])
def test_a_session_must_be_named_up_to_1_6(minor: int, wrong: bool, tmp_path: Path) -> None:
    document: Json = {
        "schema_version": f"ATIF-v1.{minor}",
        "agent": {"name": "codex", "version": "1"},
        "steps": [{"step_id": 1, "source": "user", "message": "go"}],
    }
    assert ("field-missing" in rules(document, tmp_path)) is wrong


def test_notes_may_explain_totals(tmp_path: Path) -> None:
    document = changed(put("final_metrics", "total_prompt_tokens", value=999))
    document["notes"] = "The totals hold what the parent spent, too."
    assert rules(document, tmp_path) == set()


def test_the_cost_of_subagents_may_be_in_the_total(tmp_path: Path) -> None:
    document = changed(put("subagent_trajectories", 0, "final_metrics", value={"total_cost_usd": 1.0}))
    child = document["subagent_trajectories"][0]
    child["steps"].append({"step_id": 2, "source": "agent", "message": "", "metrics": {"cost_usd": 1.0}})
    document["final_metrics"]["total_cost_usd"] = 1.5
    assert rules(document, tmp_path) == set()


def test_documents_are_known_by_their_head(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(GOOD), encoding="utf-8")
    (tmp_path / "b.json").write_text("{}", encoding="utf-8")
    (tmp_path / "c.txt").write_text(json.dumps(GOOD), encoding="utf-8")
    assert [path.name for path in sorted(tmp_path.iterdir()) if looks_like_one(path)] == ["a.json"]


@pytest.mark.parametrize("schema", ["1.7", "1.4"])
@pytest.mark.parametrize("cut", [False, True])
def test_every_document_of_every_recording_is_right(
    recorded_sessions: dict[str, Recording], schema: Schema, cut: bool, tmp_path: Path
) -> None:
    for number, session in enumerate(recorded_sessions.values()):
        made = write(session, tmp_path / str(number), schema, free, unchanged, cut=cut)
        for name in made.documents:
            found = read_document(tmp_path / str(number) / name)
            assert [finding for finding in found.findings if finding.severity == "error"] == [], session.id


def test_the_parts_of_a_split_document_add_up_to_the_whole(
    recorded_sessions: dict[str, Recording], tmp_path: Path
) -> None:
    split = 0
    for number, session in enumerate(recorded_sessions.values()):
        made = write(session, tmp_path / str(number), "1.7", free, unchanged, cut=True)
        parts = [json.loads((tmp_path / str(number) / name).read_bytes()) for name in made.documents]
        split += len(parts) > 1
        assert [part.get("continued_trajectory_ref") for part in parts] == [*made.documents[1:], None]
        assert sum(len(part["steps"]) for part in parts) == made.steps + len(parts) - 1
        total = [part["final_metrics"].get("total_prompt_tokens") for part in parts]
        assert sum(each or 0 for each in total) == (made.prompt_tokens or 0)
        for part in parts[1:]:
            assert part["steps"][0]["is_copied_context"]
            assert "context_management" in part["steps"][0]["extra"]
    assert split > 5


PLACES = st.sampled_from(
    [
        ("steps", 0, "message"),
        ("steps", 1, "tool_calls"),
        ("steps", 1, "tool_calls", 0, "arguments"),
        ("steps", 1, "observation"),
        ("steps", 1, "observation", "results"),
        ("steps", 1, "metrics"),
        ("steps", 1, "metrics", "prompt_tokens"),
        ("steps", 2, "step_id"),
        ("agent",),
        ("agent", "name"),
        ("steps",),
        ("subagent_trajectories",),
        ("final_metrics", "total_steps"),
    ]
)
OTHER = st.one_of(
    st.text(max_size=5).filter(lambda text: text.strip() != ""),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()),
    st.booleans(),
    st.lists(st.integers(), min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(["q", "z"]), st.integers(), min_size=1, max_size=2),
)
FITS = {
    ("steps", 0, "message"): (str,),
    ("steps", 1, "tool_calls", 0, "arguments"): (dict,),
    ("agent", "name"): (str,),
}


@given(place=PLACES, value=OTHER)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_value_of_another_kind_is_found_wherever_it_stands(
    place: tuple[str | int, ...], value: object, tmp_path: Path
) -> None:
    if isinstance(value, FITS.get(place, ())):
        return
    assert judged(changed(put(*place, value=value)), tmp_path).findings


@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                          lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                              st.sampled_from(["schema_version", "steps", "agent", "message", "observation", "results",
                                               "tool_calls", "subagent_trajectories", "x"]), inner, max_size=4),
                          max_leaves=12))  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_makes_the_rules_stumble(value: object, tmp_path: Path) -> None:
    document = {**GOOD, **value} if isinstance(value, dict) else value
    assert isinstance(judged(document, tmp_path), Document)
