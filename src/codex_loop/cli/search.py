"""`codex-loop search TEXT`: where something was said."""

from collections.abc import Iterator, Sequence
from typing import Literal

from codex_loop.cli.moments import beginning, when
from codex_loop.cli.render import at_most, counted, page_width, show, style
from codex_loop.cli.width import clean, cut, width_of
from codex_loop.clock import now_ms
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store import search as store
from codex_loop.store.engine import open_for_reading

SCREEN = 20
_INDENT = "          "


def search(
    text: str,
    /,
    *,
    agent: str | None = None,
    since: str | None = None,
    kind: Literal["prompt", "answer", "command"] | None = None,
    limit: int | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Find words in prompts, answers and commands.

    The latest place comes first. All words must occur; "words in quotes" stand next to each other. A word also finds
    longer ones that it begins. Capitals and accents do not matter; other signs are not searched.

    Examples:
        codex-loop search timeout
        codex-loop search src/login.py --kind command
        codex-loop search migration --agent claude --since 30d

    Args:
        text: The words.
        agent: Only sessions of this agent: codex, claude, or another one's name.
        since: Only what was said since then: 2026-11-20, 2026-11-20T14:00, 24h, 7d, today, yesterday.
        kind: Only prompts, only answers, or only commands.
        limit: At most so many; 0 means all. By default the table shows 20, JSON all.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    asked = store.terms(text)
    most = at_most(limit, SCREEN, json=json)
    with open_for_reading(load({"db": db}).db) as database:
        report = store.search(database, text, agent=agent, since_ms=beginning(since, "--since"), kind=kind, limit=most)
    show(report, lambda hits: _draw(hits, [term.words[0] for term in asked]), schema="search", as_json=json)
    return Exit.OK


def _draw(report: store.Hits, words: Sequence[str]) -> Iterator[str]:
    if not report.hits:
        yield "nothing found"
        return
    now = now_ms()
    for hit in report.hits:
        about = " · ".join(filter(None, (when(hit.at, now), hit.kind, hit.repo, hit.title)))
        yield cut(f"{style(hit.short_id, 'bold')}  {clean(' '.join(about.split()))}", page_width())
        yield _INDENT + _around(hit.text, words, page_width() - len(_INDENT))
        if not hit.in_text:
            yield style(f"{_INDENT}(the words come later in this text)", "dim")
    yield ""
    shown = len(report.hits)
    found = counted(report.matched, "place")
    yield found if shown == report.matched else f"{shown} of {found}; --limit 0 shows all"


def _around(text: str, words: Sequence[str], room: int) -> str:
    """As much of the text as fits, with the first of the words in it."""
    line = clean(" ".join(text.split()))
    at = min((place for word in words if (place := line.lower().find(word)) >= 0), default=0)
    if width_of(line) > room and at > room // 2:
        line = "…" + line[at - room // 3 :]
    return cut(line, room)
