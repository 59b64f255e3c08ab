"""`codex-loop statusline` for those who ask for help; what is usual never comes here (see `hot.py`)."""

from pathlib import Path

from codex_loop.cli import feed


def statusline(*, data_dir: Path | None = None) -> int:
    """Be the statusline of Claude Code: say the limits, and keep those it was told.

    Claude Code calls it again and again with JSON on its input. Exit code: always 0. Put this into its settings.json:

    "statusLine": {"type": "command", "command": "codex-loop statusline"}

    Examples:
        codex-loop statusline
        codex-loop statusline --data-dir /var/lib/cctrack

    Args:
        data_dir: Folder whose `inbox` gets the limits; by default the data folder of this machine.
    """
    return feed.run({} if data_dir is None else {"--data-dir": str(data_dir)})
