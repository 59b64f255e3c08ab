"""`python -m benchmarks.corpus --out DIR --mb 2000 --seed 7`"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.corpus.plan import write_corpus


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.corpus",
        description="Write a deterministic home of agent sessions with its exact truth.",
    )
    parser.add_argument("--out", type=Path, required=True, help="a new or empty folder")
    parser.add_argument("--mb", type=int, default=2000, help="size in million bytes: 70 %% Codex, 30 %% Claude Code")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--truth", type=Path, help="where to write the truth (default: OUT/truth.json)")
    for agent in ("codex", "claude"):
        parser.add_argument(f"--{agent}-files", type=int, help="number of files (default: as measured for the size)")
    parser.add_argument(
        "--undisputed", action="store_true", help="only situations in which native ccusage 20.0.24 is exact too"
    )
    chosen = parser.parse_args(arguments)
    if chosen.out.exists() and any(chosen.out.iterdir()):
        print(f"{chosen.out} is not empty; choose a new folder", file=sys.stderr)
        return 2
    chosen.out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    wanted = {"codex": chosen.codex_files, "claude": chosen.claude_files}
    files = {agent: number for agent, number in wanted.items() if number}
    ledger = write_corpus(chosen.out, chosen.mb, chosen.seed, chosen.undisputed, files)
    truth = chosen.truth or chosen.out / "truth.json"
    ledger.write(truth, {"mb": chosen.mb, "seed": chosen.seed, "undisputed": chosen.undisputed})
    for agent, counts in ledger.files.items():
        size = f"{counts.files} files, {counts.lines} lines, {counts.bytes / 1e6:.0f} MB"
        print(f"{agent}: {size}, {counts.usage_lines} usage lines")
    print(f"{truth}  ({time.perf_counter() - began:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
