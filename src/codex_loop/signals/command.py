"""What a shell command line really runs: the head that decides its exit code, without wrappers and set-up."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_SEPARATOR = re.compile(r"\|\||&&|;|\n|\|&|\||&(?!\d|>)")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1.*?^\s*\2\s*$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_WRAPPERS = {
    "sudo": 0, "env": 0, "time": 0, "nice": 0, "nohup": 0, "command": 0, "exec": 0, "npx": 0, "bunx": 0, "stdbuf": 0,
    "timeout": 1, "xvfb-run": 0,
}  # fmt: skip
"""Programs that run the next word, and how many of their own words come before it."""
_RUNNERS = (("uv", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run"), ("python", "-m"),
            ("python3", "-m"), ("bundle", "exec"), ("pnpm", "exec"), ("yarn", "exec"))  # fmt: skip
_FORGIVING = frozenset({"true", ":", "echo"})
_TWO_WORDS = frozenset(
    {"git", "gh", "cargo", "go", "npm", "pnpm", "yarn", "docker", "kubectl", "make", "dotnet", "bun"}
)


_KEYWORDS = frozenset({"(", ")", "{", "}", "!", "then", "do", "done", "if", "fi", "else", "while"})
_SHELL = re.compile(r"^\s*(?:\S*/)?(?:ba|z|da)?sh\s+-\w*c\s+(['\"])(.*)\1\s*$", re.DOTALL)
_VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "-f", "--file", "-p", "--project"})
"""Options of two-word programs whose value stands before the second word."""


class Command(NamedTuple):
    """The part of a command line that decides how it ends."""

    head: str
    """`pytest`, `git commit`, `cargo test`; empty for nothing at all."""
    words: tuple[str, ...]
    """Of the deciding part, quotes gone."""
    forgiven: bool
    """Ends in `|| true` or the like: its success says nothing."""
    heads: tuple[str, ...]
    """Of every part, in order."""


NOTHING = Command("", (), forgiven=False, heads=())


@lru_cache(maxsize=4096)
def parse(line: str | None) -> Command:
    """Never fails: a line nobody understands has its first word as head."""
    if not line:
        return NOTHING
    shell = _SHELL.match(line)
    if shell:
        return parse(shell[2])
    plain = _QUOTED.sub(_hide, _HEREDOC.sub(" ", line))
    parts = [(mark, words) for mark, words in _parts(plain) if words]
    if not parts:
        return NOTHING
    heads = tuple(_head(words) for _, words in parts)
    forgiven = _forgives(parts[-1][1]) and len(parts) > 1
    at = len(parts) - 1
    while at > 0 and _forgives(parts[at][1]):
        at -= 1
    return Command(heads[at], tuple(parts[at][1]), forgiven, heads)


def _forgives(words: list[str]) -> bool:
    return words[0] in _FORGIVING or words[:2] == ["exit", "0"]


def _hide(match: re.Match[str]) -> str:
    """A quoted word stays one word: what would separate commands or words inside it is taken out."""
    return re.sub(r"[\s;&|<>]", "\N{MIDDLE DOT}", match[0][1:-1]) or "''"


def _parts(plain: str) -> list[tuple[str, list[str]]]:
    found = []
    mark, start = "", 0
    for separator in _SEPARATOR.finditer(plain):
        found.append((mark, _words(plain[start : separator.start()])))
        mark, start = separator[0], separator.end()
    found.append((mark, _words(plain[start:])))
    return [each for each in found if not _only_sets_up(each[1])] or found[-1:]


def _only_sets_up(words: list[str]) -> bool:
    return bool(words) and words[0] in ("cd", "export", "source", ".", "set", "pushd", "popd", "umask", "for")


def _words(part: str) -> list[str]:
    words = re.sub(r"\d?>{1,2}&?\s*\S+|<\s*\S+", " ", part).split()
    while words:
        while words and _ASSIGNMENT.match(words[0]):
            words = words[1:]
        if len(words) > 2 and (words[0], words[1]) in _RUNNERS:
            words = words[2:]
            continue
        own = _WRAPPERS.get(words[0]) if words else None
        if own is None or len(words) < 2:
            break
        words = words[1:]
        while words and words[0].startswith("-"):
            words = words[1:]
        words = words[own:]
    return [word.strip("()`") for word in words if word not in _KEYWORDS]


def _head(words: list[str]) -> str:
    name = words[0].replace("\\", "/").rpartition("/")[2]
    if name in _TWO_WORDS:
        for before, word in pairwise(words):
            if not word.startswith("-") and before not in _VALUED:
                return f"{name} {word}"
    return name
