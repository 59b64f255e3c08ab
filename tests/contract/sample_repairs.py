"""The bundled sessions that worked in a bundled repository: one after another, each from the commit the last one left.

Played today, told as if they lay weeks apart, so that a trend has something to show: dates and times of what the agents
wrote are moved, and the repository's commits are made at dates that fit.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import zlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.repairs import faults
from benchmarks.repairs.play import Desk, perform, remote
from benchmarks.repairs.shapes import misfitting
from benchmarks.repairs.stories import STORIES, files
from benchmarks.repairs.story import Change, Story, Turn, found
from codex_loop.samples import repositories
from codex_loop.samples.repositories import Commit
from tests.contract.normalise import Normaliser, shortened

PYTEST = "python -m pytest -q"
LONGEST, LONGEST_OF_PROMPTS = 2_500, 200
_NEAR_S = 30 * 86_400
_EPOCH = re.compile(r"(?<![\w.-])1[789]\d{8}(?:\d{3})?(?![\w-])")
"""Neither part of an id nor of a longer number."""
_BY_NAME = {story.name: story for story in STORIES}


class Sample(NamedTuple):
    """A story, the day it is told to have happened on, and the commit message of its repair."""

    story: Story
    day: date
    message: str


def _misfit(name: str, words: str, fault: Change, guess: str, test: str, answer: str) -> Story:
    """A story in which Codex first edits lines that the file does not have: one problem in many sessions."""
    story = _BY_NAME[name]
    turns = (Turn(words, misfitting(test, fault, guess), answer), *story.turns[1:])
    return story._replace(agent="codex", version="0.169.0", turns=turns)


SAMPLES: dict[str, tuple[Sample, ...]] = {
    "backoff": (
        Sample(_BY_NAME["backoff-header"], date(2026, 10, 20), "Header names in any case"),
        Sample(_BY_NAME["backoff-schedule"], date(2026, 10, 23), "No wait after the last attempt"),
        Sample(
            _misfit(
                "backoff-cap", _BY_NAME["backoff-cap"].turns[0].words, faults.CAP,
                "            return int(value or 0)", f"{PYTEST} tests/test_backoff.py",
                "A Retry-After is now capped at 60 seconds.",
            ),
            date(2026, 11, 5), "Never longer than a minute",
        ),
        Sample(_BY_NAME["backoff-jitter"], date(2026, 11, 17), "Waiting times can be spread"),
    ),
    "accounts": (
        Sample(
            _misfit(
                "accounts-transfer", _BY_NAME["accounts-transfer"].turns[0].words, faults.TRANSFER,
                "    target.deposit(cents, source)", f"{PYTEST} tests/test_book.py",
                "transfer() takes first and gives afterwards.",
            ),
            date(2026, 10, 27), "A refused transfer changes nothing",
        ),
        Sample(_BY_NAME["accounts-negative"], date(2026, 10, 30), "One sign before an amount"),
        Sample(
            _misfit(
                "accounts-withdraw", _BY_NAME["accounts-withdraw"].turns[0].words, faults.WITHDRAW,
                "        if self.balance < cents:", f"{PYTEST} tests", "The whole balance can be withdrawn.",
            )._replace(agent="claude", version="2.1.329"),
            date(2026, 11, 9), "The last cent may be withdrawn",
        ),
        Sample(
            _misfit(
                "accounts-split",
                "split(100, 3) loses a cent. The parts have to sum to the whole, larger parts first.",
                faults.SPLIT, "    return [cents // parts] * parts", f"{PYTEST} tests/test_money.py",
                "The rest is spread over the first parts.",
            ),
            date(2026, 11, 16), "Parts sum to the whole",
        ),
    ),
    "slugs": (
        Sample(_BY_NAME["slugs-accents"], date(2026, 11, 3), "Accents are dropped, letters stay"),
        Sample(
            _misfit(
                "slugs-accents",
                "slug() makes several hyphens of a comma and a blank. Whatever stands between two words is one hyphen.",
                faults.SEPARATORS, "    words = plain.lower().split()", f"{PYTEST} tests/test_make.py",
                "Words are found, whatever stands between them.",
            )._replace(name="slugs-separators", base=(faults.SEPARATORS,)),
            date(2026, 11, 10), "One hyphen between words",
        ),
        Sample(_BY_NAME["slugs-shorten"], date(2026, 11, 12), "The ellipsis counts"),
        Sample(_BY_NAME["slugs-unique"], date(2026, 11, 19), "Numbers that are taken are skipped"),
    ),
}  # fmt: skip


def history(repository: str) -> tuple[Commit, ...]:
    """What was committed: something wrong before each session, the repair after it."""
    told: list[Commit] = []
    known: dict[str, str] = {}
    later: list[Sample] = [*SAMPLES[repository]]
    while later:
        sample = later.pop(0)
        hidden = tuple(change for each in later for change in each.story.base if _is_new(change))
        right = found(files(repository), hidden)
        wrong = found(right, sample.story.base)
        for message, tree, at in (
            (repositories.FIRST if not told else f"Rework of {sample.story.name.partition('-')[2]}", wrong, -1),
            (sample.message, right, 1),
        ):
            changed = {path: text for path, text in tree.items() if known.get(path) != text}
            told.append(Commit(message, changed, _at(sample.day + timedelta(days=at))))
            known = tree
    return tuple(told)


def _is_new(change: Change) -> bool:
    """Whether the session adds it: until then it is not there at all."""
    return change in (
        faults.JITTER, faults.JITTER_IMPORT, faults.JITTER_TESTS, faults.NUMBERS, faults.NUMBERS_TEST,
    )  # fmt: skip


def record(out: Path) -> None:
    """Every session and every repository into the samples folder."""
    for repository, samples in SAMPLES.items():
        commits = history(repository)
        text = repositories.write(commits)
        (out / "repositories" / f"{repository}.txt").write_text(text, encoding="utf-8", newline="\n")
        for number, sample in enumerate(samples):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
                desk = Desk(Path(scratch), Path(scratch) / repository)
                repositories.build(commits[: 2 * number + 1], desk.project, remote=remote(repository))
                perform(sample.story, desk, seed=f"{zlib.crc32(sample.story.name.encode()):08x}")
                _keep(sample, desk, out)


def _keep(sample: Sample, desk: Desk, out: Path) -> None:
    """What the agent wrote, fit to be shared: no path of this machine, long prompts cut, told to be of another day."""
    agent = sample.story.agent
    home, folder = desk.home / f".{agent}", "sessions" if agent == "codex" else "projects"
    moved = Moved(datetime.now(UTC), sample.day)
    plain = Normaliser(desk.root)
    for source in sorted((home / folder).rglob("*.jsonl")):
        name = moved.text(_at_home(plain.text(source.relative_to(home).as_posix())))
        target = out / agent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = source.read_text(encoding="utf-8").splitlines()
        told = (moved.text(_shortened(_at_home(plain.text(line)))) for line in lines)
        target.write_text("".join(f"{line}\n" for line in told), encoding="utf-8", newline="")


class Moved(NamedTuple):
    """From the day of the play to the day it is told of."""

    played: datetime
    day: date

    def text(self, text: str) -> str:
        """Dates as people and paths write them, and seconds and milliseconds since 1970."""
        for shape in ("%Y-%m-%d", "%Y/%m/%d"):
            text = text.replace(self.played.strftime(shape), self.day.strftime(shape))
        return _EPOCH.sub(self._number, text)

    def _number(self, said: re.Match[str]) -> str:
        number = said.group()
        unit = 1000 if len(number) == 13 else 1
        far = abs(int(number) // unit - int(self.played.timestamp()))
        days = (self.played.date() - self.day).days
        return str(int(number) - days * 86_400 * unit) if far < _NEAR_S else number


def _shortened(line: str) -> str:
    """The agents' own prompts are of no interest here; what was said, run and changed is."""
    value = json.loads(line)
    payload = value.get("payload") or {}
    kind = str(value.get("type"))
    of_agent = kind in ("session_meta", "world_state", "turn_context", "attachment", "system")
    if of_agent or kind.startswith("api-request") or payload.get("role") == "developer":
        short = shortened(value, longest=LONGEST_OF_PROMPTS)
    else:
        short = shortened(value, longest=LONGEST, lists=False)
    return line if short == value else json.dumps(short, separators=(",", ":"), ensure_ascii=False)


def _at_home(text: str) -> str:
    text = text.replace(sys.base_prefix, "/usr")
    return text.replace("/home/dev/else/", "/home/dev/").replace("-home-dev-else-", "-home-dev-")


def _at(day: date) -> str:
    return f"{day.isoformat()}T12:00:00Z"
