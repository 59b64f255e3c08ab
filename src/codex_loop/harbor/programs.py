"""The agent's own program, shown in the sandbox: of the user's home nothing else is."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from codex_loop.errors import MissingTool
from codex_loop.harbor.place import cache_folder

PROGRAMS: Mapping[str, str] = {"codex": "codex", "claude-code": "claude"}
"""Harbor's name of an agent, and the program it starts."""
_PLACE = "/opt/agent"


def shown(agent: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the sandbox is told so that this agent's program on the PATH is on its PATH too.

    Nothing for other agents, and for a program of /usr, which is seen anyway. Raise MissingTool when it is not here:
    Harbor would fetch it from the internet, once for every trial.
    """
    name = PROGRAMS.get(agent)
    if name is None:
        return {}
    found = shutil.which(name, path=environ.get("PATH"))
    if found is None:
        raise MissingTool(name, hint=f"put it on the PATH so that the sandbox can show it to the agent {agent}")
    program = Path(found).resolve()
    binds, links = {}, {}
    if not program.is_relative_to("/usr"):
        source, target, link = _package(program) or (program, f"{_PLACE}/{name}", f"{_PLACE}/{name}")
        binds[str(source)], links[name] = target, link
    if program.suffix in (".js", ".mjs") and (node := shutil.which("node", path=environ.get("PATH"))) is not None:
        interpreter = Path(node).resolve()
        if not interpreter.is_relative_to("/usr"):
            binds[str(interpreter)], links["node"] = f"{_PLACE}/node", f"{_PLACE}/node"
    if not links:
        return {}
    binds[str(_folder_of(links, environ))] = f"{_PLACE}/bin"
    return {"bind": ",".join(f"{source}:{target}" for source, target in binds.items()), "path": f"{_PLACE}/bin"}


def _package(program: Path) -> tuple[Path, str, str] | None:
    """An npm program needs its package, and the one beside it that holds its binary: both are of one scope."""
    parts = program.parts
    if "node_modules" not in parts:
        return None
    at = parts.index("node_modules")
    scope = Path(*parts[: at + 2])
    target = f"{_PLACE}/node_modules/{scope.name}"
    return scope, target, "/".join((target, *parts[at + 2 :]))


def _folder_of(links: Mapping[str, str], environ: Mapping[str, str]) -> Path:
    """A folder of links that only point somewhere in the sandbox; the same links, the same folder."""
    text = "\0".join(f"{name}={links[name]}" for name in sorted(links))
    folder = cache_folder(environ) / "programs" / hashlib.sha256(text.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in links.items():
        link = folder / name
        if not link.is_symlink():
            link.symlink_to(target)
    return folder
