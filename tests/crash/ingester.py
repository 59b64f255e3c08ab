"""`codex-loop ingest` with small bundles and workers from the first byte on, so that a kill has many points to hit."""

from __future__ import annotations

import sys

from codex_loop.capture import ingest
from codex_loop.cli.app import run

if __name__ == "__main__":
    ingest.INLINE_BYTES = 0
    ingest.BUNDLE_BYTES = dict.fromkeys(ingest.BUNDLE_BYTES, 32 << 10)
    sys.exit(run(sys.argv[1:]))
