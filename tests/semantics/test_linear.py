"""The shipped language model: what it says, and that it is what the script makes."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import semantic
from benchmarks.speech.drawing import draw_turns
from codex_loop.errors import Degraded
from codex_loop.semantics.features import features
from codex_loop.semantics.linear import Judge, shipped
from codex_loop.semantics.turn import LABELS, Turn


@pytest.mark.parametrize(
    ("text", "previous"),
    [
        ("No, I said Tuesday.", "Your table is booked for Monday."),
        ("that's not what I asked for", "I added the endpoint and two tests."),
        ("still the same error", "I fixed the bug, all tests pass."),
        ("This is ridiculous!! How many times do I have to tell you?", "I changed the file."),
        ("Thanks for nothing.", "I could not find the file."),
        ("Never mind, I'll do it myself.", "Sorry, that did not work."),
        ("You keep asking me the same question.", "What day would you like?"),
        ("geht immer noch nicht", "Erledigt."),
        ("这不是我要的", "完成。"),
    ],
)
def test_displeased_words_are_friction(text: str, previous: str) -> None:
    assert shipped().verdict(Turn(text, previous)).friction


@pytest.mark.parametrize(
    ("text", "previous"),
    [
        ("add an endpoint that returns the orders of a user", ""),
        ("make the cancel button red", "I added the form."),
        ("no problem, take your time", "I am still searching."),
        ("No, that's all. Thanks!", "Anything else I can help with?"),
        ("for 4 people at 7 pm", "What time, and for how many?"),
        ("Great, now add the tests.", "I added the form."),
        ("yes please", "Shall I book it?"),
        ("Vielen Dank, das war alles", "Kann ich sonst noch etwas tun?"),
    ],
)
def test_plain_words_are_no_friction(text: str, previous: str) -> None:
    assert not shipped().verdict(Turn(text, previous)).friction


@pytest.mark.parametrize("text", ["Perfect, thank you so much!", "Awesome, works like a charm now", "super, danke!"])
def test_praise_is_delight(text: str) -> None:
    verdict = shipped().verdict(Turn(text, "I updated the file, all tests pass."))
    assert verdict.delight
    assert not verdict.friction


def test_the_same_no_depends_on_what_was_asked() -> None:
    judge = shipped()
    closing = judge.scores(Turn("No.", "Can I help you with anything else?"))
    refusing = judge.scores(Turn("No.", "I'm sorry, there are none. Would you like to try another area?"))
    assert closing["dissatisfied"] < refusing["dissatisfied"]


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=100))
def test_any_text_gets_probabilities_and_never_both_verdicts(text: str, previous: str, before: str) -> None:
    turn = Turn(text, previous, before)
    verdict = shipped().verdict(turn)
    assert tuple(verdict.scores) == LABELS
    assert all(0 <= each <= 1 for each in verdict.scores.values())
    assert not (verdict.friction and verdict.delight)
    assert verdict == shipped().verdict(turn)


def test_a_text_without_words_means_nothing() -> None:
    verdict = shipped().verdict(Turn("  \n", "Sorry, that failed."))
    assert not verdict.friction
    assert set(verdict.scores.values()) == {0.0}


def test_a_wall_of_text_is_judged_by_its_ends() -> None:
    shown = features(Turn("word " * 100_000, "said " * 100_000))
    assert sum(map(len, shown.groups)) < 2_000


def test_the_model_in_the_package_is_the_one_its_script_makes() -> None:
    assert shipped().model.version == semantic.recipe()
    assert semantic.MODEL.stat().st_size < 400_000


@pytest.mark.slow
def test_training_again_gives_the_same_judgements() -> None:
    said = [each.turn for each in draw_turns(300, 77)]
    again = Judge(semantic.train())
    for turn in said:
        assert again.scores(turn) == pytest.approx(shipped().scores(turn), abs=0.02)


def test_a_model_of_another_version_is_refused() -> None:
    with pytest.raises(Degraded, match="another version"):
        Judge(msgspec.structs.replace(shipped().model, features=0))


def test_judging_loads_no_numeric_library() -> None:
    code = (
        "import sys; from codex_loop.semantics.linear import shipped; from codex_loop.semantics.turn import Turn;"
        "shipped().verdict(Turn('no')); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "sklearn", "scipy", "sqlalchemy"} & set(loaded)
