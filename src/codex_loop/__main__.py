"""Start of every `codex-loop` command; imports nothing before it knows which one."""

import sys
from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    from codex_loop.cli.app import run

    return run(sys.argv[1:] if words is None else words)


if __name__ == "__main__":
    raise SystemExit(main())
