"""Signals that a model judges: high thresholds, one telling, and nothing lost when nobody judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from benchmarks.scenarios.cases import pen_for
from codex_loop.semantics.engines import Local
from codex_loop.semantics.linear import shipped
from codex_loop.semantics.tally import Estimate, Tally
from codex_loop.semantics.turn import LABELS, Scores, Turn
from codex_loop.signals.catalogue import BY_ID
from codex_loop.signals.detect import detect, estimates
from codex_loop.signals.semantic import DESCRIBED, Words, semantic_detectors
from codex_loop.store import signals as store
from tests.capture.ground import NOW_MS, Ground
from tests.signals.hands import Hand, all_found


class Fake:
    """Judges by a rule; `broken` answers nothing."""

    name = "fake"
    version = 3

    def __init__(self, rule: Callable[[Turn], Scores], *, broken: bool = False) -> None:
        self.rule, self.broken, self.tally = rule, broken, Tally()
        self.calls = 0

    def judge(self, turns: Sequence[Turn]) -> list[Scores] | None:
        self.calls += 1
        return None if self.broken else [self.rule(turn) for turn in turns]

    def estimate(self, turns: Sequence[Turn]) -> Estimate:
        return Estimate(len(turns), 0, 0, 0.0)


def certain(label: str, share: float = 0.99) -> Callable[[Turn], Scores]:
    return lambda _: {each: share if each == label else 0.01 for each in LABELS}


def talk(*said: str) -> Hand:
    hand = Hand()
    for text in said:
        hand.prompt(text)
        hand.edit()
        hand.say("I changed the file, all tests pass.")
    return hand


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("ARE YOU KIDDING ME?? you deleted it AGAIN!!", "escalation_tone"),
        ("I don't understand, what do you mean by that?", "platform_confusion"),
        ("that is amazing, thank you so much!", "semantic_praise"),
        ("this still doesn't work, the same error again", "dissatisfaction"),
    ],
)
def test_words_give_the_signal_they_mean(text: str, signal: str) -> None:
    detectors = semantic_detectors(Local(shipped()))
    assert signal in all_found(talk("add a login page", text), detectors)


def test_ordinary_work_gives_none() -> None:
    hand = talk(
        "add an endpoint that returns the orders of a user",
        "great, now add the tests",
        "make the cancel button red",
        "there is a bug when the list is empty, the parser crashes, please fix it",
        "ok commit it",
    )
    assert all_found(hand, semantic_detectors(Local(shipped()))) == set()


def test_a_task_that_opens_a_session_is_no_displeasure() -> None:
    hand = Hand()
    hand.prompt("everything is broken, fix the terrible build")
    assert list(semantic_detectors(Fake(certain("dissatisfied")))[1].find(hand.session)) == []


def test_a_long_pasted_text_is_not_judged() -> None:
    fake = Fake(certain("escalation"))
    assert all_found(talk("read this"), semantic_detectors(fake)[:1]) == {"escalation_tone"}
    assert all_found(talk("WHAT THE HELL!!! " * 200), semantic_detectors(fake)) == set()


def test_below_the_threshold_nothing_is_said_and_above_it_the_share_is_the_confidence() -> None:
    low = Words(Fake(certain("dissatisfied", 0.69)))
    high = Words(Fake(certain("dissatisfied", 0.91)))
    session = talk("one", "two").session
    assert list(low.detectors[1].find(session)) == []
    (found,) = high.detectors[1].find(session)
    assert (found.confidence, found.basis, found.measured["threshold"]) == (0.91, "model", 0.7)


def test_the_same_request_in_other_words_is_one_signal_at_its_first_telling() -> None:
    hand = talk(
        "sort the orders by date",
        "no, sort the orders by their date",
        "sort all orders by date, newest first",
        "add a footer",
    )
    rephrasing = semantic_detectors(Fake(certain("correction")))[2]
    (found,) = rephrasing.find(hand.session)
    assert len(found.evidence) == 3
    assert rephrasing.category == "repeated_rephrasing"


def test_one_judgement_serves_all_detectors() -> None:
    fake = Fake(certain("praise"))
    session = talk("one", "two").session
    words = Words(fake)
    for detector in words.detectors:
        list(detector.find(session))
    assert words.judge(session)
    assert fake.calls == 1


def test_every_detector_can_be_explained_without_an_engine() -> None:
    assert all(BY_ID[detector.id].help for detector in DESCRIBED)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """One session in a store: work, then anger."""
    ground = Ground(str(tmp_path / "store.db"), tmp_path / "home", tmp_path / "redaction.key")
    pen = pen_for("claude", "2.1.329", Random(5), NOW_MS)
    for text in ("add a login page", "are you KIDDING me?? it is broken AGAIN, this is ridiculous!!"):
        pen.prompt(text)
        pen.run("ls")
        pen.say("That is done.", final=True)
    ground.put(f"claude/{pen.path}", pen.content)
    ground.ingest()
    yield ground
    ground.close()


def angry(ground: Ground) -> list[store.Signal]:
    return list(store.listed(ground.database, store.Wanted(category="escalation_tone")))


def test_a_run_with_words_finds_what_rules_alone_do_not(ground: Ground) -> None:
    detect(ground.database, NOW_MS)
    assert angry(ground) == []
    detect(ground.database, NOW_MS, words=Words(Local(shipped())))
    (signal,) = angry(ground)
    assert (signal.basis, signal.type) == ("model", "friction")
    again = detect(ground.database, NOW_MS, words=Words(Local(shipped())))
    assert (again.files, again.new, again.gone) == (0, 0, 0)


def test_a_run_by_rules_alone_leaves_what_a_model_found(ground: Ground) -> None:
    detect(ground.database, NOW_MS, words=Words(Local(shipped())))
    before = angry(ground)
    mechanical = detect(ground.database, NOW_MS)
    assert (mechanical.gone, mechanical.changed) == (0, 0)
    assert angry(ground) == before


def test_an_engine_that_fails_takes_nothing_back_and_is_asked_again(ground: Ground) -> None:
    detect(ground.database, NOW_MS, words=Words(Local(shipped())))
    before = angry(ground)
    fake = Fake(certain("praise"), broken=True)
    failed = detect(ground.database, NOW_MS, words=Words(fake))
    assert failed.gone == 0
    assert angry(ground) == before
    fake.broken = False
    detect(ground.database, NOW_MS, words=Words(fake))
    assert angry(ground) == []


def test_another_engine_judges_unchanged_sessions_anew(ground: Ground) -> None:
    detect(ground.database, NOW_MS, words=Words(Local(shipped())))
    report = detect(ground.database, NOW_MS, words=Words(Fake(certain("praise"))))
    assert report.files == 1


def test_an_estimate_counts_what_a_run_would_judge_and_changes_nothing(ground: Ground) -> None:
    fake = Fake(certain("praise"))
    found = list(estimates(ground.database, NOW_MS, Words(fake)))
    assert [each.turns for each in found] == [2]
    assert fake.calls == 0
    assert detect(ground.database, NOW_MS, words=Words(fake)).files == 1
    assert list(estimates(ground.database, NOW_MS, Words(fake))) == []
