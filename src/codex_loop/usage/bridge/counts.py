"""Tokens of a period side by side: what another tool told, what our ledger holds, and what is peculiar about ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from codex_loop.sources.ccusage import Tokens
from codex_loop.usage.bridge.unseen import Unseen


class Counts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """In the keys of ccusage: `inputTokens` leaves out the cache. Null: not told."""

    input_tokens: int | None
    cache_read_tokens: int | None
    cache_creation_tokens: int | None
    output_tokens: int | None
    total_tokens: int

    def plus(self, other: Counts) -> Counts:
        """The sum; a kind that one of the two does not tell is not told."""
        return Counts(
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            cache_read_tokens=_sum(self.cache_read_tokens, other.cache_read_tokens),
            cache_creation_tokens=_sum(self.cache_creation_tokens, other.cache_creation_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
            total_tokens=self.total_tokens + other.total_tokens,
        )

    def agrees(self, ours: Counts) -> bool:
        """Whether everything that is told here is what our ledger says."""
        # Who knows no tokens written to the cache has them in the input.
        expected = ours.input_tokens
        if self.cache_creation_tokens is None:
            expected = _sum(ours.input_tokens, ours.cache_creation_tokens)
        pairs = (
            (self.input_tokens, expected),
            (self.cache_read_tokens, ours.cache_read_tokens),
            (self.cache_creation_tokens, ours.cache_creation_tokens),
            (self.output_tokens, ours.output_tokens),
            (self.total_tokens, ours.total_tokens),
        )
        return all(told is None or told == known for told, known in pairs)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the ledger's tokens, and what may make others count them otherwise."""

    time_ms: int | None
    agent: str
    session: str
    """The id of the root: a Claude subagent counts in its session."""
    child: str | None = None
    """The id of that subagent."""
    counts: Counts
    recorded: bool = False
    unnamed: bool = False
    orphan: bool = False
    branch: bool = False
    """It is of a fork or subagent of Codex."""
    old: bool = False
    """Told by a Claude Code that copies history without request ids when a session is resumed."""
    aside: bool = False
    """Side conversations, which may replay its messages, stand in the session's own file."""
    copied: bool = False
    """A copy of the session lies in the archive folder, too."""
    twins: int = 0
    """Tokens of other sessions at the very same moment and with the same numbers (the entry itself has none)."""
    unseen: Unseen | None = None
    """Why others do not see the file it stands in."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger's tokens of one period and agent, and how many of them are of each peculiar kind."""

    counts: Counts
    recorded: int = 0
    unnamed: int = 0
    orphan: int = 0
    branch: int = 0
    old: int = 0
    aside: int = 0
    copied: int = 0
    twins: int = 0
    compressed: int = 0
    linked: int = 0
    spaced: int = 0

    @classmethod
    def of(cls, entry: Entry) -> Share:
        total = entry.counts.total_tokens
        return cls(
            counts=entry.counts,
            recorded=total * entry.recorded,
            unnamed=total * entry.unnamed,
            orphan=total * entry.orphan,
            branch=total * entry.branch,
            old=total * entry.old,
            aside=total * entry.aside,
            copied=total * entry.copied,
            twins=entry.twins,
            compressed=total * (entry.unseen == "compressed"),
            linked=total * (entry.unseen == "symlink"),
            spaced=total * (entry.unseen == "spaced"),
        )

    def plus(self, entry: Entry) -> Share:
        other = Share.of(entry)
        return Share(
            counts=self.counts.plus(other.counts),
            recorded=self.recorded + other.recorded,
            unnamed=self.unnamed + other.unnamed,
            orphan=self.orphan + other.orphan,
            branch=self.branch + other.branch,
            old=self.old + other.old,
            aside=self.aside + other.aside,
            copied=self.copied + other.copied,
            twins=self.twins + other.twins,
            compressed=self.compressed + other.compressed,
            linked=self.linked + other.linked,
            spaced=self.spaced + other.spaced,
        )


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """Our ledger as it is compared with: every entry, the calendar of the comparison, and what else is known."""

    entries: tuple[Entry, ...]
    day_of: Callable[[int], str]
    other_zones: Mapping[str, Callable[[int], str]] = {}
    """Calendars that the other side may have used instead, by name."""
    read_until_ms: int | None = None
    """When the agents' files were last looked at."""
    just_made: bool = False
    """The report was made after that: it cannot be older than what was read."""


def told_counts(tokens: Tokens) -> Counts | None:
    """What a report tells of its tokens; None when it does not even tell their total."""
    if tokens.total is None:
        return None
    return Counts(
        input_tokens=tokens.input,
        cache_read_tokens=tokens.cache_read,
        cache_creation_tokens=tokens.cache_write,
        output_tokens=tokens.output,
        total_tokens=tokens.total,
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
