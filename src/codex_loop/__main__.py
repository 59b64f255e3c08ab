"""Start of every `codex-loop` command; imports nothing before it knows which one."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: "Sequence[str] | None" = None) -> int:
    """Run one command line and return its exit code."""
    words = sys.argv[1:] if words is None else words
    if words and words[0] in ("widget", "statusline"):
        from codex_loop.cli import hot

        code = hot.run(words)
        if code is not None:
            return code
    from codex_loop.cli.app import run

    return run(words)


if __name__ == "__main__":
    raise SystemExit(main())
