"""Which programs there are, at which versions, and where their native binaries lie once installed."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CODEX_VERSIONS = ("0.63.0", "0.92.0", "0.120.0", "0.169.0")
CLAUDE_VERSIONS = ("1.0.100", "2.0.76", "2.1.197", "2.1.329")
CCUSAGE_VERSION = "20.0.24"
OLD_CCUSAGE_VERSION = "18.0.11"
"""The last program for Codex alone: many still have it, and its numbers are counted by other rules."""
MARKER = "installed.json"


class MissingToolError(Exception):
    """A program is not there; the text names it and the command that installs it."""


@dataclass(frozen=True)
class Tool:
    """One program at one version, in a folder of its own."""

    name: str
    package: str
    version: str

    @property
    def folder(self) -> Path:
        return cache_folder() / f"{self.name}-{self.version}"

    @property
    def installed(self) -> bool:
        return (self.folder / MARKER).is_file()

    def command(self) -> list[str]:
        """The native program, never the npm wrapper: a killed wrapper leaves its child alive."""
        return command_in(self, self.folder)


CODEX = tuple(Tool("codex", "@openai/codex", version) for version in CODEX_VERSIONS)
CLAUDE = tuple(Tool("claude", "@anthropic-ai/claude-code", version) for version in CLAUDE_VERSIONS)
CCUSAGE = (
    Tool("ccusage", "ccusage", CCUSAGE_VERSION),
    Tool("ccusage-codex", "@ccusage/codex", OLD_CCUSAGE_VERSION),
)
GROUPS = {"agents": CODEX + CLAUDE, "ccusage": CCUSAGE}


def cache_folder() -> Path:
    """Where the programs live: `$CODEX_LOOP_TOOLS`, else the platform's cache folder of this user."""
    if chosen := os.environ.get("CODEX_LOOP_TOOLS"):
        return Path(chosen).expanduser()
    if platform.system() == "Darwin":
        return Path.home() / "Library" / "Caches" / "codex-loop" / "tools"
    if platform.system() == "Windows":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "codex-loop" / "tools"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "codex-loop" / "tools"


def find(name: str, version: str) -> Tool:
    """An installed program; MissingToolError says which command provides it."""
    for tool in (*CODEX, *CLAUDE, *CCUSAGE):
        if (tool.name, tool.version) == (name, version):
            if not tool.installed:
                raise MissingToolError(f"{name} {version} is not installed; run `make tools`")
            return tool
    raise MissingToolError(f"{name} {version} is not a version we test with; see tools/catalog.py")


def command_in(tool: Tool, folder: Path) -> list[str]:
    """How to start a program installed under `folder`; MissingToolError when its binary is not there."""
    modules = folder / "node_modules"
    binaries = {
        "codex": _codex_binaries,
        "claude": _claude_binaries,
        "ccusage": _ccusage_binaries,
        "ccusage-codex": _old_ccusage_binaries,
    }
    patterns = binaries[tool.name]()
    for pattern in patterns:
        for path in sorted(modules.glob(pattern)):
            if path.is_file():
                return ["node", str(path)] if path.suffix == ".js" else [str(path)]
    raise MissingToolError(f"{tool.name} {tool.version} has no binary for this platform under {folder}")


def _codex_binaries() -> Sequence[str]:
    name = "codex.exe" if sys.platform == "win32" else "codex"
    packages = (f"@openai/codex-{_npm_platform()}", "@openai/codex")
    return [f"{package}/vendor/{_rust_target()}/{place}/{name}" for package in packages for place in ("bin", "codex")]


def _claude_binaries() -> Sequence[str]:
    name = "claude.exe" if sys.platform == "win32" else "claude"
    return [f"@anthropic-ai/claude-code-{_npm_platform()}/{name}", "@anthropic-ai/claude-code/cli.js"]


def _ccusage_binaries() -> Sequence[str]:
    name = "ccusage.exe" if sys.platform == "win32" else "ccusage"
    return [f"@ccusage/ccusage-{_npm_platform()}/bin/{name}"]


def _old_ccusage_binaries() -> Sequence[str]:
    return ["@ccusage/codex/dist/index.js"]


def _arm() -> bool:
    return platform.machine().lower() in {"arm64", "aarch64"}


def _npm_platform() -> str:
    system = {"win32": "win32", "darwin": "darwin"}.get(sys.platform, "linux")
    return f"{system}-{'arm64' if _arm() else 'x64'}"


def _rust_target() -> str:
    machine = "aarch64" if _arm() else "x86_64"
    return {"win32": f"{machine}-pc-windows-msvc", "darwin": f"{machine}-apple-darwin"}.get(
        sys.platform, f"{machine}-unknown-linux-musl"
    )
