"""`tracker alias …`: what os, oe, ox, od and their like do; and `tracker aliases`, which prints these."""

import sys
from pathlib import Path
from typing import Literal

from codex_loop.cli.tracker import content, desk, tell
from codex_loop.clock import SECOND_MS
from codex_loop.errors import Exit
from codex_loop.usage.tracker import aliases as windows
from codex_loop.usage.tracker.aliases import Pasted


def start(
    provider: Literal["codex", "claude", "glm"],
    /,
    *,
    window: str | None = None,
    stdin: bool = False,
    file: Path | None = None,
    notes: str | None = None,
    source: str = "alias",
    state_dir: Path | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """Begin a window: the pasted pane is its beginning.

    A window that waits for its end is begun anew; else the next one begins.

    Examples:
        tracker alias start codex --stdin
        tracker alias start glm --file prompts.txt --window W0-07

    Args:
        provider: Whose limits: codex, claude, or glm (then a cumulative count of prompts).
        window: Name of the window; by default the next.
        stdin: Read the pane from stdin.
        file: Read the pane from a file.
        notes: Kept with it.
        source: How it came here.
        state_dir: Where the state of the aliases lies; by default inside the data folder.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    pasted = Pasted(content(stdin=stdin, file=file), notes, source)
    with desk(data_dir, db, state_dir) as at:
        return tell(windows.start(at.book, provider, pasted, at.now_ms, window))


def end(
    provider: Literal["codex", "claude", "glm"],
    /,
    *,
    window: str | None = None,
    stdin: bool = False,
    file: Path | None = None,
    notes: str | None = None,
    source: str = "alias",
    buffer_seconds: int = 300,
    state_dir: Path | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """End the window that waits for its end.

    Examples:
        tracker alias end codex --stdin
        tracker alias end claude --file pane.txt --buffer-seconds 60

    Args:
        provider: Whose limits: codex, claude, or glm (then a cumulative count of prompts).
        window: Name of the window; by default the one that waits.
        stdin: Read the pane from stdin.
        file: Read the pane from a file.
        notes: Kept with it.
        source: How it came here.
        buffer_seconds: Bars lag: so long after a reset an end is marked late-after.
        state_dir: Where the state of the aliases lies; by default inside the data folder.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    pasted = Pasted(content(stdin=stdin, file=file), notes, source, buffer_seconds * SECOND_MS)
    with desk(data_dir, db, state_dir) as at:
        return tell(windows.end(at.book, provider, pasted, at.now_ms, window))


def cross(
    provider: Literal["codex", "claude", "glm"],
    /,
    *,
    window: str | None = None,
    stdin: bool = False,
    file: Path | None = None,
    notes: str | None = None,
    source: str = "alias",
    buffer_seconds: int = 300,
    state_dir: Path | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """End this window and begin the next with one pane.

    Examples:
        tracker alias cross codex --stdin

    Args:
        provider: Whose limits: codex, claude, or glm (then a cumulative count of prompts).
        window: Name of the window that ends; by default the one that waits.
        stdin: Read the pane from stdin.
        file: Read the pane from a file.
        notes: Kept with both.
        source: How it came here.
        buffer_seconds: Bars lag: so long after a reset an end is marked late-after.
        state_dir: Where the state of the aliases lies; by default inside the data folder.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    pasted = Pasted(content(stdin=stdin, file=file), notes, source, buffer_seconds * SECOND_MS)
    with desk(data_dir, db, state_dir) as at:
        return tell(windows.cross(at.book, provider, pasted, at.now_ms, window))


def delete(
    provider: Literal["codex", "claude", "glm"],
    /,
    *,
    phase: Literal["before", "after"] | None = None,
    index: int = 1,
    window: str | None = None,
    state_dir: Path | None = None,
    data_dir: Path | None = None,
    db: str | None = None,
) -> int:
    """Undo the latest end of a window, or an earlier one.

    The line stays in its file; a line in tombstones.jsonl says that it does not count any more.

    Examples:
        tracker alias delete codex
        tracker alias delete codex --phase after --index 2

    Args:
        provider: Whose: codex, claude or glm.
        phase: Only beginnings (before) or only ends (after).
        index: Which: 1 is the latest, 2 the one before it.
        window: Only of this window.
        state_dir: Where the state of the aliases lies; by default inside the data folder.
        data_dir: Folder of the tracker's files; by default TRACKER_DATA_DIR, else data/week0/live.
        db: Database file or postgresql:// URL that gets the records, too.
    """
    with desk(data_dir, db, state_dir) as at:
        return tell(windows.undo(at.book, provider, at.now_ms, index=index, phase=phase, window=window))


def aliases(*, shell: Literal["bash", "zsh", "fish"] = "bash") -> int:
    """Print the short commands os, oe, ox, od, occ … for a shell.

    Examples:
        eval "$(tracker aliases --shell bash)"
        tracker aliases --shell fish | source

    Args:
        shell: Which shell is going to read them.
    """
    from codex_loop.usage.tracker.shells import script

    sys.stdout.write(script(shell))
    return Exit.OK
