"""How a call ended, read from the text the model was shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.model.records import ToolStatus
from codex_loop.sources.codex.outputs import ending


def encoded(output: str, code: object, seconds: object = 0.1) -> str:
    return json.dumps({"output": output, "metadata": {"exit_code": code, "duration_seconds": seconds}})


@pytest.mark.parametrize(
    ("said", "status", "code", "duration", "output"),
    [
        (encoded("hi\n", 0, 1.5), "ok", 0, 1500, "hi\n"),
        (encoded("oops\n", 3), "failed", 3, 100, "oops\n"),
        (encoded("command timed out after 1000 milliseconds\n", 124, 1.0), "timeout", 124, 1000, None),
        (encoded("grep found nothing", 124), "failed", 124, 100, "grep found nothing"),
        (encoded("x", None), "unknown", None, 100, "x"),
        ("Exit code: 1\nWall time: 2.5 seconds\nOutput:\nno\n", "failed", 1, 2500, "no\n"),
        ("Exit code: 0\nWall time: 0 seconds\nTotal output lines: 900\nOutput:\nyes", "ok", 0, 0, "yes"),
        (
            "Exit code: 124\nWall time: 1 seconds\nOutput:\ncommand timed out after 1000 milliseconds",
            "timeout",
            124,
            1000,
            None,
        ),
        (
            "Chunk ID: ab\nWall time: 2.0 seconds\nProcess exited with code 1\nOriginal token count: 50\nOutput:\nE\n",
            "failed",
            1,
            2000,
            "E\n",
        ),
        (
            "Chunk ID: ab\nWall time: 1.0 seconds\nProcess running with session ID 7\nToken count: 1\nOutput:\n.",
            "running",
            None,
            None,
            ".",
        ),
        ("Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\n", "ok", 0, 100, ""),
    ],
)
def test_exit_codes_in_each_spelling(
    said: str, status: ToolStatus, code: int | None, duration: int | None, output: str | None
) -> None:
    found = ending(said)
    assert (found.status, found.exit_code, found.duration_ms) == (status, code, duration)
    if output is not None:
        assert found.output == output


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("exec command rejected by user", "declined"),
        ("patch rejected by user", "declined"),
        ('exec_command failed: CreateProcess { message: "Rejected(\\"rejected by user\\")" }', "declined"),
        ('exec_command failed for `/bin/bash -lc ls`: Rejected("rejected by user")', "declined"),
        ("aborted by user", "interrupted"),
        ("aborted by user after 2.1s", "interrupted"),
        ("aborted", "interrupted"),
        ("Wall time: 0.1 seconds\naborted by user", "interrupted"),
        ("apply_patch verification failed: Failed to find expected lines in a.py", "failed"),
        ("execution error: Io(Os { code: 2 })", "failed"),
        ("failed in sandbox MacosSeatbelt", "failed"),
        ("unsupported call: no_such_tool", "failed"),
        ("unsupported custom tool call: x", "failed"),
        ("failed to parse function arguments: missing field", "failed"),
        ("command timed out after 1000 milliseconds", "timeout"),
        ("Plan updated", "ok"),
        ("three results", "unknown"),
        ("", "unknown"),
    ],
)
def test_sentences_that_tell_how_a_call_ended(said: str, status: ToolStatus) -> None:
    found = ending(said)
    assert (found.status, found.exit_code, found.output) == (status, None, said)


def test_a_program_that_prints_a_refusal_was_not_refused() -> None:
    assert ending("Exit code: 0\nWall time: 0 seconds\nOutput:\npatch rejected by user").status == "ok"
    assert ending("log line\n" * 200 + "rejected by user").status == "unknown"


def test_a_program_that_prints_json_without_an_exit_code_says_nothing() -> None:
    assert ending('{"output": "x"}').status == "unknown"
    assert ending('{"torn": ').status == "unknown"


@pytest.mark.parametrize(
    ("value", "status", "basis"),
    [
        ({"content": "done", "success": True}, "ok", "payload"),
        ({"content": "no", "success": False}, "failed", "payload"),
        (
            {"content": [{"type": "input_text", "text": "Exit code: 4\nWall time: 0 seconds\nOutput:\n"}]},
            "failed",
            "text",
        ),
        ([{"type": "input_text", "text": "aborted by user"}], "interrupted", "text"),
        ('{"content":[{"type":"text","text":"no"}],"isError":true}', "failed", "is_error"),
        ('{"content":[],"isError":false}', "ok", "is_error"),
        (None, "unknown", "text"),
        (7, "unknown", "text"),
    ],
)
def test_outputs_that_are_no_text(value: object, status: ToolStatus, basis: str) -> None:
    found = ending(value)
    assert (found.status, found.basis) == (status, basis)


@pytest.mark.parametrize("code", [10**30, "1" * 5000, float("inf"), True, 1.5])
def test_an_exit_code_that_cannot_be_one_is_unknown(code: object) -> None:
    assert ending(encoded("x", code)).exit_code is None
    assert ending(f"Exit code: {code}\nWall time: 0 seconds\nOutput:\n").exit_code in (None, 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["content", "output", "text"]), inner),
    max_leaves=8,
)


@given(value=json_values)
def test_any_output_has_an_ending(value: object) -> None:
    assert ending(value).status in ("ok", "failed", "declined", "interrupted", "timeout", "running", "unknown")
