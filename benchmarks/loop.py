"""The loop at the size of a busy year: detection, grouping, a day's newcomers, and whether clusters keep their ids.

    python -m benchmarks.loop
    python -m benchmarks.loop --signals 200000                   # the largest store there is a budget for
    python -m benchmarks.loop --signals 5000 --sessions 250      # a quick impression; budgets are for the full size

Commands are measured as a user starts them, interpreter and all. Signals are texts of three self-written sets, one in
ten an exact repetition, in three sessions for every ten signals.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from benchmarks import homes, measure, verdicts
from benchmarks.utterances import sets
from benchmarks.verdicts import Line
from codex_loop.clock import now_ms
from codex_loop.model.keys import key
from codex_loop.store import clusters, signals
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.signals import SignalRow

SIGNALS, SESSIONS, NEWCOMERS = 50_000, 2_500, 500
SESSION_MB = 0.8
"""As large as sessions are in the mean: few are, and most of what is read is theirs."""
MORE = 0.10
CLUSTER_S, CLUSTER_MB, JOIN_S, DETECT_S, LOST_PERCENT = 60.0, 1_500.0, 5.0, 20.0, 15.0
MANY_S = 360.0
"""For more than `SIGNALS`."""
SAME = 0.5
_CHUNK = 5_000


def main(arguments: Sequence[str]) -> int:
    """Print one table; the exit code is 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--signals", type=int, default=SIGNALS)
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="codex-loop-loop-") as folder:
        lines = [
            *grouping(Path(folder) / "signals.db", options.signals, options.seed),
            *detection(Path(folder), options.sessions),
        ]
    print(verdicts.document(lines) if options.json else verdicts.table(lines))
    return verdicts.exit_code(lines)


def grouping(place: Path, count: int, seed: int) -> Iterator[Line]:
    """Everything grouped for the first time, a day's newcomers, and a tenth more grouped anew."""
    newcomers = min(NEWCOMERS, count // 20)  # of fewer signals they would be more than a day brings
    texts = told(seed, count + newcomers + round(MORE * count))
    title = f"{count:,} signals"
    fill(place, texts[:count], first=0)
    first = _loop("cluster", "--db", str(place))
    most_s = CLUSTER_S if count <= SIGNALS else MANY_S
    yield Line(title, "embed, cluster, propose", first.wall_s, "s", most_s)
    yield Line(title, "peak memory", first.largest_mb, "MB", CLUSTER_MB if count <= SIGNALS else None)
    before = members_of(place)
    yield Line(title, "clusters", float(len(before)), "", note=f"{sum(map(len, before.values())) / count:.0%} in one")
    fill(place, texts[count : count + newcomers], first=count)
    joined = _loop("cluster", "--db", str(place))
    yield Line(title, f"{newcomers} newcomers placed", joined.wall_s, "s", JOIN_S if count <= SIGNALS else None)
    fill(place, texts[count + newcomers :], first=count + newcomers)
    again = _loop("cluster", "--force", "--db", str(place))
    yield Line(title, "grouped anew with a tenth more", again.wall_s, "s", most_s)
    yield Line(title, "ids lost by that", 100 * lost(before, members_of(place)), "%", LOST_PERCENT)


def told(seed: int, count: int) -> list[str]:
    """So many texts, no two draws alike."""
    drawn: list[str] = []
    while len(drawn) < count:
        for make in sets.ALL.values():
            drawn += make(seed).texts
        seed += 1
    draw = Random(seed)
    chosen = draw.sample(drawn, count)
    return [draw.choice(chosen[: place or 1]) if draw.random() < 0.1 else text for place, text in enumerate(chosen)]


def fill(place: Path, texts: Sequence[str], *, first: int) -> None:
    """A signal a text, as detection puts them."""
    now = now_ms()
    rows = [_signal(first + number, text, now) for number, text in enumerate(texts)]
    with open_for_writing(str(place)) as database:
        for start in range(0, len(rows), _CHUNK):
            _put(database, rows[start : start + _CHUNK], now)


def _put(database: Database, rows: Sequence[SignalRow], now: int) -> None:
    with database.transaction():
        signals.put(database, [], rows, now)


def _signal(number: int, text: str, now: int) -> SignalRow:
    return SignalRow(
        key=key("bench", "signal", number), subject="session", session_key=key("bench", number * 3 // 10),
        turn_key=None, call_key=None, kind="friction", category="exec_failure", detector="exec_failure", version=1,
        severity=0.6, confidence=0.9, basis="field", time_ms=now, detected_ms=now, gone_ms=None,
        title="a command failed", body=text, evidence="[]", parameters="{}", absorbed_by=None, cost_ms=None,
        cost_tokens=None,
    )  # fmt: skip


def members_of(place: Path) -> dict[int, set[int]]:
    """Who is in which cluster."""
    found: dict[int, set[int]] = defaultdict(set)
    with open_for_writing(str(place)) as database:
        for member in clusters.members(database, "friction"):
            found[member.cluster_key].add(member.signal_key)
    return dict(found)


def lost(before: dict[int, set[int]], after: dict[int, set[int]]) -> float:
    """The share of clusters whose id is gone, or means less than half the same old signals."""
    known = set().union(*before.values())
    kept = 0
    for number, inside in before.items():
        now = after.get(number, set()) & known
        kept += bool(now) and len(inside & now) / len(inside | now) >= SAME
    return 1 - kept / max(len(before), 1)


def detection(folder: Path, sessions: int) -> Iterator[Line]:
    """Detectors over so many recorded sessions, and once more over the same."""
    home, place = homes.sessions(round(SESSION_MB * sessions), sessions), str(folder / "sessions.db")
    where = ["--codex-home", str(home.codex), "--claude-home", str(home.claude)]
    _loop("ingest", *where, "--lookback-hours", "8760", "--db", place)
    title = f"{sessions:,} sessions, {home.bytes / 1e9:.1f} GB"
    first = _loop("signals", "--db", place)
    again = _loop("signals", "--db", place)
    yield Line(title, "detectors", first.wall_s, "s", DETECT_S)
    yield Line(title, "again, nothing changed", again.wall_s, "s", note=f"{first.wall_s / again.wall_s:.0f}x quicker")


def _loop(*words: str) -> measure.Cost:
    return measure.Command([sys.executable, "-m", "codex_loop", *words]).measured()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
