"""Pools of plausible text: prose, code, shell output, shell commands, and opaque base64.

A pool is one long block with safe cut points, so that a line of any length costs one slice. The
text is made of word lists (not of random letters), because compression and full-text search
behave differently on noise. Opaque base64 stays noise: that is what encrypted reasoning is.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple

from benchmarks.corpus import words

MB = 1_000_000
SECRETS = 60
LINES_PER_SECRET = 1500  # an environment listing or a configuration file now and then
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Pool:
    """Text that can be cut into pieces of any size without ever splitting an escape."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._block = b"".join(lines)
        self._cuts = [0, *accumulate(len(line) for line in lines)]
        self._mean = len(self._block) / len(lines)

    def take(self, rng: Random, size: int) -> bytes:
        """About `size` bytes from a random place."""
        span = min(int(size / self._mean) or 1, len(self._cuts) - 2)
        start = int(rng.random() * (len(self._cuts) - 1 - span))
        return self._block[self._cuts[start] : self._cuts[start + span]]


class Opaque:
    """Bytes that mean nothing to anyone but the provider: base64 of noise."""

    def __init__(self, rng: Random, size: int) -> None:
        self._block = base64.b64encode(rng.randbytes(size * 3 // 4))

    def take(self, rng: Random, size: int) -> bytes:
        start = int(rng.random() * max(1, len(self._block) - size)) & ~3
        return self._block[start : start + (size & ~3)]


class Pools(NamedTuple):
    prose: Pool
    code: Pool
    shell: Pool
    nested_shell: Pool  # the same kind of text, inside a JSON string inside a JSON string
    commands: Pool  # one command, escaped once
    nested_commands: Pool  # one command, as a word of a JSON document inside a string
    opaque: Opaque
    secrets: tuple[str, ...]  # invented credentials that stand somewhere in the shell output


def pools(rng: Random, corpus_bytes: int) -> Pools:
    """Pools large enough that one archive segment rarely sees the same place twice."""
    size = min(8 * MB, max(MB // 2, corpus_bytes // 32))
    commands = [_command(rng) for _ in range(4000)]
    secrets = tuple(_secret(rng, number) for number in range(SECRETS))
    return Pools(
        prose=Pool([escaped(line) for line in _lines(_sentence, rng, size // 2)]),
        code=Pool([escaped(line) for line in _lines(_code_line, rng, size // 2)]),
        shell=Pool([escaped(line) for line in _with_secrets(_lines(_shell_line, rng, size), secrets, rng)]),
        nested_shell=Pool([nested(line) for line in _with_secrets(_lines(_shell_line, rng, size // 2), secrets, rng)]),
        commands=Pool([escaped(command) for command in commands]),
        nested_commands=Pool([nested(command) for command in commands]),
        opaque=Opaque(rng, 2 * size),
        secrets=secrets,
    )


def escaped(text: str) -> bytes:
    """The text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1].encode()


def nested(text: str) -> bytes:
    """The text as it stands in a JSON string that is itself inside a JSON string."""
    return escaped(json.dumps(text, ensure_ascii=False)[1:-1])


def _lines(make: Callable[[Random], str], rng: Random, size: int) -> list[str]:
    lines: list[str] = []
    written = 0
    while written < size:
        line = make(rng)
        lines.append(line)
        written += len(line)
    return lines


def _with_secrets(lines: list[str], secrets: Sequence[str], rng: Random) -> list[str]:
    """Some lines become assignments of a secret; every secret gets its chance."""
    for number in range(max(len(secrets), len(lines) // LINES_PER_SECRET)):
        place = int(rng.random() * len(lines))
        lines[place] = f"{name(rng).upper()}={secrets[number % len(secrets)]}\n"
    return lines


def _secret(rng: Random, number: int) -> str:
    """A credential of a published shape that nobody was ever given."""
    body = "".join(_LETTERS[rng.getrandbits(5)] for _ in range(48))
    shapes = (
        f"AKIA{body[:16]}",
        f"ghp_{body[:36]}",
        f"glpat-{body[:20]}",
        f"xoxb-{10**11 + rng.getrandbits(32)}-{10**11 + rng.getrandbits(32)}-{body[:24]}",
        f"postgresql://app:{body[:18]}@db.internal.example:5432/ledger",
        f"sk-ant-api03-{body[:46]}{body[:47]}AA",
    )
    return shapes[number % len(shapes)]


def pick(rng: Random, options: Sequence[str]) -> str:
    return options[int(rng.random() * len(options))]


def name(rng: Random) -> str:
    """An identifier: one or two words, now and then with a number."""
    first, second = pick(rng, words.IDENTIFIERS), pick(rng, words.NOUNS)
    kind = rng.getrandbits(3)
    if kind < 2:
        return first
    if kind < 6:
        return f"{first}_{second}"
    return f"{first}{second.capitalize()}{rng.getrandbits(5)}"


def path(rng: Random) -> str:
    folder, suffix = pick(rng, words.FOLDERS), pick(rng, words.SUFFIXES)
    return f"{folder}/{pick(rng, words.NOUNS)}/{name(rng)}{suffix}"


def _sentence(rng: Random) -> str:
    kind = rng.getrandbits(4)
    noun, verb = pick(rng, words.NOUNS), pick(rng, words.VERBS)
    head = f"The {pick(rng, words.ADJECTIVES)} {noun} {verb} the {pick(rng, words.NOUNS)}"
    if kind < 3:
        return f"{head} in `{path(rng)}`, so `{name(rng)}` must be {pick(rng, words.ADJECTIVES)}.\n"
    if kind < 5:
        return f"- {pick(rng, words.STEPS)} `{name(rng)}` {pick(rng, words.JOINS)} {noun} ✓\n"
    if kind == 5:
        return f"{head} → é, “{noun}”, 変更 {rng.getrandbits(10)}.\n"
    tail = f"{pick(rng, words.JOINS)} the {pick(rng, words.ADJECTIVES)} {pick(rng, words.NOUNS)}"
    return f"{head} {tail} and {pick(rng, words.VERBS)} {pick(rng, words.NOUNS)}s. "


def _code_line(rng: Random) -> str:  # noqa: PLR0911 - one return per kind of line
    indent = "    " * (rng.getrandbits(2) + 1)
    kind = rng.getrandbits(4)
    if kind < 5:
        return f"{indent}{name(rng)} = {name(rng)}({name(rng)}, {name(rng)}={rng.getrandbits(8)})\n"
    if kind < 8:
        return f'{indent}if {name(rng)} is None or {name(rng)} == "{pick(rng, words.NOUNS)}":\n'
    if kind < 10:
        return f"def {name(rng)}({name(rng)}: {pick(rng, words.TYPES)}) -> None:\n"
    if kind < 12:
        return f"{indent}return {name(rng)}.{name(rng)}[{rng.getrandbits(6)}]\n"
    if kind == 12:
        return f"{indent}# {pick(rng, words.STEPS)} the {pick(rng, words.NOUNS)} first\n"
    if kind == 13:
        return f'{indent}raise {pick(rng, words.ERRORS)}(f"{pick(rng, words.NOUNS)} {{{name(rng)}}}")\n'
    return f"{indent}for {name(rng)} in {name(rng)}.{name(rng)}():\n"


def _shell_line(rng: Random) -> str:  # noqa: PLR0911 - the same
    kind = rng.getrandbits(4)
    if kind < 4:
        return f"{path(rng)}:{rng.getrandbits(9)}:    {name(rng)} = {name(rng)}({name(rng)})\n"
    if kind < 6:
        stamp = f"Nov {rng.getrandbits(4) + 1:2d} {rng.getrandbits(4):02d}:{rng.getrandbits(5):02d}"
        return f"-rw-r--r--  1 dev  staff  {rng.getrandbits(17):7d} {stamp} {name(rng)}.py\n"
    if kind < 9:
        return f"{path(rng)}::test_{name(rng)} PASSED [{rng.getrandbits(6):3d}%]\n"
    if kind == 9:
        return f"FAILED {path(rng)}::test_{name(rng)} - {pick(rng, words.ERRORS)}: {name(rng)}\n"
    if kind < 12:
        return f"{rng.getrandbits(28):07x} {pick(rng, words.STEPS)} {name(rng)} {pick(rng, words.NOUNS)}\n"
    if kind == 12:
        return f"\x1b[32m+{name(rng)} = {rng.getrandbits(16)}\x1b[0m\n"
    if kind == 13:
        return f'{{"{pick(rng, words.NOUNS)}": "{name(rng)}", "count": {rng.getrandbits(12)}}}\n'
    return f"{rng.getrandbits(12):6d}  {pick(rng, words.VERBS)} {path(rng)} ({rng.getrandbits(10)} ms)\n"


def _command(rng: Random) -> str:
    kind = rng.getrandbits(3)
    if kind < 2:
        return f"rg -n '{name(rng)}' {path(rng)} | head -{rng.getrandbits(6) + 1}"
    if kind < 4:
        return f"sed -n '{rng.getrandbits(7)},{rng.getrandbits(9) + 130}p' {path(rng)}"
    if kind < 6:
        return f"python -m pytest {path(rng)} -k {name(rng)} -q"
    if kind == 6:
        return f'git log --oneline -{rng.getrandbits(4) + 1} -- "{path(rng)}"'
    return f'for f in {path(rng)}; do\n  wc -l "$f"\ndone'
