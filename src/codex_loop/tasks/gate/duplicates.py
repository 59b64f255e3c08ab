"""The same repair is one task, however often it was made; requests that read alike are not independent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from codex_loop.tasks.gate import solution
from codex_loop.tasks.gate.check import Check, failed, passed, warned
from codex_loop.tasks.gate.folder import gold

ALIKE = 0.9
_SHINGLE = 3


class Request(NamedTuple):
    """What of a task is compared."""

    path: Path
    name: str
    gold: str | None
    words: frozenset[tuple[str, ...]]


def request(path: Path, name: str, instruction: str) -> Request:
    patch = gold(path)
    words = re.findall(r"\w+", instruction.lower())
    size = min(_SHINGLE, len(words)) or 1
    shingles = frozenset(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
    return Request(path, name, None if patch is None else solution.key(patch), shingles)


def look(requests: Sequence[Request], known: Mapping[str, str] | None = None) -> Iterator[tuple[Path, Check]]:
    """One check per task, in this order: the first of several with one solution stays.

    `known` names a task for each solution that is there already.
    """
    golds = dict(known or {})
    seen: list[Request] = []
    for each in requests:
        yield each.path, _against(each, golds, seen)
        if each.gold is not None:
            golds.setdefault(each.gold, each.name)
        seen.append(each)


def _against(request: Request, golds: Mapping[str, str], seen: Sequence[Request]) -> Check:
    same = golds.get(request.gold or "")
    if same is not None and same != request.name:
        return failed("duplicates", f"its solution is that of {same}; one of them is enough", task=same)
    alike = [(share, other.name) for other in seen if (share := _share(request.words, other.words)) > ALIKE]
    if alike:
        share, other = max(alike)
        return warned(
            "duplicates",
            f"its instruction reads like that of {other} ({share:.0%}); they are not independent",
            task=other,
            share=round(share, 3),
        )
    return passed("duplicates", "no other task has its solution, none reads alike", compared=len(seen))


def _share(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0
