"""Patterns of a `.gitignore`, as git and Harbor read them: the last that matches decides, `!` takes one back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

USUAL = ("__pycache__/", "*.pyc", ".DS_Store", "*.swp", "*.swo", "*~")
"""What Harbor leaves out of a task that has no `.gitignore`."""


class _Rule(NamedTuple):
    ignores: bool
    pattern: re.Pattern[str]


class Ignores:
    """The patterns of one file; paths are relative to its folder."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = tuple(lines)

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """None: there is no such file."""
        try:
            return cls(path.read_text(encoding="utf-8").splitlines())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def ignored(self, path: str) -> bool:
        """Whether this file is left out, itself or because of a folder above it."""
        return self.verdict(path, folder=False) is True

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Left out, taken back, or None: no pattern speaks of it."""
        subject = f"{path}/" if folder else path
        for rule in reversed(self._rules):
            if rule.pattern.match(subject):
                return rule.ignores
        return None

    @cached_property
    def _rules(self) -> tuple[_Rule, ...]:
        return tuple(rule for line in self._lines if (rule := _rule(line)) is not None)


def _rule(line: str) -> _Rule | None:
    text = _without_trailing_blanks(line)
    if not text or text.startswith("#"):
        return None
    ignores = not text.startswith("!")
    text = text if ignores else text[1:]
    only_folders = text.endswith("/")
    parts = text.strip("/").split("/") if text.strip("/") else []
    if not parts:
        return None
    anchored = "/" in text.rstrip("/")
    body = _regex(parts)
    start = "" if anchored else "(?:.+/)?"
    end = "/.*" if only_folders else "(?:/.*)?"
    return _Rule(ignores, re.compile(f"{start}{body}{end}\\Z", re.DOTALL))


def _without_trailing_blanks(line: str) -> str:
    stripped = line.rstrip()
    escaped = stripped.endswith("\\") and len(stripped) < len(line)
    return f"{stripped} " if escaped else stripped


def _regex(parts: list[str]) -> str:
    made = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            made += ".*" if last else "(?:.+/)?"
        else:
            made += _part(part) + ("" if last else "/")
    return made


def _part(part: str) -> str:
    made, at = "", 0
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            made += "" if made.endswith("[^/]*") else "[^/]*"
        elif char == "?":
            made += "[^/]"
        elif char == "[" and (close := part.find("]", at + 1)) > 0:
            inside = part[at:close].replace("\\", "\\\\")
            made += f"[^{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]"
            at = close + 1
        elif char == "\\" and at < len(part):
            made += re.escape(part[at])
            at += 1
        else:
            made += re.escape(char)
    return made
