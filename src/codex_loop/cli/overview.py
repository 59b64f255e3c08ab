"""The page `codex-loop --help`, drawn from the table of commands without importing any of them."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from codex_loop.cli.width import hanging

if TYPE_CHECKING:
    from codex_loop.cli.app import Command

WIDTH = 80
OPENING = (
    "codex-loop: the flight recorder and improvement loop for coding agents.",
    "",
    "Usage: codex-loop COMMAND [OPTIONS]",
    "Without a command it says where things stand and what to do next.",
)
CLOSING = (
    "",
    "codex-loop COMMAND --help   explains one command, with examples",
    "codex-loop --version        says which version this is",
)


def product(commands: Mapping[str, "Command"], family: str = "") -> list[str]:
    """All commands by group, or those whose name begins with the words `family`."""
    chosen = {name: each for name, each in commands.items() if not family or f"{name} ".startswith(f"{family} ")}
    width = max((len(name) for name in chosen), default=0)
    lines = list(OPENING)
    for group in dict.fromkeys(each.group for each in chosen.values()):
        lines += ["", f"{group}:"]
        for name, each in chosen.items():
            if each.group == group:
                lines += hanging(f"  {name:<{width}}  ", each.help, WIDTH)
    return [*lines, *CLOSING]


def family(words: Sequence[str], commands: Mapping[str, "Command"]) -> str:
    """The first words, when longer names begin with them (`usage` for `usage daily`)."""
    for length in (2, 1):
        said = " ".join(words[:length])
        if len(words) >= length and any(name.startswith(f"{said} ") for name in commands):
            return said
    return ""


def unknown(words: Sequence[str], commands: Mapping[str, "Command"]) -> str:
    """What to say about words no command begins with."""
    import difflib

    inside = family(words, commands)
    said = " ".join(words[: len(inside.split()) + 1])
    near = difflib.get_close_matches(said, list(commands), n=1)
    hint = f"did you mean `codex-loop {near[0]}`?" if near else f"see `codex-loop {inside}".rstrip() + " --help`"
    return f"there is no command `{said}`; {hint}"


def print_lines(lines: Iterable[str]) -> int:
    """Write the lines to stdout; the exit code of a page is 0."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0
