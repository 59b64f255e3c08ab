"""Reports of the real programs on our recordings, kept under tests/fixtures/ccusage/real.

    python -m tests.contract.ccusage_record

writes them anew; a contract test proves the files to be what the programs print.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.capture.counting.test_claude import message, text
from tests.contract.ccusage_stage import GOLDEN, NEW, OLD, Stage

REAL = Path(__file__).parents[1] / "fixtures" / "ccusage" / "real"
PLAYS = {"codex-0.169.0": ("tools", "compaction", "resume"), "claude-2.1.329": ("tools", "compaction", "resume")}

COMMANDS: Mapping[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "v20-all-daily": (NEW, ("daily", "--by-agent")),
    "v20-all-weekly": (NEW, ("weekly", "--by-agent")),
    "v20-all-monthly": (NEW, ("monthly",)),
    "v20-all-session": (NEW, ("session",)),
    "v20-all-sections": (NEW, ("daily", "--sections", "daily,weekly", "--by-agent")),
    "v20-claude-daily": (NEW, ("claude", "daily")),
    "v20-claude-weekly": (NEW, ("claude", "weekly")),
    "v20-claude-session": (NEW, ("claude", "session")),
    "v20-claude-projects": (NEW, ("claude", "daily", "--instances")),
    "v20-claude-empty": (NEW, ("claude", "daily", "--until", "2020-01-01")),
    "v20-codex-daily": (NEW, ("codex", "daily")),
    "v20-codex-daily-no-cost": (NEW, ("codex", "daily", "--no-cost")),
    "v20-codex-monthly": (NEW, ("codex", "monthly")),
    "v20-codex-session": (NEW, ("codex", "session")),
    "v18-codex-daily": (OLD, ("daily",)),
    "v18-codex-daily-german": (OLD, ("daily", "--locale", "de-DE")),
    "v18-codex-monthly": (OLD, ("monthly",)),
    "v18-codex-session": (OLD, ("session",)),
}
BLOCKS = "v20-claude-blocks"


def plain(root: Path) -> Stage:
    """A home in which both agents were at work, without what is counted differently."""
    stage = Stage(root)
    for version, plays in PLAYS.items():
        for play in plays:
            stage.copy(GOLDEN / version / play, version.partition("-")[0])
    return stage


def over(root: Path) -> Stage:
    """Two blocks of hours long past and the gap between them: a recent one would change while one looks."""
    stage = Stage(root)
    lines = [message(f"m{at}", f"r{at}", at=f"2026-05-01T{at}:30:00.000Z") for at in ("10", "11", "20")]
    stage.put("claude/projects/-w/S.jsonl", text(*lines).replace(b": ", b":").replace(b", ", b","))
    return stage


def printed(root: Path) -> dict[str, bytes]:
    """What the programs print now, by the name of its file."""
    stage = plain(root / "plain")
    found = {
        name: stage.run(tool, [tool[0], *words, "--json", "--offline", "--timezone", "UTC"], 60).stdout
        for name, (tool, words) in COMMANDS.items()
    }
    blocks = ["ccusage", "blocks", "--json", "--offline", "--timezone", "UTC"]
    return {**found, BLOCKS: over(root / "over").run(NEW, blocks, 60).stdout}


if __name__ == "__main__":
    REAL.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in printed(Path(folder)).items():
            (REAL / f"{name}.json").write_bytes(content)
