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
from pathlib import Path
from struct import Struct

import zstandard

from codex_loop.capture.files import Rewritten, look
from codex_loop.capture.task import Outcome, Task

LENGTH = Struct("<Q")
"""Comes before each message between processes."""


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
            outcomes = work(tasks)
            for outcome in outcomes:
                if outcome.batch is not None and not outcome.batch.line_keys:
                    outcome.batch.pack()
            answers.write(framed(outcomes))
            answers.flush()
    os._exit(0)  # nothing here needs to be put in order


def framed(content: object) -> bytes:
    data = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def run(task: Task) -> Outcome:
    """Read, decode and pack one task. Never raises for what is wrong with the file."""
    try:
        return _read(task)
    except Rewritten as change:
        return Outcome(task, rewritten=str(change))
    except OSError as error:
        return Outcome(task, unreadable=error.strerror or str(error))
    except zstandard.ZstdError as error:
        return Outcome(task, unreadable=f"its compression is damaged: {error}")


def _read(task: Task) -> Outcome:
    # Each lane is imported when it first has work: a process that only counts loads no rules and no decoders.
    if task.lane == "accounting":
        from codex_loop.capture.accounting import account

        with look(Path(task.path), task.unit, task.mark) as looked:
            return account(task, looked)
    from codex_loop.capture.recording import record, record_document

    if task.unit == "document":
        return record_document(task)
    with look(Path(task.path), task.unit, task.mark) as looked:
        return record(task, looked)
