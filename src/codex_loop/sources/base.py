"""The door every source comes through.

A source finds its files below the agents' homes, recognises them, tells lines apart (`identify`, on raw bytes) and
decodes lines into records (`decode`, on redacted bytes). It keeps what it must remember between two looks in a
small Struct that capture stores beside the cursor, in the same transaction as the rows. A source never opens the
store, never redacts, never counts tokens, and never raises on bad input.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from codex_loop.model.records import AnyRecord

OVERSIZE = 16 * 1024 * 1024
"""A longer line is never decoded: it is rejected with its hash, head and tail."""


class Homes(NamedTuple):
    """Where to look. Several of each are allowed; the order does not matter."""

    codex: tuple[Path, ...] = ()
    claude: tuple[Path, ...] = ()
    extra: tuple[Path, ...] = ()
    """Further files or folders named by the user (stream files, trace directories)."""
    data: tuple[Path, ...] = ()
    """Our own data folder: `samples/` by the sampler, `inbox/` by the hooks."""


class Found(NamedTuple):
    """A file some source claims. `unit` says how it is read."""

    path: Path
    source: str
    unit: str = "lines"
    """`lines` (append-only JSON lines), `document` (one JSON object), `zstd` (compressed lines); `folder` for one that
    is there but cannot be looked into, so that somebody is told."""


class Line(NamedTuple):
    offset: int
    data: bytes
    """Without its newline, carriage return or byte order mark."""


class Reject(msgspec.Struct, frozen=True):
    """A line that cannot be decoded: kept by hash, position and reason, so that nothing is silently dropped."""

    offset: int
    reason: str


class Decoded(msgspec.Struct):
    """What came out of some lines, in line order."""

    records: list[AnyRecord] = msgspec.field(default_factory=list)
    rejects: list[Reject] = msgspec.field(default_factory=list)
    version: str | None = None
    """The agent version the lines were written by, as last seen."""


class Source(Protocol):
    """One foreign format."""

    name: str
    """Stored with every file, e.g. `codex-rollout`."""
    agent: str
    """An open string: `codex`, `claude`, or whatever a plug-in brings."""
    version: int
    """Raise it when decoding changes: `codex-loop rebuild` re-decodes what an older version decoded."""

    @property
    def state(self) -> type[msgspec.Struct]:
        """What is remembered between two looks; must have defaults for every field and survive msgpack."""
        ...

    def discover(self, homes: Homes) -> Iterator[Found]:
        """Files of this format, cheaply (by place and name). Unreadable folders are told, never fatal."""
        ...

    def fingerprint(self, path: Path, head: bytes) -> bool:
        """True if a file the user named by hand, beginning with `head`, is of this format."""
        ...

    def identify(self, state: Any, path: str, lines: Sequence[bytes]) -> list[int]:
        """A key for each RAW line, by which copies of it elsewhere are recognised. Updates `state`."""
        ...

    def decode(self, state: Any, path: str, lines: Sequence[Line]) -> Decoded:
        """Records of the lines, in order; any split of a file into calls gives the same records. Updates `state`."""
        ...
