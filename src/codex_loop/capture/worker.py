"""One task: some new bytes of one file become one batch. Runs in this process or in a spawned one.

Nothing here touches the store. The main process gives a task the cursor as it is, and applies the batch that comes
back only if the cursor is still there.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from contextlib import suppress
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Any

import msgspec
import zstandard

from codex_loop.capture.counting.base import Counted, Counter
from codex_loop.capture.files import Look, Mark, Oversize, Rewritten, look, read_document
from codex_loop.capture.secrets import edges, told_path, without_secrets, without_secrets_in
from codex_loop.model.keys import key, session_key
from codex_loop.sources.base import OVERSIZE
from codex_loop.store.batch import Batch, Row

ACCOUNTING_BLOCK = 256 << 10
"""Small enough to be decoded from the processor's cache: reading and decoding takes a quarter less than by 2 MiB."""
FULL_BLOCK = 1 << 20
LENGTH = Struct("<Q")
"""Comes before each message between processes."""


class Task(msgspec.Struct, frozen=True, array_like=True):
    """What to read, from where, with what was remembered."""

    source_id: int
    lane: str
    source: str
    agent: str
    host: str
    path: str
    unit: str
    mark: Mark
    state: bytes
    budget: int
    """Bytes after which to stop; the rest is another task."""
    key_file: str
    now_ms: int
    line_sum: int = 0
    """Sum of the keys of the lines before the mark, and the version of the source that made them."""
    decoder: int = 0
    """0 where the lines before the mark were read in this very run and need no proof."""


class Outcome(msgspec.Struct, array_like=True):
    """A batch, or why there is none."""

    task: Task
    batch: Batch | None = None
    mark: Mark = Mark()
    done: bool = True
    """False when the budget ended before the file did."""
    rewritten: str | None = None
    unreadable: str | None = None
    nanoseconds: int = 0


COUNTERS = {
    "codex-rollout": "codex_loop.capture.counting.codex:CodexCounter",
    "claude-transcript": "codex_loop.capture.counting.claude:ClaudeCounter",
}


@cache
def counter_for(source: str) -> Counter:
    return _load(COUNTERS[source])()  # type: ignore[no-any-return]


@cache
def _load(target: str) -> Any:
    from importlib import import_module

    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def work(tasks: list[Task]) -> list[Outcome]:
    """A bundle of tasks; the entry point of a spawned process."""
    return [run(task) for task in tasks]


def serve() -> None:
    """A worker process: bundles from the standard input, outcomes to the standard output, until there are no more."""
    gc.disable()  # for the reason that `ingest` does without it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it decides when it ends
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not print among the answers
    questions = os.fdopen(0, "rb", closefd=False)
    with suppress(OSError):
        while head := questions.read(LENGTH.size):
            tasks = pickle.loads(questions.read(LENGTH.unpack(head)[0]))  # noqa: S301 - our own process asks
            answers.write(framed(work(tasks)))
            answers.flush()
    os._exit(0)  # nothing here needs to be put in order


def framed(content: object) -> bytes:
    data = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def run(task: Task) -> Outcome:
    """Read, decode and pack one task. Never raises for what is wrong with the file."""
    try:
        if task.unit == "document":
            return _document(task)
        with look(Path(task.path), task.unit, task.mark) as looked:
            if task.lane == "accounting":
                return _account(task, looked)
            return _record(task, looked)
    except Rewritten as change:
        return Outcome(task, rewritten=str(change))
    except OSError as error:
        return Outcome(task, unreadable=error.strerror or str(error))
    except zstandard.ZstdError as error:
        return Outcome(task, unreadable=f"its compression is damaged: {error}")


def _account(task: Task, looked: Look) -> Outcome:
    counter = counter_for(task.source)
    state = msgspec.msgpack.decode(task.state, type=counter.state) if task.state else counter.state()
    total = Counted()
    quarantine: list[Row] = []
    name = told_path(task.key_file, task.path)
    position, taken, done = task.mark.position, 0, True
    for block in looked.blocks(ACCOUNTING_BLOCK):
        for line in block.oversize:
            quarantine.append(oversize_row(task, line))
            total.lines += 1
        if block.data:
            counted = counter.count(state, name, block.data, block.start)
            _extend(total, counted)
            quarantine += [reject_row(task, at, block.data, block.start, why) for at, why in counted.rejected]
        position = block.end
        taken += position - block.start
        if taken >= task.budget:
            done = False
            break
    mark = looked.mark(position)
    batch = Batch(
        source_id=task.source_id,
        lane=task.lane,
        start=task.mark.position,
        end=position,
        read=total.lines,
        rejected=len(quarantine),
        seen_size=looked.size if done else -1,
        seen_mtime_ns=looked.mtime_ns,
        state=msgspec.msgpack.encode(without_secrets_in(task.key_file, state, counter.state)),
        decoder=counter.version,
    )
    set_mark(batch, mark)
    _fill_ledger(batch, task, total, quarantine)
    return Outcome(task, batch, mark, done)


def set_mark(batch: Batch, mark: Mark) -> None:
    batch.tail_length, batch.tail_key = mark.tail_length, mark.tail_key
    batch.head_length, batch.head_key = mark.head_length, mark.head_key


def _extend(total: Counted, more: Counted) -> None:
    total.lines += more.lines
    total.sessions += more.sessions
    total.usages += more.usages
    total.limits += more.limits
    total.totals += more.totals


def _fill_ledger(batch: Batch, task: Task, total: Counted, quarantine: list[Row]) -> None:
    from codex_loop.capture import rows

    agent, host, source_id = task.agent, task.host, task.source_id
    plain = partial(without_secrets, task.key_file)
    batch.rows = {
        "sessions": rows.ledger_sessions(agent, host, total, plain),
        "usage_events": [rows.usage_row(agent, usage, source_id, plain) for usage in total.usages],
        "limit_samples": [rows.limit_row(agent, host, limit, source_id, plain) for limit in total.limits],
        "agent_totals": [
            rows.totals_row(session_key(agent, ended.session), ended, source_id, plain) for ended in total.totals
        ],
        "quarantine": quarantine,
    }
    if total.sessions:
        first = total.sessions[0]
        batch.session_key = session_key(agent, first.session)
        batch.born_ms = first.started_ms
        batch.agent_version = plain(first.agent_version)


def _record(task: Task, looked: Look) -> Outcome:
    from codex_loop.capture.recording import Recording, line_sum

    recording = Recording(task)
    if 0 < task.mark.position == looked.size and task.decoder == recording.source.version:
        # Written, yet no longer: a line in its middle may have been replaced by one of the same length.
        with look(Path(task.path), task.unit, Mark()) as whole:
            if line_sum(recording.source, recording.path, whole.blocks(FULL_BLOCK), looked.size) != task.line_sum:
                raise Rewritten("its middle is different")
    position, taken, done = task.mark.position, 0, True
    for block in looked.blocks(FULL_BLOCK):
        recording.take(block)
        position = block.end
        taken += position - block.start
        if taken >= task.budget:
            done = False
            break
    mark = looked.mark(position)
    batch = recording.batch(position, mark)
    batch.seen_size, batch.seen_mtime_ns = (looked.size if done else -1), looked.mtime_ns
    return Outcome(task, batch, mark, done)


def _document(task: Task) -> Outcome:
    """A file that is one object: read whole, or rejected whole when it is larger than a line may be."""
    from codex_loop.capture.recording import Recording

    document = read_document(Path(task.path))
    size = document.size
    recording = Recording(task)
    if document.oversize is not None:
        recording.reject(oversize_row(task, document.oversize))
    elif document.content:
        recording.take_document(document.content)
    batch = recording.batch(size, Mark(size))
    batch.seen_size, batch.seen_mtime_ns = size, document.mtime_ns
    return Outcome(task, batch, Mark(size))


def reject_row(task: Task, offset: int, data: bytes, start: int, reason: str) -> Row:
    """The quarantine's row for a bad line of a block that begins at `start`."""
    begin = offset - start
    end = data.find(b"\n", begin)
    return quarantine_row(task, offset, data[begin : end if end >= 0 else len(data)], reason)


def quarantine_row(task: Task, offset: int, line: bytes, reason: str) -> Row:
    return _row(task, offset, len(line), reason, sha256(line).hexdigest(), line, line)


def oversize_row(task: Task, line: Oversize) -> Row:
    reason = f"oversize: longer than {OVERSIZE >> 20} MiB"
    return _row(task, line.offset, line.length, reason, line.digest, line.head, line.tail)


def _row(task: Task, offset: int, length: int, reason: str, digest: str, begin: bytes, end: bytes) -> Row:
    head, tail = edges(task.key_file, begin, end)
    return (
        key("quarantine", task.source_id, task.lane, offset),
        task.lane,
        length,
        reason,
        digest,
        head,
        tail,
        task.now_ms,
        task.source_id,
        offset,
    )
