"""What words mean, judged by a model: anger, displeasure, the same again in other words, being at a loss, praise.

A model ranks, it does not prove: thresholds are high, the probability is the confidence, the basis is `model`. Where a
rule saw the same already, the rule tells it. A session that could not be judged keeps what was found before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from codex_loop.signals.detector import Detector, Finding, first_words
from codex_loop.signals.prompts import similarity, words
from codex_loop.signals.session import Answer, Prompt, Session

if TYPE_CHECKING:
    from codex_loop.semantics.engines import Engine
    from codex_loop.semantics.tally import Estimate
    from codex_loop.semantics.turn import Scores, Turn

RULES = 2
"""Raised when a rule here changes what it finds; the engine's own version is part of the detectors' too."""
SURE = 0.7
ANGRY = 0.8
LOST = 0.8
PLEASED = 0.8
SHOUTED = 0.4
ALIKE = 0.35
UNCONTENT = 0.5
REPHRASED = 3
LONGEST = 1500
"""A longer prompt is a pasted text or a specification: its words are not about how it goes."""
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_ALPHABETIC = re.compile(r"\b[A-Za-z]{2,}\b")


class Heard(NamedTuple):
    """A prompt with what its words were judged to mean."""

    prompt: Prompt
    after: Answer | None
    """What the agent had said last."""
    scores: Scores


Hear = Callable[[Session], Sequence[Heard]]


class Words:
    """One engine over the sessions of one run."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.detectors = _detectors(self._heard, crc32(f"{RULES} {engine.version}".encode()) & 0x7FFFFFFF)
        self._session: Session | None = None
        self._last: Sequence[Heard] | None = None

    def judge(self, session: Session) -> bool:
        """Whether this session's words are judged now; `engine.tally` says why not."""
        self._heard(session)
        return self._last is not None

    def estimate(self, session: Session) -> Estimate:
        """What judging it would cost. Sends nothing."""
        return self.engine.estimate([turn for turn, _, _ in _said(session)])

    def _heard(self, session: Session) -> Sequence[Heard]:
        # Every detector asks for the same session in turn: one judgement serves them all.
        if self._session is not session:
            self._session, self._last = session, self._ask(session)
        return self._last or ()

    def _ask(self, session: Session) -> Sequence[Heard] | None:
        said = list(_said(session))
        scores = self.engine.judge([turn for turn, _, _ in said]) if said else []
        if scores is None:
            return None
        return [Heard(prompt, after, each) for (_, prompt, after), each in zip(said, scores, strict=True)]


def semantic_detectors(engine: Engine) -> tuple[Detector, ...]:
    """The detectors whose findings this engine judges."""
    return Words(engine).detectors


def _said(session: Session) -> Iterator[tuple[Turn, Prompt, Answer | None]]:
    from codex_loop.semantics.turn import Turn

    after: Answer | None = None
    before: Prompt | None = None
    for step in session.steps:
        if isinstance(step, Answer):
            after = step
        elif isinstance(step, Prompt) and step.author == "human":
            if step.text.strip() and step.length <= LONGEST:
                told = Turn(step.text, after.text if after else None, before.text if before else None)
                yield told, step, after
            before = step


def _anchor(prompt: Prompt) -> str:
    return prompt.native_id or str(prompt.key)


def _finding(heard: Heard, title: str, share: float, threshold: float, label: str) -> Finding:
    return Finding(
        anchor=_anchor(heard.prompt),
        evidence=(heard.prompt,),
        title=title,
        body=first_words(heard.prompt.text),
        basis="model",
        confidence=share,
        measured={label: share, "threshold": threshold},
    )


def _shouted(text: str) -> bool:
    spoken = _ALPHABETIC.findall(text)
    return len(spoken) >= 3 and len(_CAPITALS.findall(text)) / len(spoken) >= SHOUTED


def _is_angry(heard: Heard) -> bool:
    # Capitals and a pile of marks raise what the words suggest; alone they are emphasis.
    loud = _shouted(heard.prompt.text) or "!!" in heard.prompt.text or "??" in heard.prompt.text
    return heard.scores["escalation"] >= (ANGRY - 0.2 if loud else ANGRY)


def _escalation(said: Sequence[Heard]) -> Iterator[Finding]:
    for heard in said:
        if _is_angry(heard):
            yield _finding(heard, "the user was angry", heard.scores["escalation"], ANGRY, "escalation")


def _dissatisfaction(said: Sequence[Heard]) -> Iterator[Finding]:
    for heard in said:
        share = heard.scores["dissatisfied"]
        # The first words of a session are a task, however bad what they describe is.
        if heard.after is not None and share >= SURE and not _is_angry(heard):
            yield _finding(heard, "the user was not content", share, SURE, "dissatisfied")


def _confusion(said: Sequence[Heard]) -> Iterator[Finding]:
    for heard in said:
        share = heard.scores["confusion"]
        if share >= LOST:
            yield _finding(heard, "the user did not understand", share, LOST, "confusion")


def _praise(said: Sequence[Heard]) -> Iterator[Finding]:
    for heard in said:
        share = heard.scores["praise"]
        if heard.after is not None and share >= PLEASED and heard.scores["dissatisfied"] < UNCONTENT:
            yield _finding(heard, "the user was pleased", share, PLEASED, "praise")


def _detectors(hear: Hear, version: int) -> tuple[Detector, ...]:
    def over(find: Callable[[Sequence[Heard]], Iterator[Finding]]) -> Callable[[Session], Iterator[Finding]]:
        return lambda session: find(hear(session))

    return (
        Detector("escalation_tone", version, "friction", 0.7, 0.8, over(_escalation),
                 "The user's words are angry, by a model's judgement."),
        Detector("dissatisfaction", version, "friction", 0.5, 0.85, over(_dissatisfaction),
                 "The user was not content with how it went, by a model's judgement."),
        Detector("semantic_rephrasing", version, "friction", 0.7, 0.6, over(_rephrased),
                 "One request again and again, by shared words and a model's judgement.",
                 category="repeated_rephrasing"),
        Detector("platform_confusion", version, "friction", 0.4, 0.8, over(_confusion),
                 "The user did not understand the tool or its answer, by a model's judgement."),
        Detector("semantic_praise", version, "delight", 0.7, 0.85, over(_praise),
                 "The user's words are pleased, by a model's judgement.", category="positive_feedback"),
    )  # fmt: skip


def _rephrased(said: Sequence[Heard]) -> Iterator[Finding]:
    run: list[Heard] = []
    for heard in said:
        if run and not _again(run[-1], heard):
            yield from _if_long(run)
            run = []
        run.append(heard)
    yield from _if_long(run)


def _again(one: Heard, two: Heard) -> bool:
    uncontent = max(two.scores["dissatisfied"], two.scores["correction"]) >= UNCONTENT
    return uncontent and similarity(words(one.prompt.text), words(two.prompt.text)) >= ALIKE


def _if_long(run: Sequence[Heard]) -> Iterator[Finding]:
    if len(run) < REPHRASED:
        return
    yield Finding(
        anchor=_anchor(run[0].prompt),
        evidence=tuple(heard.prompt for heard in run),
        title=f"the same request {len(run)} times, each time less content",
        body=first_words(run[-1].prompt.text),
        basis="model",
        confidence=min(heard.scores["dissatisfied"] for heard in run[1:]),
        measured={"prompts": len(run), "threshold": REPHRASED, "similarity": ALIKE},
    )


DESCRIBED = _detectors(lambda _: (), 0)
"""The same detectors without an engine: what they are called and mean. They find nothing."""
IDS = frozenset(detector.id for detector in DESCRIBED)
