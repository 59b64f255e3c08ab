"""Start of every `codex-loop` command."""

from codex_loop import __version__


def main() -> int:
    """Run one command and return its exit code."""
    print(f"codex-loop {__version__}")  # noqa: T201 - replaced by the command table
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
