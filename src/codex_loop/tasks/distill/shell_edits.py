"""Edits that a session made by shell commands simple enough to be done again exactly: written, moved, removed, `sed s`.

Commands are read, never run. What is not understood changes nothing here; the tests of the finished task tell.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from codex_loop.tasks.distill.commands import Part, parts
from codex_loop.tasks.distill.story import Run
from codex_loop.tasks.distill.tree import Tree

_HEREDOC = re.compile(
    r"\bcat\s*(?:(>{1,2})\s*(\S+)\s*<<-?\s*(['\"]?)(\w+)\3|<<-?\s*(['\"]?)(\w+)\5\s*(>{1,2})\s*(\S+))[^\n]*\n"
    r"(.*?)^(?:\4|\6)\s*$",
    re.DOTALL | re.MULTILINE,
)
_SED = re.compile(r"^s(.)(.*)$", re.DOTALL)
_SPECIAL = re.compile(r"[][*^$]")
"""In a basic pattern; the others are plain characters there."""


_IS_EXTENDED = frozenset({"-E", "-r", "--regexp-extended", "-n", "-f"})


class Relative(Protocol):
    """What turns a word of a command, typed in `cwd` after `cd folder`, into a path of the tree."""

    def __call__(self, path: str, cwd: str | None, folder: str, /) -> str | None: ...


class Written(NamedTuple):
    """A file that a here-document wrote."""

    path: str
    text: str
    appended: bool


def edits(run: Run) -> bool:
    """Whether this command may have changed files in ways that `redo` knows."""
    return run.status == "ok" and bool(
        _HEREDOC.search(run.command)
        or re.search(r"\b(?:sed\s+-i|mv|rm|git\s+(?:checkout|restore|reset))\b", run.command)
    )


def redo(tree: Tree, run: Run, relative: Relative) -> None:
    """Do the edits of a command that ended well again."""
    for written in heredocs(run.command):
        path = relative(written.path, run.cwd, "")
        if path is not None and not tree.is_link(path):
            before = (tree.read(path) or b"") if written.appended else b""
            tree.write(path, before + written.text.encode(errors="surrogateescape"))
    for part in parts(_HEREDOC.sub("", run.command)):
        _redo(tree, part, run.cwd, relative)


def heredocs(command: str) -> Iterator[Written]:
    """Files written by `cat > FILE <<'END'`; one whose text the shell would have changed is left out."""
    for match in _HEREDOC.finditer(command):
        quoted = match[3] or match[5]
        text = match[9]
        if quoted or not re.search(r"[$`\\]", text):
            yield Written((match[2] or match[8]).strip("'\""), text, (match[1] or match[7]) == ">>")


def _redo(tree: Tree, part: Part, cwd: str | None, relative: Relative) -> None:
    words = list(part.words)
    if words[0] == "git" and words[1:2] in (["mv"], ["rm"], ["checkout"], ["restore"], ["reset"]):
        words = words[1:]
    named = [path for word in words[1:] if not word.startswith("-") and (path := relative(word, cwd, part.folder))]
    if words[0] == "rm":
        for each in [each for path in named for each in _below(tree, path)]:
            tree.remove(each)
    elif words[0] == "mv" and len(named) == 2:
        _move(tree, *named)
    elif words[0] == "sed" and any(re.fullmatch(r"-i\S*", word) for word in words) and not _IS_EXTENDED & {*words}:
        _sed(tree, [word for word in words[1:] if not word.startswith("-")], cwd, part.folder, relative)
    elif part.words[0] == "git":
        _taken_back(tree, words, named)


def _taken_back(tree: Tree, words: list[str], named: list[str]) -> None:
    """`git reset --hard`, `git restore FILE`, `git checkout -- FILE`: files are again as the commit has them."""
    everything = words[0] == "reset" and "--hard" in words
    some = words[0] == "restore" or (words[0] == "checkout" and "--" in words)
    for path in tree.changes():
        if everything or (some and any(path == each or path.startswith(f"{each}/") for each in named)):
            tree.restore(path)


def _below(tree: Tree, path: str) -> list[str]:
    return [path] if path in tree else [each for each in tree.paths() if each.startswith(f"{path}/")]


def _move(tree: Tree, source: str, target: str) -> None:
    inside = bool(_below(tree, target)) and target not in tree
    for path in _below(tree, source):
        data, mode = tree.read(path), tree.mode(path)
        rest = path[len(source) :]
        tree.remove(path)
        into = posixpath.join(target, posixpath.basename(source)) if inside else target
        if data is not None:
            tree.write(into + rest, data, mode)


def _sed(tree: Tree, words: list[str], cwd: str | None, folder: str, relative: Relative) -> None:
    if not words or (replace := _substitution(words[0])) is None:
        return
    for word in words[1:]:
        path = relative(word, cwd, folder)
        text = None if path is None or tree.is_link(path) else tree.text(path)
        if path is not None and text is not None:
            tree.write(path, replace(text).encode())


def _substitution(script: str) -> _Replace | None:
    """`s/old/new/g` with plain texts; a pattern is left alone."""
    match = _SED.match(script)
    if match is None:
        return None
    fields = re.split(rf"(?<!\\){re.escape(match[1])}", match[2])
    if len(fields) != 3 or fields[2] not in ("", "g") or _SPECIAL.search(re.sub(r"\\.", "", fields[0])):
        return None
    if "&" in fields[1] or re.search(r"\\[1-9nt]", fields[1]) or re.search(r"\\[(){}|+?1-9<>bwsn]", fields[0]):
        return None
    pattern = re.compile("".join(_literal(piece) for piece in re.findall(r"\\.|.", fields[0])))
    new = re.sub(r"\\(.)", r"\1", fields[1])
    return _Replace(pattern, new, everywhere=fields[2] == "g")


def _literal(piece: str) -> str:
    return "." if piece == "." else re.escape(piece[-1])


class _Replace(NamedTuple):
    pattern: re.Pattern[str]
    new: str
    everywhere: bool

    def __call__(self, text: str) -> str:
        count = 0 if self.everywhere else 1
        return "".join(
            self.pattern.sub(lambda _: self.new, line, count=count) for line in text.splitlines(keepends=True)
        )
