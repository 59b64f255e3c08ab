"""`python -m benchmarks.quality` (`make quality`): what detectors find of what was planted, and what else they claim.

Sessions are written as the agents write them, ingested by the product, looked at by its detectors, and compared with
the truth. The seed is new in every run and printed, so that a failure can be repeated.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.homes import corpus, scratch
from benchmarks.scenarios.board import GOAL, Board, run
from benchmarks.scenarios.cases import FORMATS
from codex_loop import clock
from codex_loop.capture.ingest import Order, ingest
from codex_loop.signals import across
from codex_loop.signals.catalogue import BY_ID, DETECTORS
from codex_loop.signals.detect import detect
from codex_loop.sources.base import Homes
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.codex.rollout import CodexRollouts
from codex_loop.store.engine import open_for_writing

PAGE = Path(__file__).parent.parent / "docs" / "quality.md"
MANY = 2500
"""Sessions that have to be looked at within 20 seconds."""


def table(result: Board) -> list[str]:
    """As a terminal shows it; a signal below the goal is marked."""
    lines = [f"{'signal':<23}{'planted':>8}{'found':>7}{'false':>7}{'recall':>8}{'precision':>11}{'formats':>9}"]
    for score in result.scores:
        mark = "" if score.good else "  <"
        lines.append(
            f"{score.category:<23}{score.planted:>8}{score.found:>7}{score.false:>7}"
            f"{score.recall:>8.3f}{score.precision:>11.3f}{score.formats:>9}{mark}"
        )
    lines.append(summary(result))
    return lines


def summary(result: Board) -> str:
    return (
        f"{result.sessions} sessions, seed {result.seed}; {result.alarms} false alarms in {result.incidents} harmless"
        " exits, polls and words"
    )


def differences(result: Board) -> Iterator[str]:
    """What was missed and what was claimed beyond the truth, the most frequent first."""
    for (what, category), count in Counter((miss.what, miss.category) for miss in result.misses).most_common(40):
        some = [miss for miss in result.misses if (miss.what, miss.category) == (what, category)]
        where = Counter((f"{miss.case.agent}-{miss.case.version}", "+".join(miss.case.kinds)) for miss in some)
        told = Counter(miss.told for miss in some).most_common(3)
        yield f"  {what} {category} x{count}: {where.most_common(4)} {told}"


def page(result: Board) -> str:
    """docs/quality.md."""
    rows = [
        f"| {score.category} | {BY_ID[score.category].kind} | {score.planted} | {score.found} | {score.false}"
        f" | {score.recall:.3f} | {score.precision:.3f} | {score.formats} of {len(FORMATS) + 1} |"
        for score in result.scores
        if score.category in BY_ID
    ]
    measured = {score.category for score in result.scores}
    left = [f"`{each.id}`" for each in (*DETECTORS, *across.DETECTORS) if each.id not in measured]
    absent = f"Not planted here, but held by tests of their own in `tests/signals`: {', '.join(left)}." if left else ""
    return f"""# How good the signals are

Written by `python -m benchmarks.quality --write`; `make quality` measures anew. What each means: [signals](signals.md).

The generator writes sessions as eight versions of the two agents write them
({", ".join(" ".join(each) for each in FORMATS)}) and as trace spines,
plants one to three events in each, and knows what has to be found and where. The product ingests the files and looks
at them; a signal is found when the right detector points at the right record, and anything it claims beyond the truth,
or twice, is false. Recall and precision are the lower ends of 95 % Wilson intervals; the goal is {GOAL} for both. The
seed is new in every run.

{summary(result)}.

| signal | kind | planted | found | false | recall at least | precision at least | formats that show it |
|---|---|---|---|---|---|---|---|
{chr(10).join(rows)}

{absent}

**What these numbers do not say.** The scenarios were written by this project: events are as the definitions describe
them, in clean surroundings, and sentences are English and few. Signals that judge words (`correction`,
`revert_in_message`, `positive_feedback`, `repeated_rephrasing`, `false_done`) will miss other words and other
languages. No public labelled set of friction in coding sessions is known to us.
"""


def as_json(result: Board) -> str:
    signals = [
        {**score._asdict(), "recall_at_least": round(score.recall, 4), "precision_at_least": round(score.precision, 4)}
        for score in result.scores
    ]
    told = {"seed": result.seed, "sessions": result.sessions, "incidents": result.incidents, "alarms": result.alarms}
    return json.dumps({"schema": "codex-loop/quality/1", "good": result.good, **told, "signals": signals}, indent=1)


def speed(mb: int) -> str:
    """How long detection takes on a corpus, and what that means for many sessions."""
    home = corpus(mb)
    with (
        TemporaryDirectory(dir=scratch(), prefix="speed-", ignore_cleanup_errors=True) as folder,
        open_for_writing(str(Path(folder) / "store.db")) as database,
    ):
        order = Order(Homes((home.codex,), (home.claude,)), "bench", str(Path(folder) / "key"), now_ms=clock.now_ms())
        ingest(database, [CodexRollouts(), ClaudeTranscripts()], order)
        began, cpu = time.monotonic(), time.process_time()
        report = detect(database, clock.now_ms())
        wall_s, cpu_s = time.monotonic() - began, time.process_time() - cpu
        again = time.process_time()
        detect(database, clock.now_ms())
        again_s = time.process_time() - again
    rate = report.sessions / cpu_s
    return (
        f"{report.sessions} sessions of {mb} MB: {wall_s:.2f} s, {cpu_s:.2f} s of CPU, {rate:.0f} a second,"
        f" {MANY / rate:.1f} s for {MANY}; unchanged: {again_s:.3f} s"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, help="repeat a run")
    parser.add_argument("--each", type=int, default=220, help="events of each kind")
    parser.add_argument("--benign", type=int, default=2000, help="harmless exits, polls and words")
    parser.add_argument("--only", action="append", default=[], help="one kind of event; may be given again")
    parser.add_argument("--keep", type=Path, help="write the sessions of what was missed to this folder")
    parser.add_argument("--write", action="store_true", help="write docs/quality.md")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--speed", type=int, metavar="MB", help="instead: how long detection takes on a corpus")
    given = parser.parse_args(arguments)
    if given.speed:
        print(speed(given.speed))
        return 0
    result = run(secrets.randbelow(1 << 32) if given.seed is None else given.seed, given.each, given.benign, given.only)
    print(as_json(result) if given.json else "\n".join([*table(result), *differences(result)]))
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        for number, miss in enumerate(result.misses):
            name = f"{miss.what}-{miss.category}-{miss.case.agent}-{miss.case.version}-{number}.jsonl"
            (given.keep / name).write_bytes(miss.case.content)
    if given.write:
        PAGE.write_text(page(result), encoding="utf-8")
    return 0 if result.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
