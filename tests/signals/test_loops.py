"""The same again and again; asking twice is none, and waiting neither."""

from __future__ import annotations

from tests.signals.hands import Hand, ids

ERROR = "ModuleNotFoundError: No module named 'x'"


def test_three_times_the_same_failing_call_is_a_loop_and_a_fourth_makes_it_longer() -> None:
    hand = Hand()
    hand.prompt("go")
    for _ in range(3):
        hand.run("make", 2, "make: error")
    assert ids(hand.found("retry_loop")) == [["c1", "c2", "c3"]]
    hand.run("make", 2, "make: error")
    (finding,) = hand.found("retry_loop")
    assert finding.anchor == "c1"
    assert finding.measured["calls"] == 4


def test_two_times_is_none() -> None:
    hand = Hand()
    hand.run("make", 2)
    hand.run("make", 2)
    assert not hand.found("retry_loop")


def test_what_a_person_asks_for_again_is_no_loop_of_the_agent() -> None:
    hand = Hand()
    for _ in range(3):
        hand.prompt("run it")
        hand.run("make", 2, "error")
    assert not hand.found("retry_loop")


def test_another_answer_each_time_is_watching() -> None:
    hand = Hand()
    for number in range(4):
        hand.run("ls build", 0, f"{number} files")
    assert not hand.found("retry_loop")


def test_several_edits_of_a_file_are_no_retries_though_they_ask_for_the_same_file() -> None:
    hand = Hand()
    for _ in range(4):
        hand.call("apply_patch", "update src/a.py", 0, "Success", arguments=None)
    assert not hand.found("retry_loop")
    assert not hand.found("oscillation")


def test_reading_a_long_file_in_parts_is_no_retry() -> None:
    hand = Hand()
    for part in range(4):
        hand.call("read_file", "src/a.py", 0, "same", arguments=f'{{"offset":{part}}}')
    assert not hand.found("retry_loop")


def test_one_error_from_three_commands_within_eight_calls_is_a_loop() -> None:
    hand = Hand()
    for name in ("a", "b", "c"):
        hand.run(f"python {name}.py", 1, ERROR)
        hand.run(f"ls {name}", 0, name)
    assert ids(hand.found("error_loop")) == [["c0", "c2", "c4"]]


def test_one_error_three_times_far_apart_is_none() -> None:
    hand = Hand()
    for name in ("a", "b", "c"):
        hand.run(f"python {name}.py", 1, ERROR)
        for other in range(8):
            hand.run(f"ls {name}{other}")
    assert not hand.found("error_loop")


def test_one_program_with_other_arguments_that_fails_twice_drifts_and_without_failures_it_works() -> None:
    failing, working = Hand(), Hand()
    for number in range(3):
        failing.run(f"convert --size {number}", 2 if number else 0, f"error: bad size {'abc'[number]}")
        working.run(f"convert --size {number}")
    assert ids(failing.found("parameter_drift")) == [["c0", "c1", "c2"]]
    assert not working.found("parameter_drift")


def test_a_round_of_two_calls_three_times_without_news_goes_in_circles() -> None:
    hand = Hand()
    for _ in range(3):
        hand.read("a.py")
        hand.run("grep x a.py", 0, "x")
    assert ids(hand.found("oscillation")) == [["c0", "c1", "c2", "c3", "c4", "c5"]]


def test_editing_and_testing_with_progress_does_not() -> None:
    hand = Hand()
    for number in range(4):
        hand.edit()
        hand.run("pytest -q", 1, f"{4 - number} failed")
        hand.read("a.py")
    assert not hand.found("oscillation")


def test_five_failures_in_twelve_calls_are_a_storm_and_four_are_none() -> None:
    hand = Hand()
    for number in range(4):
        hand.run(f"make {'abcde'[number]}", 2, f"error: {'abcde'[number]}")
        hand.run(f"ls {number}")
    assert not hand.found("tool_error_storm")
    hand.run("make e", 2, "error: e")
    (finding,) = hand.found("tool_error_storm")
    assert finding.measured["failures"] == 5


def test_the_neighbours_of_a_failed_call_are_not_counted() -> None:
    hand = Hand()
    hand.run("make", 2, "error")
    for number in range(6):
        hand.run(f"ls {number}", None, "sibling tool call errored", status="cascade")
    assert not hand.found("tool_error_storm")
    assert ids(hand.found("exec_failure")) == [["c0"]]
