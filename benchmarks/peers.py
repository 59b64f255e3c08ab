"""The peer we are measured against: the native ccusage binary, without its Node wrapper."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import plain_environment
from tools.catalog import CCUSAGE_VERSION, find

# One run that reads both agents' trees: the unified report. Two single reports start twice and read no less.
UNIFIED = ("daily",)


class Ccusage(NamedTuple):
    """A ready command and the empty home it runs in, so that no other agent's folder is read."""

    program: tuple[str, ...]
    empty_home: Path

    @classmethod
    def found(cls, empty_home: Path) -> Ccusage:
        """MissingToolError when it is not installed."""
        empty_home.mkdir(parents=True, exist_ok=True)
        return cls(tuple(find("ccusage", CCUSAGE_VERSION).command()), empty_home)

    def command(self, report: Sequence[str]) -> list[str]:
        return [*self.program, *report, "--json", "--offline"]

    def environment(self, corpus: Path) -> dict[str, str]:
        homes = {"CODEX_HOME": str(corpus / "codex"), "CLAUDE_CONFIG_DIR": str(corpus / "claude")}
        return {**plain_environment(), "HOME": str(self.empty_home), "TZ": "UTC", **homes}

    def run(self, report: Sequence[str], corpus: Path) -> str:
        done = subprocess.run(
            self.command(report), env=self.environment(corpus), capture_output=True, text=True, check=True, timeout=300
        )
        return done.stdout
