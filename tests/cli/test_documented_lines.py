"""What the README and docs/ name is there: commands with their flags, files behind links, variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_loop.cli import framework, tracker
from codex_loop.cli.app import COMMANDS, HOME, find, load

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?:bash|sh)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:codex-loop|tracker) [^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
VARIABLE = re.compile(r"\b(?:CODEX_LOOP|TRACKER)_[A-Z_]*[A-Z]\b")
ELSEWHERE = re.compile(r"[|;]|&&|\$\(|[…<>]")
"""What a shell does with a line, and what stands for something else: only the words before it are looked at."""


def lines(text: str) -> Iterator[str]:
    for block in BLOCK.findall(text):
        yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())
    yield from (found.strip() for found in INLINE.findall(BLOCK.sub("", text)))


def typed(page: Path) -> Iterator[list[str]]:
    """The words of each line that begins with a program of ours."""
    for line in lines(page.read_text(encoding="utf-8")):
        if line.startswith(("codex-loop ", "tracker ")):
            words = shlex.split(ELSEWHERE.split(line.partition(" #")[0])[0])
            if len(words) > 1:
                yield words


CASES = [pytest.param(words, id=f"{page.stem}: {shlex.join(words)}") for page in PAGES for words in typed(page)]


@pytest.mark.parametrize("words", CASES)
def test_a_line_of_the_docs_is_understood(words: list[str]) -> None:
    program, *rest = words
    table = COMMANDS if program == "codex-loop" else tracker.COMMANDS
    match = find(rest, table)
    if match is None and program == "codex-loop" and rest[0].startswith("-"):
        framework.bind(load(HOME), "", [word for word in rest if word not in ("--help", "--version")])
        return
    if match is None:  # a family of commands, like `codex-loop usage`
        assert any(name.startswith(f"{rest[0]} ") for name in table), words
        assert len(rest) == 1, words
        return
    function = load(match.command)
    flags = {word.partition("=")[0] for word in match.rest if word.startswith("--")} - {"--help"}
    known = {f"--{name.strip('_').replace('_', '-')}" for name in function.__annotations__}
    assert flags <= known | {f"--no-{name.removeprefix('--')}" for name in known}, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_link_of_the_docs_leads_to_a_file(page: Path) -> None:
    targets = {link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link}
    assert sorted(link for link in targets if not (page.parent / link).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_variable_of_the_docs_is_one_that_is_read(page: Path) -> None:
    named = set(VARIABLE.findall(page.read_text(encoding="utf-8")))
    code = "".join(each.read_text(encoding="utf-8") for each in (ROOT / "src").rglob("*.py"))
    assert sorted(name for name in named if name not in code) == []


def test_lines_were_found_in_every_shell_block_of_ours() -> None:
    assert len(CASES) > 120
