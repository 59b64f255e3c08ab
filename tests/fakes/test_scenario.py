"""The place in a scenario is found from what the agent sends, so retries and resumes stay right."""

from __future__ import annotations

from tests.fakes.scenario import Attempts, Call, Place, Step, asked, marker, step_at, steps_done

ONE, TWO = Call("shell", {"command": "one"}), Call("shell", {"command": "two"})
STEPS = (Step(calls=(ONE, TWO)), Step(calls=(ONE,)), Step(text="end"))


def test_the_last_marker_of_a_text_wins() -> None:
    assert marker("first [s:a], then SCN:b-2") == "b-2"
    assert marker("no marker") is None


def test_without_a_marker_the_words_of_a_prompt_name_its_scenario_and_the_longest_name_wins() -> None:
    book = {"fix the sum": STEPS, "fix the sum of calc.py": STEPS, "word": STEPS}
    assert asked(book, "please fix the sum\n of calc.py now") == "fix the sum of calc.py"
    assert asked(book, "fix the sum [s:other]") == "other"
    assert asked(book, "a single word is no name") is None


def test_a_step_is_over_when_all_its_outputs_are_back() -> None:
    assert [steps_done(STEPS, outputs) for outputs in range(5)] == [0, 0, 1, 2, 2]


def test_past_the_end_the_model_is_done() -> None:
    assert step_at({"x": STEPS}, Place("p", "x", 7)).text == "Done."
    assert step_at({}, Place("p", "unheard-of", 0)).text == "Done."


def test_an_error_heals_after_its_failures_for_each_place_alone() -> None:
    attempts, step = Attempts(), Step(status=500, failures=2)
    here, there = Place("p", "x", 0), Place("p", "x", 1)
    assert [attempts.fails("t", here, step) for _ in range(4)] == [True, True, False, False]
    assert attempts.fails("t", there, step)


def test_an_error_without_a_number_never_heals() -> None:
    attempts, step = Attempts(), Step(status=429)
    assert all(attempts.fails("t", Place("p", "x", 0), step) for _ in range(9))
