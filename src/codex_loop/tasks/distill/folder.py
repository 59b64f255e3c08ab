"""Writes one task: the layout that Harbor reads, the same bytes for the same session and repository.

Nothing in it is a date, and its version is made of its content: another content never has the same version.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from codex_loop import __version__
from codex_loop.errors import UsageError
from codex_loop.tasks.distill import checks
from codex_loop.tasks.distill.guards import sums
from codex_loop.tasks.distill.images import images
from codex_loop.tasks.distill.instruction import Instruction, title
from codex_loop.tasks.distill.locked import FOLDER
from codex_loop.tasks.distill.patches import difference
from codex_loop.tasks.distill.tree import LINK, PROGRAM, Tree
from codex_loop.tasks.distill.verifiers import Verifier, is_test

OWN = ("task.toml", "instruction.md", "trajectory.json", "environment", "tests", "solution")
_LEAST_S = 120
_AGENT_S = 900
_MARGIN = 8
_NEVER = (".git", "__pycache__", ".pytest_cache")
_SOLVE = """\
#!/bin/bash
set -euo pipefail
cd /app
git apply --whitespace=nowarn /solution/fix.patch
"""

Value = str | int | bool | Sequence[str] | None


class Contents(NamedTuple):
    """What a task is made of."""

    name: str
    instruction: Instruction
    verifier: Verifier
    before: Tree
    after: Tree | None
    """With the solution; None: none is known."""
    seed: bytes | None
    guarded: tuple[str, ...]
    """Files that must stay as they are."""
    provenance: Mapping[str, Value]


class Made(NamedTuple):
    """A task that was written."""

    fix: bytes
    """The solution as a patch."""
    notes: tuple[str, ...]


def write(place: Path, contents: Contents) -> Made:
    """Write the task there; an older task at the same place is replaced, anything else is refused."""
    clear(place)
    verifier, before, after = contents.verifier, contents.before, contents.after
    changed = after.differing(before) if after is not None else []
    fixing = [path for path in changed if not is_test(path)]
    fix = difference(before, after, fixing) if after is not None and fixing else b""
    limit_s = max(_LEAST_S, int(verifier.seconds * _MARGIN) // 60 * 60)
    final = after if after is not None else before
    made = images(before, final, verifier)
    hidden = _hidden(verifier, final, changed)
    left_out = _left_out(verifier, before, final, hidden)
    _text(place / "instruction.md", contents.instruction.text)
    _text(place / "environment" / "Dockerfile", made.agent)
    outside = before.pack(place / "environment" / "repo.tar", left_out.__contains__)
    _text(place / "tests" / "Dockerfile", made.verifier)
    _text(place / "tests" / "test.sh", checks.script(verifier, final, limit_s - 15, made.locked), program=True)
    if verifier.kind != "missing":
        _text(
            place / "tests" / "grade.py", files("codex_loop.tasks.distill.kit").joinpath("grade.py").read_text("utf-8")
        )
        _text(place / "tests" / "spec.json", _spec(verifier))
        if contents.guarded:
            _text(place / "tests" / "unchanged.sha256", sums(contents.guarded, before))
        # What the tests are run by comes with them, but for what the solution itself has to change.
        own = {path for path in checks.steering(verifier, final) if path not in fixing}
        _copy(final, sorted({*hidden, *own}), place / "tests" / "hidden")
        _copy(final, sorted({path for each in made.locked for path in each.files}), place / "tests" / FOLDER)
    if fix:
        _text(place / "solution" / "solve.sh", _SOLVE, program=True)
        (place / "solution" / "fix.patch").write_bytes(fix)
    if contents.seed is not None:
        (place / "trajectory.json").write_bytes(contents.seed)
    notes = made.notes + ((f"links that lead out of the repository were left out: {outside}",) if outside else ())
    facts = {**contents.provenance, "notes": notes, "redactions": _redactions(place)}
    _text(place / "task.toml", _config(contents, facts, limit_s, _version(place, facts), made.stays))
    return Made(fix, notes)


def clear(place: Path) -> None:
    """Make room for a task. Raise UsageError where something else lies."""
    if place.exists() and not place.is_dir():
        raise UsageError(f"{place} is a file; name a folder for the task with --output")
    if place.is_dir() and any(place.iterdir()):
        strange = sorted(each.name for each in place.iterdir() if each.name not in (*OWN, ".codex-loop.json"))
        if strange or not (place / "task.toml").is_file():
            raise UsageError(f"{place} holds other files ({(strange or ['no task.toml'])[0]}); name an empty folder")
        for name in OWN:
            target = place / name
            shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
    place.mkdir(parents=True, exist_ok=True)


def _hidden(verifier: Verifier, final: Tree, changed: Iterable[str]) -> list[str]:
    """Tests as they are after the work: those it changed, and those that check it."""
    if verifier.kind == "missing":
        return []
    mine = {path for path in changed if is_test(path) and path in final}
    return sorted(mine | {path for path in verifier.test_files if path in final})


def _left_out(verifier: Verifier, before: Tree, final: Tree, hidden: Iterable[str]) -> set[str]:
    """Tests of the base tree that would tell the agent what is asked of it, word for word."""
    red: dict[str, list[str]] = {}
    for name in verifier.fail_to_pass:
        path, _, test = name.partition("::")
        red.setdefault(path, []).append(re.split(r"[\[(]", test.rpartition("::")[2])[0])
    unknown = not red or any("::" not in name for name in verifier.red)
    found = set()
    for path in hidden:
        if path not in before or path not in verifier.test_files:
            continue
        old, new, known = before.text(path) or "", final.text(path) or "", red.get(path, [])
        told = any(re.search(rf"\b{re.escape(test)}\b", old) for test in known)
        if told or (unknown and (old == new or _imports(old) != _imports(new))):
            found.add(path)
    return found


def _imports(text: str) -> list[str]:
    """A test file that imports what is new cannot even be loaded before: all of its tests have to turn green."""
    return re.findall(r"^\s*(?:from|import)\b.*$|^.*\brequire\(.*$", text, re.MULTILINE)


def _spec(verifier: Verifier) -> str:
    spec = {
        "kind": verifier.kind,
        "command": verifier.command,
        "test_files": list(verifier.test_files),
        "fail_to_pass": list(verifier.fail_to_pass),
        "pass_to_pass": list(verifier.pass_to_pass),
    }
    return json.dumps(spec, indent=1, ensure_ascii=False) + "\n"


def _copy(tree: Tree, paths: Iterable[str], target: Path) -> None:
    for path in paths:
        data = tree.read(path)
        if data is None or tree.mode(path) == LINK or tree.is_link(posixpath.dirname(path) or path):
            continue
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        place.chmod(0o755 if tree.mode(path) == PROGRAM else 0o644)


def _text(place: Path, text: str, *, program: bool = False) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8", newline="\n", errors="replace")
    place.chmod(0o755 if program else 0o644)


def _redactions(place: Path) -> int:
    """How often a secret was taken out of what the user said."""
    return (place / "instruction.md").read_text("utf-8").count("[REDACTED:")


def _version(place: Path, facts: Mapping[str, Value]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=list).encode())
    # What a gate once left beside the task says nothing of the task.
    for file in sorted(path for name in OWN for path in (place / name, *(place / name).rglob("*")) if path.is_file()):
        digest.update(f"{file.relative_to(place).as_posix()}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return f"1.0.{int(digest.hexdigest()[:7], 16)}"


def _config(contents: Contents, facts: Mapping[str, Value], limit_s: int, version: str, stays: Sequence[str]) -> str:
    """`stays`: folders that do not travel to the verifier with the agent's work."""
    task = {
        "name": f"local/{contents.name}",
        "version": version,
        "description": title(contents.instruction.text),
        "keywords": [str(facts[name]) for name in ("signal_type", "signal_category") if facts.get(name)],
    }
    lines = [
        'schema_version = "1.4"',
        "# `artifacts` is a root key: it must stand before the first [table].",
        f'artifacts = [{{ source = "/app", exclude = {_value((*_NEVER, *stays))} }}]',
        "",
        "[task]",
        *_pairs(task),
        'authors = [{ name = "codex-loop distill" }]',
        "",
        "[metadata]",
        *_pairs({"codex_loop_task_schema": 1, "codex_loop_version": __version__, **facts}),
        "",
        "[verifier]",
        'environment_mode = "separate"',
        f"timeout_sec = {float(limit_s)}",
        "",
        "[agent]",
        f"timeout_sec = {float(_AGENT_S)}",
        "",
        "[environment]",
        "build_timeout_sec = 600.0",
        f"workdir = {_value(posixpath.join('/app', contents.verifier.folder).rstrip('/'))}",
        "cpus = 1",
        "memory_mb = 2048",
        "storage_mb = 4096",
    ]
    return "\n".join(lines) + "\n"


def _pairs(table: Mapping[str, Value]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in table.items() if value is not None]


def _value(value: Value) -> str:
    """A TOML value; strings, whole numbers and lists are written as in JSON."""
    if isinstance(value, str):
        # JSON knows DEL as a plain character, TOML does not.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool | int):
        return json.dumps(value)
    return "[" + ", ".join(_value(each) for each in value or ()) + "]"
