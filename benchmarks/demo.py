"""`demo` on the bundled samples with real Harbor, stage by stage, against the minute and a half it may take.

    python -m benchmarks.demo [--json]

Exit code 1 when it takes longer, or did not do all of its work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import verdicts
from benchmarks.product import program, store
from benchmarks.verdicts import Line
from tools import harbor

WHOLE_S = 90.0
_CACHE = "XDG_CACHE_HOME"


def lines() -> Iterator[Line]:
    """A line for each stage, then the whole."""
    harbor.required()
    with store() as fresh:
        # Harbor is installed for this user, once; all else of the run is in a folder of its own.
        cache = os.environ.get(_CACHE) or str(Path.home() / ".cache")
        words = ("demo", "--use-fixtures", "--skip-openai", "--output", str(fresh.folder / "demo"), "--json")
        done = subprocess.run(
            [program(), *words],
            env={**fresh.environment, _CACHE: cache},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    told = json.loads(done.stdout)
    for stage in told["stages"]:
        yield Line(
            "demo", stage["name"], stage["seconds"], "s", None, "" if stage["state"] == "done" else stage["told"]
        )
    yield Line("demo", "all of it", told["seconds"] if done.returncode == 0 else None, "s", WHOLE_S)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    measured = list(lines())
    print(verdicts.document(measured) if asked.json else verdicts.table(measured))
    return verdicts.exit_code(measured)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
