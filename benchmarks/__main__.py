"""`python -m benchmarks` (`make bench`): every published number, one summary.

Options of `python -m benchmarks.ingest` work here too: `--mb 100 --rounds 2` gives a quick impression.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from benchmarks import ingest

SEPARATE = (
    "benchmarks.redaction",
    "benchmarks.usage",
    "benchmarks.limits",
    "benchmarks.metrics",
    "benchmarks.sampler",
    "benchmarks.clusters",
    "benchmarks.loop",
    "benchmarks.daily",
    "benchmarks.demo",
    "benchmarks.distill",
    "benchmarks.power",
    "benchmarks.semantic",
    "benchmarks.quality",
)


def main(arguments: Sequence[str]) -> int:
    codes = [ingest.main(arguments)]
    for module in SEPARATE:
        sys.stdout.flush()
        codes.append(subprocess.run([sys.executable, "-m", module], check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
