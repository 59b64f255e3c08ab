"""`codex-loop classify`, as a script uses it."""

from __future__ import annotations

import json
import subprocess
import sys


def run(lines: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codex_loop", "classify", *arguments],
        input=lines,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_every_line_gets_one_json_line_in_order() -> None:
    turns = [
        {"text": "No, I said Tuesday", "previous": "Booked for Monday."},
        {"text": "Perfect, thank you!", "previous": "Booked for Tuesday."},
        {"text": "book a table for two", "previous": None},
    ]
    done = run("".join(json.dumps(turn) + "\n" for turn in turns), "--json")
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [(each["friction"], each["delight"]) for each in verdicts] == [(True, False), (False, True), (False, False)]
    assert set(verdicts[0]["scores"]) == {"dissatisfied", "escalation", "correction", "praise", "confusion"}


def test_a_line_that_is_no_turn_is_answered_and_the_others_are_judged() -> None:
    done = run('{"text": "thanks!"}\nnot json\n\n{"previous": "x"}\n{"text": "你好"}\n', "--json")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 4
    assert ["error" in each for each in answers] == [False, True, True, False]
    assert answers[1]["error"].startswith("line 2")
    assert "2 of the lines" in done.stderr


def test_without_json_a_person_reads_a_line_each() -> None:
    done = run('{"text": "this is still broken!!", "previous": "I fixed it."}\n')
    assert done.returncode == 0
    assert done.stdout.startswith("friction")
    assert len(done.stdout.rstrip()) <= 80


def test_no_lines_are_fine() -> None:
    done = run("", "--json")
    assert (done.returncode, done.stdout) == (0, "")
