"""What people say and decide: denials, interruptions, corrections, praise."""

from __future__ import annotations

import pytest

from tests.signals.hands import Hand


def denied(hand: Hand, command: str = "rm -r x", **facts: object) -> None:
    hand.run(command, None, "rejected by user", status="declined", **facts)


def test_a_declined_command_and_a_declined_edit_are_told_apart() -> None:
    hand = Hand()
    denied(hand)
    hand.call("apply_patch", "update a.py", None, "patch rejected by user", status="declined")
    assert [each.anchor for each in hand.found("denial_exec")] == ["c0"]
    assert [each.anchor for each in hand.found("denial_patch")] == ["c1"]


def test_a_decision_and_its_call_are_one_denial() -> None:
    hand = Hand()
    denied(hand)
    hand.approval("denied", call_id="c0")
    (finding,) = hand.found("denial_exec")
    assert finding.basis == "live"


@pytest.mark.parametrize("who", ["config", "hook"])
def test_what_a_rule_forbids_nobody_declined(who: str) -> None:
    hand = Hand()
    denied(hand)
    hand.approval("denied", who, call_id="c0")
    assert not hand.found("denial_exec")
    assert len(hand.found("policy_block")) == 1


def test_three_denials_in_a_session_or_two_of_one_program_in_a_turn_are_too_many() -> None:
    three, two, apart = Hand(), Hand(), Hand()
    for command in ("rm x", "npm i", "curl x"):
        three.prompt("go")
        denied(three, command)
    two.prompt("go")
    denied(two, "npm i a")
    denied(two, "npm i b")
    for number in range(2):
        apart.prompt("go")
        denied(apart, f"npm i {number}")
    assert len(three.found("repeated_denial")) == len(two.found("repeated_denial")) == 1
    assert not apart.found("repeated_denial")


def test_a_denial_that_ends_the_work_and_is_followed_by_other_words_is_told_once_more() -> None:
    given_up, went_on, late = Hand(), Hand(), Hand()
    for hand in (given_up, went_on, late):
        hand.prompt("go")
        denied(hand)
    went_on.run("ls")
    for hand, after in ((given_up, 60), (went_on, 60), (late, 700)):
        hand.say()
        hand.prompt("put it elsewhere", after=after)
    assert [len(hand.found("denial_then_rephrase")) for hand in (given_up, went_on, late)] == [1, 0, 0]


def test_a_declined_edit_is_called_one_whatever_the_agent_calls_it() -> None:
    hand = Hand()
    hand.prompt("go")
    hand.call("apply_patch", "update a.py", None, "patch rejected by user", status="declined")
    hand.say()
    hand.prompt("put it elsewhere", after=60)
    (declined,), (rephrased,) = hand.found("denial_patch"), hand.found("denial_then_rephrase")
    assert (declined.title, rephrased.title) == ("an edit was declined", "an edit was declined and asked for otherwise")


def test_stopping_the_agent_is_an_interruption_and_a_slip_of_the_finger_is_none() -> None:
    hand = Hand()
    hand.prompt("go")
    hand.run("ls")
    hand.event("interrupted")
    assert len(hand.found("interrupted_turn")) == 1
    slip, seen = Hand(), Hand()
    for each in (slip, seen):
        each.prompt("go")
    seen.run("rm -r /", after=0.5)
    for each in (slip, seen):
        each.event("interrupted", after=1)
    assert not slip.found("interrupted_turn")
    assert len(seen.found("interrupted_turn")) == 1


def test_what_follows_within_ten_minutes_is_a_redirection() -> None:
    soon, late = Hand(), Hand()
    for hand, after in ((soon, 60), (late, 1200)):
        hand.prompt("go")
        hand.run("ls")
        hand.event("interrupted")
        hand.prompt("the other one", after=after)
    assert soon.found("interrupted_turn")[0].title == "stopped and told something else"
    assert late.found("interrupted_turn")[0].title == "stopped by the user"


def test_waiting_for_permission_counts_from_five_minutes_on() -> None:
    hand = Hand()
    hand.approval("approved", wait=299)
    assert not hand.found("permission_wait")
    hand.approval("approved", wait=2)
    (finding,) = hand.found("permission_wait")
    assert finding.measured["total_ms"] == 301_000


def test_three_quick_approvals_by_a_person_are_rapid_and_those_of_a_rule_are_not() -> None:
    person, rule = Hand(), Hand()
    for _ in range(3):
        person.approval("approved", wait=2)
        rule.approval("approved", "config", wait=2)
    assert len(person.found("rapid_approvals")) == 1
    assert not rule.found("rapid_approvals")
    assert len(person.found("zero_denial")) == 1
    assert not rule.found("zero_denial")


def test_nothing_is_said_of_approvals_that_nobody_saw() -> None:
    hand = Hand()
    hand.prompt("go")
    hand.run("ls")
    assert not hand.found("zero_denial")


def after_work(text: str) -> Hand:
    hand = Hand()
    hand.prompt("add a badge to the page")
    hand.edit()
    hand.say()
    hand.prompt(text)
    return hand


@pytest.mark.parametrize(
    "text",
    ["No, not that one", "no, I wanted the header", "That's not what I asked for", "I meant the other page",
     "wrong file", "nope, it broke", "Not like that", "ok, but you forgot the footer", "you edited the wrong file"],
)  # fmt: skip
def test_a_correction_is_one(text: str) -> None:
    assert len(after_work(text).found("correction")) == 1


@pytest.mark.parametrize(
    "text",
    ["No problem, go on", "no need to hurry", "Notify the team", "Now the footer", "no new names please",
     "Instead of a list, is there a table?", "Nothing else, thanks", "node is missing in the image",
     "Fix this:\n```\nno, that is wrong\n```"],
)  # fmt: skip
def test_what_only_begins_like_a_correction_is_none(text: str) -> None:
    assert not after_work(text).found("correction")


@pytest.mark.parametrize(
    "text",
    ["undo that", "Please revert the last edit", "Can you roll that back?", "go back to the old one"],
)
def test_asking_to_take_an_edit_back_is_seen(text: str) -> None:
    assert len(after_work(text).found("revert_in_message")) == 1


@pytest.mark.parametrize(
    "text",
    ["Add an undo feature", "the cancel button is red", "implement the revert action", "Undo button: blue please"],
)
def test_a_feature_that_undoes_is_only_a_feature(text: str) -> None:
    assert not after_work(text).found("revert_in_message")


@pytest.mark.parametrize(
    "text", ["Thanks!", "perfect, thank you", "It works now", "that's great", "looks good", "great, it works"]
)
def test_praise_is_seen(text: str) -> None:
    assert len(after_work(text).found("positive_feedback")) == 1


@pytest.mark.parametrize(
    "text", ["thanks for nothing", "great, another error", "perfect, but it still fails", "nice, it broke"]
)
def test_sarcasm_is_no_praise(text: str) -> None:
    assert not after_work(text).found("positive_feedback")


def test_one_request_in_three_ways_is_seen_and_three_like_tasks_are_not() -> None:
    same, other = Hand(), Hand()
    for text in (
        "Sort the invoice list by date of payment",
        "The invoice list has to be sorted by payment date",
        "Please sort the list of invoices by the date of payment",
    ):
        same.prompt(text)
        same.edit()
    for module in ("billing", "search", "orders"):
        other.prompt(f"Add a badge to the {module} page")
        other.edit()
    assert len(same.found("repeated_rephrasing")) == 1
    assert not other.found("repeated_rephrasing")


def test_the_same_prompt_again_is_seen_and_continue_is_not() -> None:
    hand = Hand()
    for text in ("continue", "Make the search ignore accents", "continue", "make the search ignore accents!"):
        hand.prompt(text)
        hand.run("ls")
    (finding,) = hand.found("duplicate_prompt")
    assert finding.anchor == "p6"


def test_what_stands_in_the_users_role_but_was_written_by_nobody_is_no_correction() -> None:
    hand = Hand()
    hand.prompt("go")
    hand.edit()
    hand.prompt("No, that is wrong", author="injected")
    assert not hand.found("correction")
