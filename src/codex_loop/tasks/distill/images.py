"""The Dockerfiles of a task: the agent's, which unpacks the base tree, and the verifier's, which brings the tests."""

from __future__ import annotations

import posixpath
import re
import tomllib
from typing import NamedTuple

from codex_loop.harbor.sandbox import PYTEST
from codex_loop.tasks.distill.locked import Locked, of_go, of_node
from codex_loop.tasks.distill.tree import Tree
from codex_loop.tasks.distill.verifiers import Verifier

_PYTHON = "python:3.12.8-slim-bookworm"
_NODE = "node:22.12.0-bookworm-slim"
_GO = "golang:1.23.4-bookworm"
_RUST = "rust:1.83.0-slim-bookworm"
_UNPACK = """\
RUN tar -xf /tmp/repo.tar -C /app && rm /tmp/repo.tar \\
 && git init -q -b main . && git add -A \\
 && git -c user.email=base@example.invalid -c user.name=base commit -q -m base"""
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,.-]+\])?==([\w.!+-]+)")
_SKIPPED = frozenset({"pytest"})


class Images(NamedTuple):
    """What stands in both Dockerfiles, and what a reader should know of them."""

    agent: str
    verifier: str
    locked: tuple[Locked, ...]
    """What the verifier's packages are fetched by; these files belong to it."""
    stays: tuple[str, ...]
    """Folders of the agent's work that the verifier makes itself, as tar leaves them out: anywhere, or from `./` on."""
    notes: tuple[str, ...]


def images(before: Tree, after: Tree, verifier: Verifier) -> Images:
    """Images for the files before the work and after it, and the check of it."""
    base = _base(before, verifier)
    packages = ["git", *(["make"] if _needs_make(before, verifier) else [])]
    pins = _pins(before) if base == _PYTHON else []
    notes = _notes(before, pins) if base == _PYTHON else ()
    own = _locked(before, base, verifier)
    brought = _locked(after, base, verifier) if verifier.kind != "missing" else ()
    agent = [
        f"FROM {base}",
        _apt(packages),
        *_installed(pins),
        "WORKDIR /app",
        "COPY repo.tar /tmp/repo.tar",
        _UNPACK,
        *(each.agent for each in own),
    ]
    grading = [
        f"FROM {base}",
        _apt([*packages[1:], *(["python3"] if base != _PYTHON else [])]),
        f"RUN python3 -m pip install --no-cache-dir pytest=={PYTEST}" if base == _PYTHON else "",
        *_installed(_pins(after) if base == _PYTHON else []),
        "WORKDIR /app",
        "COPY . /tests/",
        *(each.verifier for each in brought),
    ]
    # What cargo builds lies at the top of a package; below, `target` may be a module of the work.
    built = {f"./{posixpath.join(folder, 'target')}" for folder in ("", verifier.folder)} if base == _RUST else set()
    stays = {each.inside for each in brought if each.inside} | built
    return Images(_lines(agent), _lines(grading), brought, tuple(sorted(stays)), notes)


def _installed(pins: list[str]) -> list[str]:
    return [f"RUN python3 -m pip install --no-cache-dir {' '.join(pins)}"] if pins else []


def _locked(tree: Tree, base: str, verifier: Verifier) -> tuple[Locked, ...]:
    readers = {_NODE: of_node, _GO: of_go}
    return tuple(readers[base](tree, verifier.folder)) if base in readers else ()


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines if line)


def _apt(packages: list[str]) -> str:
    if not packages:
        return ""
    wanted = " ".join(packages)
    return f"RUN apt-get update && apt-get install -y --no-install-recommends {wanted} && rm -rf /var/lib/apt/lists/*"


def _base(tree: Tree, verifier: Verifier) -> str:
    by_runner = {"node": _NODE, "jest": _NODE, "vitest": _NODE, "go": _GO, "cargo": _RUST}
    if verifier.runner is not None:
        return by_runner.get(verifier.runner, _PYTHON)
    program = (verifier.command.split() or [""])[0]
    known = {"node": _NODE, "npm": _NODE, "npx": _NODE, "tsc": _NODE, "yarn": _NODE, "go": _GO, "cargo": _RUST}
    if program in known:
        return known[program]
    if program.startswith("python"):
        return _PYTHON
    has = [name for name in ("package.json", "go.mod", "Cargo.toml") if name in tree]
    python = any(path.endswith(".py") for path in tree.paths())
    return {"package.json": _NODE, "go.mod": _GO, "Cargo.toml": _RUST}[has[0]] if has and not python else _PYTHON


def _needs_make(tree: Tree, verifier: Verifier) -> bool:
    return verifier.command.startswith("make") or "Makefile" in tree


def _pins(tree: Tree) -> list[str]:
    """What the repository's own requirements files pin, if they pin everything they name."""
    found: dict[str, str] = {}
    for path in tree.paths():
        if re.fullmatch(r"requirements[\w.-]*\.txt", path):
            wanted = _wanted(tree.text(path) or "")
            pins = [_PIN.match(line) for line in wanted]
            for pin in pins if all(pins) else ():
                if pin is not None and pin[1].lower() not in _SKIPPED:
                    found.setdefault(pin[1].lower(), pin[0])
    return [found[name] for name in sorted(found)]


def _wanted(text: str) -> list[str]:
    lines = (line.split(" #")[0].split(";")[0].strip(" \\") for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def _notes(tree: Tree, pins: list[str]) -> tuple[str, ...]:
    """Dependencies that cannot be had again as they were."""
    known = {re.split(r"[=\[]", pin)[0].lower() for pin in pins} | _SKIPPED
    named: set[str] = set()
    for path in tree.paths():
        if re.fullmatch(r"requirements[\w.-]*\.txt", path):
            named |= {re.split(r"[\s<>=!~\[(@]", line)[0].lower() for line in _wanted(tree.text(path) or "")}
    try:
        project = tomllib.loads(tree.text("pyproject.toml") or "").get("project", {})
        wanted = project.get("dependencies") if isinstance(project, dict) else None
        listed = wanted if isinstance(wanted, list) else []
        named |= {re.split(r"[\s<>=!~\[(;@]", str(each))[0].lower() for each in listed}
    except (tomllib.TOMLDecodeError, RecursionError):
        pass
    loose = sorted(name for name in named - known if name)
    return (f"not installed, because nothing pins them: {', '.join(loose)}",) if loose else ()
