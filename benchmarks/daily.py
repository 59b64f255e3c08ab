"""`daily` on a home of 2,500 sessions: everything for the first time, one day's news, and nothing new.

    python -m benchmarks.daily
    python -m benchmarks.daily --mb 100 --sessions 500      # a quick impression; the budget is for the full size

The day's news are sessions that are kept out of the home until the first run has ended.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import homes, verdicts
from benchmarks.homes import Home
from benchmarks.measure import Cost
from benchmarks.product import EVERYTHING, Store, store
from benchmarks.verdicts import Line

SESSIONS, MB, NEWS = 2_500, 1_000, 30
NEWS_S = 60.0


def main(arguments: Sequence[str]) -> int:
    """Print one table; the exit code is 1 when the budget is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--mb", type=int, default=MB)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    lines = list(measured(options.mb, options.sessions))
    print(verdicts.document(lines) if options.json else verdicts.table(lines))
    return verdicts.exit_code(lines)


def measured(mb: int, sessions: int) -> Iterator[Line]:
    """Everything, the news, nothing: three runs over one store."""
    home = homes.busy(mb, sessions)
    title = f"{sessions:,} sessions, {home.bytes / 1e9:.1f} GB"
    with store() as fresh:
        held = _hold_back(home, min(NEWS, sessions // 10))
        first = _daily(fresh, home)
        yield Line(title, "everything, the first time", first.wall_s, "s")
        news = sum(path.stat().st_size for path in held.values())
        for place, path in held.items():
            path.rename(place)
        second = _daily(fresh, home)
        yield Line(title, f"one day's news: {len(held)} sessions", second.wall_s, "s", NEWS_S, f"{news / 1e6:.0f} MB")
        yield Line(title, "nothing new", _daily(fresh, home).wall_s, "s")
        yield Line(title, "largest process", max(first.largest_mb or 0.0, second.largest_mb or 0.0), "MB")


def _hold_back(home: Home, count: int) -> dict[Path, Path]:
    """The newest sessions of both agents, moved out of the agents' sight: where they belong, and where they are."""
    aside = home.folder / "news"
    aside.mkdir()
    rollouts, transcripts = sorted(home.codex.rglob("*.jsonl")), sorted(home.claude.rglob("*.jsonl"))
    chosen = [*rollouts[count // 2 - count :], *transcripts[-(count // 2) :]]
    held = {path: aside / f"{number:04d}" for number, path in enumerate(chosen)}
    for place, path in held.items():
        place.rename(path)
    return held


def _daily(used: Store, home: Home) -> Cost:
    words = ("--codex-home", str(home.codex), "--claude-home", str(home.claude), "--db", str(used.path), *EVERYTHING)
    return used.command("daily", *words, "--skip-openai", "--json").measured()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
