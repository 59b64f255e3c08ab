"""`codex-loop classify`: what a person's words are taken for, a line for each."""

import sys
from collections.abc import Iterable, Iterator

import msgspec

from codex_loop.cli.render import UNKNOWN
from codex_loop.cli.width import clean, cut
from codex_loop.errors import Exit
from codex_loop.semantics.linear import shipped
from codex_loop.semantics.turn import Turn, Verdict

LONGEST = 60


class NotJudged(msgspec.Struct, frozen=True):
    """A line that is no turn."""

    error: str


Answer = tuple[Turn | None, Verdict | NotJudged]


def classify(*, json: bool = False) -> int:
    """Say of each line on standard input whether somebody is displeased or pleased.

    A line is a JSON object: "text" is what a person said, "previous" what the agent had said before, "before" what the
    person had said before that; only "text" must be there. The model is part of this program: nothing is sent anywhere.

    Examples:
        codex-loop classify         # then lines like {"text": "no, I said Tuesday", "previous": "Booked for Monday."}
        codex-loop classify --json  # what scripts read: cat turns.jsonl | ...

    Args:
        json: Print a JSON object for each line: friction, delight, and a probability for each label.
    """
    if sys.stdin.isatty():
        sys.stderr.write('codex-loop: waiting for lines like {"text": "no, I said Tuesday"}; end with Ctrl-D\n')
    bad = 0
    for turn, verdict in answers(sys.stdin.buffer):
        bad += isinstance(verdict, NotJudged)
        sys.stdout.write((msgspec.json.encode(verdict).decode() if json else _drawn(turn, verdict)) + "\n")
    if not bad:
        return Exit.OK
    sys.stderr.write(f"codex-loop: {bad} of the lines could not be judged; each must be an object with a text\n")
    return Exit.DEGRADED


def answers(lines: Iterable[bytes]) -> Iterator[Answer]:
    """An answer for every line that is not empty, in order."""
    judge = shipped()
    turn_of = msgspec.json.Decoder(Turn)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            turn = turn_of.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield None, NotJudged(f"line {number}: {error}")
        else:
            yield turn, judge.verdict(turn)


def _drawn(turn: Turn | None, verdict: Verdict | NotJudged) -> str:
    if isinstance(verdict, NotJudged) or turn is None:
        return f"{UNKNOWN:8}       {verdict.error if isinstance(verdict, NotJudged) else ''}"
    name = "friction" if verdict.friction else "delight" if verdict.delight else "neither"
    label, share = max(verdict.scores.items(), key=lambda each: each[1])
    told = cut(clean(" ".join(turn.text.split())), LONGEST - len(label))
    return f"{name:8}  {share:.2f} {label}  {told}"
