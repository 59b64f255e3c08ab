"""`python -m tools.install [agents|ccusage|postgres|prometheus|chroma|harbor|all]`: install what is missing, once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools import chroma, harbor, postgres, prometheus
from tools.catalog import GROUPS, MARKER, MissingToolError, Tool, cache_folder, command_in

CHOICES = (*GROUPS, "postgres", "prometheus", "chroma", "harbor", "all")
MISSING = 3
"""Exit code of a missing prerequisite, as everywhere in codex-loop."""


def main(arguments: Sequence[str]) -> int:
    wanted = arguments or ["all"]
    unknown = [choice for choice in wanted if choice not in CHOICES]
    if unknown:
        print(f"unknown choice {unknown[0]!r}; choose from {', '.join(CHOICES)}", file=sys.stderr)
        return 2
    try:
        for group, tools in GROUPS.items():
            if {group, "all"} & set(wanted):
                for tool in tools:
                    print(ensure(tool))
        if {"postgres", "all"} & set(wanted):
            print(postgres.ensure())
        if {"prometheus", "all"} & set(wanted):
            print(prometheus.ensure())
        if {"chroma", "all"} & set(wanted):
            print(chroma.ensure())
        if {"harbor", "all"} & set(wanted):
            print(harbor.ensure())
    except MissingToolError as missing:
        print(missing, file=sys.stderr)
        return MISSING
    return 0


def ensure(tool: Tool) -> str:
    """Installed when it returns. A folder without the marker is adopted if its program runs, else made anew."""
    if tool.installed:
        return f"{tool.name} {tool.version}: already there"
    if tool.folder.is_dir() and _works(tool, tool.folder):
        _mark(tool, tool.folder)
        return f"{tool.name} {tool.version}: adopted"
    cache_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=f".{tool.name}-{tool.version}-") as scratch:
        tree = Path(scratch) / "tree"
        tree.mkdir()
        _npm_install(tool, tree)
        if not _works(tool, tree):
            raise MissingToolError(f"{tool.name} {tool.version} was installed but does not run on this machine")
        _mark(tool, tree)
        _put(tree, tool.folder)
    return f"{tool.name} {tool.version}: installed"


def _npm_install(tool: Tool, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise MissingToolError(
            f"node and npm are needed to install {tool.name} {tool.version}; install Node.js 20 or later"
        )
    options = ["--prefix", ".", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
    done = subprocess.run(
        [npm, "install", *options, f"{tool.package}@{tool.version}"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise MissingToolError(f"npm could not install {tool.package}@{tool.version}: {last}")


def _works(tool: Tool, folder: Path) -> bool:
    """The program starts and names its own version; it gets an empty home so that nothing of the user is touched."""
    try:
        command = command_in(tool, folder)
        _make_executable(Path(command[-1]))
    except MissingToolError:
        return False
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "CODEX_HOME": home, "CLAUDE_CONFIG_DIR": home}
        try:
            done = subprocess.run(
                [*command, "--version"],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0 and tool.version in done.stdout


def _make_executable(program: Path) -> None:
    """Some packages ship their binary without the bit and let their wrapper set it; we skip the wrapper."""
    program.chmod(program.stat().st_mode | 0o111)


def _mark(tool: Tool, folder: Path) -> None:
    """The marker is written last: a folder that has it is whole."""
    text = json.dumps({"package": tool.package, "version": tool.version})
    (folder / MARKER).write_text(text + "\n", encoding="utf-8")


def _put(tree: Path, folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
    tree.rename(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
