"""A command line taken apart: what it really runs, where, and whether its exit status is that program's own.

`cd backend && timeout 60 uv run pytest -q tests | tail -5` runs pytest in `backend`, and the status is that of tail.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

_SHELL = re.compile(r"^\s*(?:\S*/)?(?:ba|z|da)?sh\s+-\w*c\s+(['\"])(.*)\1\s*$", re.DOTALL)
_SHELLS = 8
"""Nobody means more of them, one inside the other."""
_ASSIGNMENT = re.compile(r"^([A-Za-z_]\w*)=(.*)$", re.DOTALL)
_QUOTED = r"\"(?:\\.|[^\"\\])*\"|'[^']*'"
_HIDDEN = r"\\.|\"(?:\\.|[^\"\\])*(?:\"|\\?\Z)|'[^']*(?:'|\Z)"
"""What a backslash or quotes hide, to the end where nothing closes them."""
_REDIRECTION = re.compile(
    rf"(?P<kept>{_HIDDEN})|\s*(?:\d?>&\d|(?:&>>?|\d?>{{1,2}}|<(?!<))\s*(?:{_QUOTED}|(?:\\.|[^\s'\"\\])+))", re.DOTALL
)
_HERE = re.compile(
    r"(?P<program>\b(?:python[\d.]*|node))[ \t]*(?:-[ \t]*)?<<-?[ \t]*(?P<mark>['\"])(?P<word>\w+)(?P=mark)[ \t]*\n"
)
"""The beginning of a program on standard input, which no shell looks into."""
_OPERATORS = ("&&", "||", "|&", ";", "|", "\n", "&")
_WRAPPERS = {"time": 0, "nice": 0, "nohup": 0, "command": 0, "exec": 0, "env": 0, "stdbuf": 0, "timeout": 1}
"""Programs that run the next word, and how many words of their own come before it."""
_RUNNERS = (("uv", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run"), ("rye", "run"),
            ("pnpm", "exec"), ("yarn", "exec"))  # fmt: skip
_SETTING_UP = frozenset({"export", "source", ".", "set", "umask", "echo", "printf", "true", ":", "mkdir"})
_PIPEFAIL = re.compile(r"\bset\s+-\w*o\s+pipefail\b|\bset\s+-\w*e\w*o\s+pipefail\b")


class Part(NamedTuple):
    """One program of a command line."""

    text: str
    """Without wrappers, redirections and assignments."""
    words: tuple[str, ...]
    folder: str
    """Where it runs, from the folder the line began in; or an absolute path."""
    variables: tuple[tuple[str, str], ...]
    reliable: bool
    """The line's exit status is this program's, or that of one which had to end well before it."""


def parts(line: str) -> list[Part]:
    """The programs of a line in order, without those that only set something up."""
    line = _inlined(_unwrapped(line)).strip()
    pieces = list(_pieces(line))
    reliable = _reliable([mark for mark, _ in pieces], piped_safely=bool(_PIPEFAIL.search(line)))
    found: list[Part] = []
    folder, variables = "", dict[str, str]()
    for (_, text), status in zip(pieces, reliable, strict=True):
        part = _part(text, folder, variables)
        if part is None:
            continue
        if part.words[0] in ("cd", "pushd"):
            folder = _joined(folder, part.words[1] if len(part.words) > 1 else "~")
        elif part.words[0] == "export":
            variables |= dict(pair for word in part.words[1:] if (pair := _assigned(word)))
        elif part.words[0] not in _SETTING_UP:
            found.append(part._replace(reliable=status))
    return found


def _unwrapped(line: str) -> str:
    """What shells are given to run."""
    for _ in range(_SHELLS):
        shell = _SHELL.match(line)
        if shell is None:
            break
        line = shell[2].replace("'\\''", "'") if shell[1] == "'" else shell[2].replace('\\"', '"')
    return line


def _inlined(line: str) -> str:
    """The same line with such programs as arguments."""
    told, at, endless = list[str](), 0, set[str]()
    for here in _HERE.finditer(line):
        if here.start() < at or here["word"] in endless:
            continue
        end = re.compile(rf"\n{here['word']}[ \t]*(?=\n|$)").search(line, here.end())
        if end is None:
            endless.add(here["word"])  # nor does one that begins later end
            continue
        option = "-e" if here["program"] == "node" else "-c"
        code = shlex.quote(line[here.end() : end.start()])
        told += [line[at : here.start()], f"{here['program']} {option} {code}"]
        at = end.end()
    return "".join((*told, line[at:]))


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    """(the operator before it, text) of what stands between the operators that no quote hides."""
    mark, start, at, quote = "", 0, 0, ""
    while at < len(line):
        char = line[at]
        if quote:
            at += 2 if char == "\\" and quote == '"' else 1
            quote = "" if char == quote else quote
            continue
        if char in "'\"":
            quote = char
        elif char == "\\":
            at += 1
        elif operator := next((each for each in _OPERATORS if line.startswith(each, at)), ""):
            if operator == "&" and (line[at - 1 : at] == ">" or line[at + 1 : at + 2] == ">"):
                at += 1
                continue
            yield mark, line[start:at]
            mark, start, at = operator, at + len(operator), at + len(operator) - 1
        at += 1
    yield mark, line[start:]


def _part(text: str, folder: str, variables: dict[str, str]) -> Part | None:
    plain = _REDIRECTION.sub(lambda found: found["kept"] or " ", text).strip().strip("()").strip()
    try:
        words = shlex.split(plain)
    except ValueError:
        words = plain.split()
    own = dict(variables)
    while words:
        assigned = _assigned(words[0])
        wrapper = _WRAPPERS.get(words[0])
        if assigned:
            own[assigned[0]] = assigned[1]
            words = words[1:]
        elif tuple(words[:2]) in _RUNNERS and len(words) > 2:
            words = _without_options(words[2:])
        elif wrapper is not None and len(words) > 1:
            words = _without_options(words[1:])[wrapper:]
        else:
            break
    if not words:
        return None
    return Part(_text(plain, words), tuple(words), folder, tuple(sorted(own.items())), reliable=True)


def _text(plain: str, words: list[str]) -> str:
    """The words as they were typed, globs and quotes included, where what was cut off was at the front."""
    at = plain.find(words[0])
    kept = plain[at:] if at >= 0 else ""
    try:
        if shlex.split(kept) == words:
            return kept
    except ValueError:
        pass
    return shlex.join(words)


def _without_options(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0].startswith("-"):
        words = words[1:]
    return words


def _assigned(word: str) -> tuple[str, str] | None:
    match = _ASSIGNMENT.match(word)
    return (match[1], match[2]) if match else None


def _joined(folder: str, target: str) -> str:
    if target.startswith(("/", "~")) or not folder:
        return target
    return f"{folder.rstrip('/')}/{target}"


def _reliable(marks: list[str], *, piped_safely: bool) -> list[bool]:
    """For each piece, of the operators before them, whether the line's status is its own or comes after its success."""
    found = [True]
    for mark in reversed(marks[1:]):
        found.append(found[-1] and (mark == "&&" or (mark in ("|", "|&") and piped_safely)))
    return found[::-1]
