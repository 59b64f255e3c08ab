"""What starting costs: CPU of the commands that people and status lines run all day."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks import homes
from benchmarks.measure import Command, CommandFailedError, cpu, middle, paired, repeated
from benchmarks.product import FULL, store
from benchmarks.verdicts import Line

SMALL_MB = 1
BUDGET_MS = 120.0
HELP_TIMES = 3.0
LOOKING = {"sessions": ("sessions",), "usage": ("usage", "daily"), "status": ("status",)}


def lines(rounds: int) -> Iterator[Line]:
    with store() as small:
        small.ingest(homes.corpus(SMALL_MB), FULL).measured()
        framework = Command((sys.executable, "-c", "import cyclopts"))
        pairs = paired(small.command("--help"), framework, rounds)
        note = f"{1000 * middle(pairs.ours, cpu):.0f} ms, framework {1000 * middle(pairs.theirs, cpu):.0f} ms"
        yield Line("startup", "--help CPU / import cyclopts", pairs.ratio(cpu), "x", HELP_TIMES, note)
        bare = 1000 * middle(repeated(Command((sys.executable, "-c", "pass")), rounds), cpu)
        yield Line("startup", "python -c pass", bare, "ms", None)
        for name, words in LOOKING.items():
            command = small.command(*words, "--db", str(small.path))
            try:
                spent = 1000 * middle(repeated(command, rounds), cpu)
            except CommandFailedError as problem:
                yield Line("startup", f"{name} CPU", None, "ms", BUDGET_MS, str(problem))
            else:
                yield Line(
                    "startup", f"{name} CPU", spent, "ms", BUDGET_MS, f"{spent - bare:.0f} ms over a bare interpreter"
                )
