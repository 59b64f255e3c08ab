"""`python -m tests.contract.record --out tests/golden [agent-version[/play] ...]`: make the golden sessions anew.

Each ends up in `<out>/<agent>-<version>/<play>/`: the agent's files (home-shaped), its output streams, `truth.json`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.contract.normalise import Normaliser, mend_offsets, shortened
from tests.contract.plays import DAYS, TOLD_BY_STREAM, plays_for
from tests.contract.stage import Performance, perform
from tools.catalog import CLAUDE, CODEX

KEPT_FOLDERS = ("sessions", "archived_sessions", "projects", "rollout-trace")
BIGGEST_FILE = 60_000


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.contract.record", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("only", nargs="*", help="agent-version or agent-version/play; all when empty")
    chosen = parser.parse_args(arguments)
    failed = 0
    for agent, version, play in wanted(chosen.only):
        print(f"{agent}-{version}/{play}", flush=True)
        try:
            record(agent, version, play, chosen.out / f"{agent}-{version}" / play)
        except AssertionError as error:
            print(f"  failed: {error}", flush=True)
            failed += 1
    return 1 if failed else 0


def wanted(only: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for tool in (*CODEX, *CLAUDE):
        for play in plays_for(tool.name, tool.version):
            names = {f"{tool.name}-{tool.version}", f"{tool.name}-{tool.version}/{play}"}
            if not only or names & set(only):
                yield tool.name, tool.version, play


def record(agent: str, version: str, play: str, target: Path) -> None:
    """Perform the play and replace `target` with what it left."""
    with tempfile.TemporaryDirectory(prefix="codex-loop-golden-", ignore_cleanup_errors=True) as scratch:
        # Ids of the mock stay the same from recording to recording, and differ between all recordings of one.
        seed = f"{zlib.crc32(f'{agent}-{version}/{play}'.encode()):08x}"
        performance = perform(agent, version, play, Path(scratch), seed=seed)
        shutil.rmtree(target, ignore_errors=True)
        keep(performance, target)


def keep(performance: Performance, target: Path) -> None:
    normaliser = Normaliser(performance.workplace.root)
    home = performance.codex_home if performance.agent == "codex" else performance.claude_home
    for source in _files(home):
        normaliser.file(source, target / normaliser.text(source.relative_to(home).as_posix()))
    silent = performance.play in DAYS - TOLD_BY_STREAM
    streams = () if silent else performance.workplace.streams.glob("*.jsonl")
    for stream in sorted(streams):
        normaliser.file(stream, target / "streams" / stream.name)
    mend_offsets(sorted(target.glob("sessions/**/*.jsonl")))
    # Before anything is cut: a path that is cut in two would not be known again.
    told = json.loads(normaliser.text(json.dumps(performance.truth(), ensure_ascii=False)))
    truth = json.dumps(shortened(told, lists=False), indent=1, ensure_ascii=False)
    (target / "truth.json").write_text(truth + "\n", encoding="utf-8", newline="")
    for path in target.rglob("*"):
        assert not path.is_file() or path.stat().st_size < BIGGEST_FILE, f"{path} is too big for a golden file"


def _files(home: Path) -> Iterator[Path]:
    for folder in KEPT_FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and path.suffix in {".jsonl", ".json"}:
                yield path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
