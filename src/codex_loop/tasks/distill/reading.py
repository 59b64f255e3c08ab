"""A session read for distilling, from the store or from a bundle, with the context that stands before a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from codex_loop.capture.transcript import transcript
from codex_loop.store.engine import Database
from codex_loop.store.places import Place
from codex_loop.tasks.atif.convert import convert
from codex_loop.tasks.atif.document import Trajectory
from codex_loop.tasks.atif.older import as_1_4
from codex_loop.tasks.bundle.recording import RANK, Recording, from_store
from codex_loop.tasks.distill.story import Story, story

LARGEST_SEED = 4_000_000
"""A longer beginning is no context for a task; the requests before it are told instead."""
_SEED = "trajectory.json"


class Session(NamedTuple):
    """What a session tells, and how to get at its beginning."""

    story: Story
    places: Mapping[tuple[int, int], int]
    """The line that stands at this offset of this file of the store."""
    context: Callable[[int], bytes | None]
    """What was said before this line as a trajectory that an agent can go on from; None where nothing was."""


def of_store(database: Database, place: Place) -> Session:
    """The session from the archive. Of several kinds of files the one counts that tells the conversation."""
    lines = transcript(database, place)
    kinds = sorted({line.file.source for line in lines if line.records}, key=_rank)
    telling = [line for line in lines if line.file.source in kinds[:1] or not line.records]
    return Session(
        story=story(place.agent, place.native_id, telling),
        places={(line.file.source_id, line.offset): line.seq for line in lines},
        context=lambda first: before(from_store(database, place), first),
    )


def of_recording(recording: Recording) -> Session:
    """The session of a bundle."""
    lines = sorted((line for file in recording.speaking() for line in file.lines), key=lambda line: line.seq)
    return Session(
        story=story(recording.agent, recording.native_id, lines),
        places={},
        context=lambda first: before(recording, first),
    )


def _rank(source: str) -> tuple[int, str]:
    return (RANK.index(source) if source in RANK else len(RANK), source)


def before(recording: Recording, first: int) -> bytes | None:
    """The lines before this one as ATIF 1.4, which every Harbor reads, without the sessions that it started."""
    files = tuple(
        file._replace(lines=tuple(line for line in file.lines if line.seq < first), whole=())
        for file in recording.files
    )
    made = convert(recording._replace(files=files, children=()), lambda _: None)
    if made is None or not any(step.source == "agent" for step in made.trajectory.steps):
        return None
    document: Trajectory = as_1_4(_SEED, made.trajectory)[_SEED]
    seed = msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"
    return seed if len(seed) <= LARGEST_SEED else None
