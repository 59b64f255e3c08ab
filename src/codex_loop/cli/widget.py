"""`codex-loop widget` for those who ask for help or mistype; what is usual never comes here (see `hot.py`)."""

from pathlib import Path
from typing import Literal

from codex_loop.cli import dials as drawing
from codex_loop.errors import UsageError

Format = Literal["plain", "waybar", "tmux", "xbar", "i3blocks", "polybar", "json"]


def widget(*, format: Format = "plain", dials: str | None = None, data_dir: Path | None = None) -> int:  # noqa: A002
    """Print the dials of a status bar: C5 CW (Codex), S W O (Claude).

    It reads the file that sample, status and usage limits leave, and asks nobody. A number that is old, or of a window
    that has ended, is a dash with its age. i3blocks: exit code 33 is urgent.

    Examples:
        codex-loop widget
        codex-loop widget --format waybar
        codex-loop widget --format tmux --dials C5,CW

    Args:
        format: The bar it is for.
        dials: Only these, separated by commas.
        data_dir: Folder of the status file; by default the data folder of this machine.
    """
    if not drawing.known(dials):
        raise UsageError(f"--dials {dials}: no such dial; there are {', '.join(drawing.NAMES)}")
    return drawing.run(format, dials, None if data_dir is None else str(data_dir))
