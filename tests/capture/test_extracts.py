"""What rows keep of long texts tells repeats, errors and edits apart, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.capture.extracts import (
    ERROR_BYTES,
    arguments_key,
    changed_keys,
    error_line,
    lines_key,
    output_key,
    signature,
)


def asked(**arguments: object) -> int:
    return arguments_key("Bash", json.dumps(arguments), None, None)


def test_what_a_call_says_about_itself_makes_no_difference() -> None:
    assert asked(path="a.py", description="Read it") == asked(description="Read it again", path="a.py", timeout=5)
    assert asked(path="a.py") != asked(path="b.py")
    assert arguments_key("Read", "{}", None, None) != arguments_key("Write", "{}", None, None)


def test_a_command_is_the_same_however_it_is_spaced_and_another_in_another_folder() -> None:
    assert arguments_key("shell", "x", "make  test\n", "/a") == arguments_key("shell", "y", "make test", "/a")
    assert arguments_key("shell", "x", "make test", "/a") != arguments_key("shell", "x", "make test", "/b")


@pytest.mark.parametrize("broken", ["", "{", "[1,", "\x00", '{"a":1}}', "[" * 5000])
def test_arguments_that_are_no_json_have_a_key_too(broken: str) -> None:
    assert arguments_key("tool", broken, None, None) == arguments_key("tool", broken, None, None)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Exit code: 1\nWall time: 0.1\nOutput:\nmake: *** No rule to make target 'x'.  Stop.\nerror: gave up",
         "error: gave up"),
        ("Traceback (most recent call last):\n  File \"/home/ann/shop/cart.py\", line 12\nValueError: bad id 4711",
         "ValueError: bad id #"),
        ("\x1b[31mE   ImportError: No module named 'shop'\x1b[0m", "E ImportError: No module named 'shop'"),
        ("/home/ann/a/b.py:3: error: x\n", "b.py:#: error: x"),
        ("all is well\nthe last word", "the last word"),
        ("", None),
        ("\n \n", None),
    ],
)  # fmt: skip
def test_the_line_that_tells_of_the_error_is_kept(output: str, said: str | None) -> None:
    assert error_line(output) == said


def test_the_same_error_at_another_time_and_place_has_the_same_signature() -> None:
    one = "2026-11-18T11:06:01Z /tmp/a1/run.py:88 request 550e8400-e29b-41d4-a716-446655440000 failed (0xdeadbeef)"
    two = "2026-11-19T07:00:59Z /var/b/run.py:12 request 650e8400-e29b-41d4-a716-446655440001 failed (0xcafe)"
    assert signature(one) == signature(two)


@given(st.text(max_size=3000))
def test_an_error_line_is_short_and_stable(output: str) -> None:
    said = error_line(output)
    assert said is None or (len(said.encode()) <= ERROR_BYTES and "\n" not in said and "\x00" not in said)
    assert said == error_line(output)


def test_long_outputs_are_told_apart_by_their_ends() -> None:
    assert output_key("a" * 9000 + "x") != output_key("a" * 9000 + "y")
    assert output_key("same") == output_key("same")


@given(st.lists(st.text(max_size=20)))
def test_a_set_of_lines_has_no_order_and_no_indentation(lines: list[str]) -> None:
    assert lines_key(lines) == lines_key([f"  {line}" for line in reversed(lines)])


def test_a_diff_that_takes_back_another_has_its_keys_crossed() -> None:
    there = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n"
    back = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-new\n+old\n same\n"
    assert changed_keys(there) == changed_keys(back)[::-1]
    assert changed_keys(None) == (None, None)
    assert changed_keys("+only added\n")[1] is None
