"""Which sessions a corpus of a given size holds, and the one pass that writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple, Protocol, TypeVar

from benchmarks.corpus import claude_families, codex_families
from benchmarks.corpus.claude_lines import VERSIONS
from benchmarks.corpus.codex_families import File, Making
from benchmarks.corpus.codex_lines import GENERATIONS
from benchmarks.corpus.draw import Sizes
from benchmarks.corpus.text import MB, pools
from benchmarks.corpus.truth import DAY_MS, Ledger

# Files and bytes of the measured corpus that all published figures refer to.
CODEX_SHARE = 0.70
FILES_PER_GB = {"codex": 1512 / 1.4, "claude": 495 / 0.6}
FEWEST_FILES = {"codex": 30, "claude": 16}
ROUND = 64  # every so many files, each kind of family occurs once

FIRST_DAY_MS = 1_788_220_800_000  # 2026-09-01
DAYS = 80
SESSION_WEIGHT = Sizes(620, 1.05, 3600)


class Dialect(Protocol):
    """A version of an agent with its share of the files."""

    @property
    def share(self) -> float: ...


D = TypeVar("D", bound=Dialect)


class Agent(NamedTuple):
    name: str
    bytes: int
    files: int


def write_corpus(
    out: Path, mb: int, seed: int, undisputed: bool = False, files: dict[str, int] | None = None
) -> Ledger:
    """Write the tree below `out`; the same arguments give the same bytes. `files` overrides the usual number."""
    ledger, rng = Ledger(), Random(seed)
    text = pools(rng, mb * MB)
    ledger.secrets = text.secrets
    whole = mb * MB
    shares = {"codex": int(whole * CODEX_SHARE), "claude": whole - int(whole * CODEX_SHARE)}
    for name, size in shares.items():
        usual = max(FEWEST_FILES[name], round(FILES_PER_GB[name] * size / 1e9))
        agent = Agent(name, size, (files or {}).get(name, usual))
        make = Making(ledger, text, rng, 0, 0)
        for file in _files(agent, make, undisputed):
            _store(out, file, ledger)
    return ledger


def _files(agent: Agent, make: Making, undisputed: bool) -> Iterator[File]:
    if agent.name == "codex":
        codex = codex_families
        odd = codex.UNDISPUTED if undisputed else codex.UNDISPUTED + codex.DISPUTED
        return _families(agent, make, GENERATIONS, codex.plain, odd)
    claude = claude_families
    rare = claude.UNDISPUTED if undisputed else claude.UNDISPUTED + claude.DISPUTED
    return _families(agent, make, VERSIONS, claude.plain, rare)


def _families(
    agent: Agent,
    make: Making,
    dialects: Sequence[D],
    plain: Callable[[Making, D], Iterator[File]],
    odd: Sequence[Callable[[Making, D], Iterator[File]]],
) -> Iterator[File]:
    """Families until the files are used up; each takes its share of the bytes that are left."""
    rng, done, left, turn = make.rng, 0, agent.bytes, 0
    weights = [1 + SESSION_WEIGHT.draw(rng) for _ in range(agent.files + 1)]
    open_weight = sum(weights)
    while done < agent.files:
        family = odd[turn % ROUND] if turn % ROUND < len(odd) else plain
        started = FIRST_DAY_MS + int(rng.random() * DAYS * DAY_MS)
        size = max(1500, int(left * weights[done] / open_weight))
        made = list(family(make._replace(started_ms=started, size=size), _dialect(dialects, rng)))
        open_weight -= sum(weights[done : done + len(made)])
        done += len(made)
        left = max(0, left - sum(len(file.data) for file in made))
        turn += 1
        yield from made


def _dialect(dialects: Sequence[D], rng: Random) -> D:
    point = rng.random()
    for dialect in dialects:
        point -= dialect.share
        if point < 0:
            return dialect
    return dialects[-1]


def _store(out: Path, file: File, ledger: Ledger) -> None:
    path = out / file.agent / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.data)
    counts = ledger.files[file.agent]
    counts.files += 1
    counts.bytes += len(file.data)
    counts.lines += file.data.count(b"\n")
    counts.torn_files += not file.data.endswith(b"\n")
    counts.copied_files += file.copy
    if file.agent == "codex":
        counts.usage_lines += file.data.count(b'{"type":"token_count"') + file.data.count(
            b'"type":"token_usage_record"'
        )
    else:
        counts.usage_lines += file.data.count(b'"type":"assistant","uuid"')
