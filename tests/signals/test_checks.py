"""Red after an edit, green again, claimed to be green."""

from __future__ import annotations

import pytest

from codex_loop.signals.session import Answer
from tests.signals.hands import Hand, ids


def red(hand: Hand, command: str = "pytest -q") -> None:
    hand.run(command, 1, "FAILED test_a - assert 1 == 2\n1 failed")


def test_red_after_an_edit_tells_how_far_it_was_to_green() -> None:
    hand = Hand()
    hand.edit()
    red(hand)
    hand.edit()
    hand.run("ls")
    hand.run("pytest -q")
    (finding,) = hand.found("test_red_after_edit")
    assert ids([finding]) == [["c1", "c4"]]
    assert (finding.measured["green"], finding.measured["calls"]) == (1, 2)


def test_never_green_again_is_worse() -> None:
    hand = Hand()
    hand.edit()
    red(hand)
    (finding,) = hand.found("test_red_after_edit")
    assert finding.measured["green"] == 0
    assert finding.severity == 0.8


def test_red_before_the_first_edit_is_the_baseline() -> None:
    hand = Hand()
    red(hand)
    hand.edit()
    red(hand)
    hand.run("pytest -q")
    assert not hand.found("test_red_after_edit")


@pytest.mark.parametrize("path", ["tests/test_a.py", "src/__tests__/a.ts", "a.test.ts", "pkg/a_test.go", "spec/a.rb"])
def test_a_test_that_was_written_first_has_to_fail(path: str) -> None:
    hand = Hand()
    hand.edit("src/a.py")
    hand.prompt("add a test")
    hand.edit(path)
    red(hand)
    hand.edit("src/a.py")
    hand.run("pytest -q")
    assert not hand.found("test_red_after_edit")


def test_a_build_that_fails_is_a_failure_and_no_red_test() -> None:
    hand = Hand()
    hand.edit()
    hand.run("npm run build", 1, "npm ERR! build")
    assert not hand.found("test_red_after_edit")
    assert ids(hand.found("exec_failure")) == [["c1"]]


@pytest.mark.parametrize("claim", ["All tests pass now.", "Done. The tests are green.", "Everything works."])
def test_a_claim_while_the_last_check_is_red_is_false(claim: str) -> None:
    hand = Hand()
    hand.prompt("fix")
    hand.edit()
    red(hand)
    hand.say(claim)
    (finding,) = hand.found("false_done")
    assert isinstance(finding.evidence[-1], Answer)


@pytest.mark.parametrize("words", ["The tests should pass now.", "All tests pass except one.", "Some tests fail."])
def test_a_careful_statement_is_no_claim(words: str) -> None:
    hand = Hand()
    hand.prompt("fix")
    hand.edit()
    red(hand)
    hand.say(words)
    assert not hand.found("false_done")


def test_three_calls_without_a_failure_and_a_green_check_are_a_success_at_once() -> None:
    hand = Hand()
    hand.run("ls")
    hand.edit()
    hand.run("ls src")
    assert not hand.found("first_attempt_success")
    hand.run("pytest -q")
    assert len(hand.found("first_attempt_success")) == 1
    hand.run("make", 2, "error")
    assert not hand.found("first_attempt_success")


def test_the_same_command_passing_later_is_a_recovery_unless_a_person_came_in_between() -> None:
    hand = Hand()
    hand.run("python x.py", 1, "KeyError")
    hand.edit()
    hand.run("python x.py")
    assert ids(hand.found("resilient_recovery")) == [["c0", "c2"]]
    helped = Hand()
    helped.run("python x.py", 1, "KeyError")
    helped.prompt("use the other folder")
    helped.run("python x.py")
    assert not helped.found("resilient_recovery")
