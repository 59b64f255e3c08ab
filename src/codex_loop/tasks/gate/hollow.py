"""A solution in words only: its files are there, its lines stand in comments, and nothing works.

A verifier that is pleased by that looks at marks (a file exists, a word is in it) and not at what the program does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from codex_loop.tasks.gate import copies, solution
from codex_loop.tasks.gate.folder import Written, gold, is_text, members

_HASH = "py pyi sh bash rb toml yaml yml pl r mk cfg ini conf ps1 nix tf ex exs jl txt"
_SLASHES = "js jsx mjs cjs ts tsx c h cc cpp hpp cs java go rs swift kt kts scala php dart proto zig scss less"
_COMMENTS = {
    **dict.fromkeys(_HASH.split(), ("# ", "")),
    **dict.fromkeys(_SLASHES.split(), ("// ", "")),
    **dict.fromkeys(("sql", "lua", "hs", "elm"), ("-- ", "")),
    **dict.fromkeys(("html", "xml", "md", "vue", "svelte"), ("<!-- ", " -->")),
    "css": ("/* ", " */"),
}
_CONTEXT = 3
_BY_NAME = {"Makefile": ("# ", ""), "Dockerfile": ("# ", ""), "Gemfile": ("# ", ""), "Rakefile": ("# ", "")}


def patch_of(task: Written) -> str:
    """The hollow version of the solution as a patch; empty when it only takes lines away, or moves files."""
    changed = {each.path: each for each in solution.changes(gold(task.path) or "") if each.added}
    base = {
        member.path: member.data.decode("utf-8", "surrogateescape")
        for member in members(task.path)
        if member.path in changed and member.kind == "file" and is_text(member.data)
    }
    return "".join(_patch(each, base.get(path)) for path, each in changed.items())


def _patch(change: solution.Change, base: str | None) -> str:
    place = PurePosixPath(change.path)
    marks = _BY_NAME.get(place.name) or _COMMENTS.get(place.suffix.removeprefix(".").lower())
    begin, end = marks or ("", "")
    lines = [f"{begin}{line.replace('-->', '').replace('*/', '')}{end}".rstrip() for line in change.added]
    if marks is None:  # a format without comments
        lines = []
    head = f"diff --git a/{change.path} b/{change.path}\n"
    if base is None:
        return f"{head}new file mode 100644\n" + (_new(change.path, lines) if lines else "index 0000000..e69de29\n")
    return f"{head}--- a/{change.path}\n+++ b/{change.path}\n{_at_end(base, lines)}" if lines else ""


def _new(path: str, lines: Sequence[str]) -> str:
    added = "".join(f"+{line}\n" for line in lines)
    return f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{added}"


def _at_end(base: str, lines: Sequence[str]) -> str:
    """A hunk that puts these lines after the last one."""
    old = base.split("\n")
    is_ended = old[-1] == ""
    if is_ended:
        old.pop()
    if not old:
        added = "".join(f"+{line}\n" for line in lines)
        return f"@@ -0,0 +1,{len(lines)} @@\n{added}"
    context = old[-_CONTEXT:]
    first = len(old) - len(context) + 1
    kept = [f" {line}" for line in context]
    if not is_ended:
        kept[-1:] = [f"-{context[-1]}", "\\ No newline at end of file", f"+{context[-1]}"]
    body = "\n".join([*kept, *(f"+{line}" for line in lines)])
    return f"@@ -{first},{len(context)} +{first},{len(context) + len(lines)} @@\n{body}\n"


def stage(tasks: Sequence[Written], place: Path) -> dict[Path, Path]:
    """Copies of these tasks with the hollow solution, below `place`; those without one are left out."""
    staged: dict[Path, Path] = {}
    place.mkdir(parents=True, exist_ok=True)
    for number, task in enumerate(tasks):
        patch = patch_of(task)
        if patch:
            copy = place / f"{number:03d}-{task.path.resolve().name}"
            copies.copy(task.path, copy)
            copies.rewrite(copy / "solution" / "fix.patch", patch.encode("utf-8", "surrogateescape"))
            staged[task.path] = copy
    return staged
