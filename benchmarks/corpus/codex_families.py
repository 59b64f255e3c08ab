"""How Codex threads become files: forks, subagents, copies, reverts, and damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from benchmarks.corpus.codex_lines import GENERATIONS, Generation
from benchmarks.corpus.codex_threads import Checkpoint, Thread
from benchmarks.corpus.draw import file_stamp, stamp, uuid4
from benchmarks.corpus.text import Pools
from benchmarks.corpus.truth import Ledger, SessionTruth

BY_VERSION = {gen.version: gen for gen in GENERATIONS}


class File(NamedTuple):
    agent: str
    path: str
    data: bytes
    copy: bool = False  # the bytes of another file


class Making(NamedTuple):
    """All that a family needs to be made."""

    ledger: Ledger
    pools: Pools
    rng: Random
    started_ms: int
    size: int  # wanted bytes of each file


def _thread(make: Making, gen: Generation, truth: SessionTruth, later_ms: int = 0) -> Thread:
    return Thread(gen, truth, make.pools, make.rng, make.started_ms + later_ms)


def _open(make: Making, gen: Generation, later_ms: int = 0, *, kind: str = "root", of: Thread | None = None) -> Thread:
    """A thread with its own place in the truth."""
    blank = SessionTruth("codex", kind, "")
    thread = _thread(make, gen, blank, later_ms)
    parent = of.ident.decode() if of else None
    family = of.truth.family if of else None
    thread.truth = make.ledger.session("codex", thread.ident.decode(), kind=kind, family=family, parent=parent)
    return thread


def _file(thread: Thread, *, suffix: bytes = b"", torn: bytes = b"", first_line: int = 0) -> File:
    when = file_stamp(thread.started_ms)
    name = f"rollout-{when}-{(thread.ident + suffix).decode()}.jsonl"
    return File("codex", f"sessions/{when[:10].replace('-', '/')}/{name}", b"".join(thread.lines[first_line:]) + torn)


def plain(make: Making, gen: Generation) -> Iterator[File]:
    thread = _open(make, gen)
    thread.start()
    thread.run_until(make.size)
    yield _file(thread)


def archived(make: Making, gen: Generation) -> Iterator[File]:
    """The same bytes under both roots."""
    for file in plain(make, gen):
        yield file
        yield file._replace(path=f"archived_sessions/{file.path.rsplit('/', 1)[1]}", copy=True)


def torn(make: Making, gen: Generation) -> Iterator[File]:
    """The writer is in the middle of a line that would carry tokens."""
    thread = _open(make, gen)
    thread.start()
    thread.run_until(make.size)
    thread.repeat_count()
    yield _file(thread, torn=thread.lines.pop()[:-40])


def mended(make: Making, gen: Generation) -> Iterator[File]:
    """A torn line was ended with a newline by a later run: one bad line in the middle."""
    thread = _open(make, gen)
    thread.start()
    thread.run_until(make.size // 2)
    thread.repeat_count()
    thread.keep(thread.lines.pop()[:-40] + b"\n")
    thread.run_until(make.size)
    make.ledger.files["codex"].bad_lines += 1
    yield _file(thread)


def reset(make: Making, _: Generation) -> Iterator[File]:
    """0.63 begins its running totals again when a session is resumed."""
    thread = _open(make, BY_VERSION[b"0.63.0"])
    thread.start()
    for part in (1, 2, 3):
        thread.run_until(make.size * part // 3)
        thread.resume_from_zero()
    thread.run_turn(make.size * 2)
    yield _file(thread)


def killed(make: Making, _: Generation) -> Iterator[File]:
    """0.169 dies between a usage record and its token_count."""
    thread = _open(make, BY_VERSION[b"0.169.0"])
    thread.start()
    thread.run_until(make.size)
    thread.killed_after_record()
    yield _file(thread)


def subagent(make: Making, gen: Generation) -> Iterator[File]:
    """A child with its own counters, beside the parent's."""
    gen = gen if gen.turn_ids else BY_VERSION[b"0.120.0"]
    parent = _open(make, gen)
    parent.start()
    parent.run_until(make.size)
    yield _file(parent)
    child = _open(make, gen, 61_000, kind="subagent", of=parent)
    spawn = b'"parent_thread_id":"%b","depth":1,"agent_nickname":"Boyle","agent_role":"default"' % parent.ident
    links = b'"parent_thread_id":"%b","source":{"subagent":{"thread_spawn":{%b}}},' % (parent.ident, spawn)
    child.start(links, root=parent.ident)
    child.run_until(make.size)
    yield _file(child)


def _halfway(thread: Thread) -> Checkpoint:
    return thread.checkpoints[len(thread.checkpoints) // 2]


def _base(thread: Thread, at: Checkpoint) -> bytes:
    base = b'"history_base":{"thread_id":"%b","end_ordinal_exclusive":%d,"end_byte_offset":%d},'
    return base % (thread.ident, at.ordinal, at.bytes)


def history_fork(make: Making, _: Generation) -> Iterator[File]:
    """0.169: the child points into the parent's file and inherits its running totals."""
    parent = _open(make, BY_VERSION[b"0.169.0"])
    parent.start()
    parent.run_until(make.size)
    yield _file(parent)
    at = _halfway(parent)
    child = _open(make, parent.gen, 7_200_000, kind="fork", of=parent)
    child.branch(at)
    child.ordinal = at.ordinal
    links = b'"forked_from_id":"%b","forked_from_ordinal_exclusive":%d,%b' % (
        parent.ident,
        at.ordinal,
        _base(parent, at),
    )
    child.start(links)
    child.run_until(make.size)
    yield _file(child)


def revert(make: Making, _: Generation) -> Iterator[File]:
    """0.169: the same thread goes on in a second file from an earlier point; what was spent stays spent."""
    thread = _open(make, BY_VERSION[b"0.169.0"])
    thread.start()
    thread.run_until(make.size)
    yield _file(thread)
    at, first_line = _halfway(thread), len(thread.lines)
    thread.branch(at)
    thread.ordinal = at.ordinal
    thread.started_ms = thread.time.ms
    thread.start(_base(thread, at))
    thread.run_until(thread.bytes + make.size)
    yield _file(thread, suffix=b"_" + uuid4(make.rng), first_line=first_line)


def _replay(child: Thread, parent: Thread, at: Checkpoint, restamped: bool) -> None:
    """Old forks: the child's file begins with the parent's lines."""
    child.start(b'"forked_from_id":"%b",' % parent.ident)
    head = len(b'{"timestamp":"')
    for line in parent.lines[: at.lines]:
        if restamped:
            child.time.advance(child.rng, 2)
            child.keep(line[:head] + stamp(child.time.ms) + line[head + 24 :])
        else:
            child.keep(line)
    child.branch(at)


def _replay_fork(make: Making, gen: Generation, restamped: bool) -> Iterator[File]:
    gen = BY_VERSION[b"0.92.0"] if gen.modern else gen
    parent = _open(make, gen)
    parent.start()
    parent.run_until(make.size)
    yield _file(parent)
    later = parent.time.ms - parent.started_ms + 3_600_000
    child = _open(make, gen, later, kind="fork", of=parent)
    _replay(child, parent, _halfway(parent), restamped)
    child.run_until(child.bytes + make.size // 2)
    yield _file(child)


def replayed_fork(make: Making, gen: Generation) -> Iterator[File]:
    return _replay_fork(make, gen, restamped=False)


def restamped_fork(make: Making, gen: Generation) -> Iterator[File]:
    return _replay_fork(make, gen, restamped=True)


def orphans(make: Making, gen: Generation) -> Iterator[File]:
    """Two forks of a thread whose own file is gone: the older fork owns what they share."""
    gen = BY_VERSION[b"0.92.0"] if gen.modern else gen
    shared = _thread(make, gen, SessionTruth("codex", "root", ""))
    shared.start()
    shared.run_until(make.size // 2)
    gone = shared.ident.decode()
    later = shared.time.ms - shared.started_ms
    for place, wait_ms in enumerate((3_600_000, 9_000_000)):
        fork = _thread(make, gen, SessionTruth("codex", "fork", ""), later + wait_ms)
        fork.truth = make.ledger.session("codex", fork.ident.decode(), kind="fork", family=gone, parent=gone)
        if place == 0:
            fork.truth.take_over(shared.truth)
        _replay(fork, shared, shared.checkpoints[-1], restamped=False)
        fork.run_until(fork.bytes + make.size // 2)
        yield _file(fork)


Family = Callable[[Making, Generation], Iterator[File]]

# Every counter agrees on these; the others are where counters go wrong.
UNDISPUTED: tuple[Family, ...] = (history_fork, subagent, reset)
DISPUTED: tuple[Family, ...] = (replayed_fork, restamped_fork, orphans, archived, revert, killed, torn, mended)
