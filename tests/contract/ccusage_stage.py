"""A home of both agents that the real ccusage and our own ingest read, and what each makes of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.cli.moments import day_of, zone_named
from codex_loop.sources.ccusage import Kind, Rejected, Report
from codex_loop.usage.bridge import ccusage
from codex_loop.usage.bridge import comparison as bridge
from codex_loop.usage.bridge.ccusage import Agent, Done
from codex_loop.usage.bridge.comparison import Comparison
from codex_loop.usage.bridge.counts import Ledger
from codex_loop.usage.bridge.unseen import unseen
from tests.capture.ground import Ground
from tools.catalog import CCUSAGE_VERSION, OLD_CCUSAGE_VERSION, find

NEW, OLD = ("ccusage", CCUSAGE_VERSION), ("ccusage-codex", OLD_CCUSAGE_VERSION)
GOLDEN = Path(__file__).parents[1] / "golden"
PARTS = ("sessions", "archived_sessions", "projects")


class Verdict(NamedTuple):
    """What ccusage says, what we say, and why they differ; nothing said is None."""

    theirs: int | None
    ours: int
    reasons: tuple[str, ...]


class Stage:
    """Folders `codex` and `claude` below a home, and a store beside it."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        for name in ("codex/sessions", "claude/projects", "empty"):
            (self.home / name).mkdir(parents=True)
        self.root = root

    def put(self, path: str, data: bytes) -> Path:
        place = self.home / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return place

    def copy(self, recording: Path, agent: str) -> None:
        """What the real agent left in one of our recordings."""
        for part in PARTS:
            if (recording / part).is_dir():
                shutil.copytree(recording / part, self.home / agent / part, dirs_exist_ok=True)

    def ledger(self, zone: str = "UTC") -> Ledger:
        """Our ledger of this home, read anew."""
        ground = Ground(str(self.root / "loop.db"), self.home, self.root / "key")
        try:
            ground.ingest(lanes=("accounting",))
            found = bridge.gather(ground.database, day_of(zone_named(zone)), {}, unseen)
            return msgspec.structs.replace(found, just_made=True)
        finally:
            ground.close()

    def report(self, tool: tuple[str, str], kind: Kind, agent: Agent, zone: str = "UTC") -> Report:
        """What the real program says. Rejected for an empty report."""
        return ccusage.ask(self.named(tool), kind, agent, zone=zone, run=partial(self.run, tool)).reports[0]

    def named(self, tool: tuple[str, str]) -> str:
        """The program by its own name, as it would be found on the PATH."""
        return str(Path(find(*tool).command()[-1]).with_name(tool[0]))

    def run(self, tool: tuple[str, str], words: Sequence[str], timeout_s: float, zone: str = "UTC") -> Done:
        """The real program, in this home and no other."""
        homes = {name: str(self.home / name) for name in ("codex", "claude", "empty")}
        environment = {**os.environ, "HOME": homes["empty"], "TZ": zone, "CODEX_HOME": homes["codex"]}
        environment["CLAUDE_CONFIG_DIR"] = homes["claude"]
        command = ["env", *(f"{name}={value}" for name, value in environment.items()), *find(*tool).command()]
        return ccusage.in_own_group([*command, *words[1:]], timeout_s)

    def verdict(self, agent: Agent, kind: Kind = "daily", tool: tuple[str, str] = NEW) -> Verdict:
        """Both sides of one report."""
        ledger = self.ledger()
        try:
            found: Comparison | None = bridge.compare(self.report(tool, kind, agent), ledger)
        except Rejected:
            found = None
        if found is None:
            return Verdict(None, sum(each.counts.total_tokens for each in ledger.entries if each.agent == agent), ())
        codes = (
            f"{reason.code}:{reason.certainty}" for difference in found.differences for reason in difference.reasons
        )
        return Verdict(found.theirs, found.ours, tuple(dict.fromkeys(codes)))
