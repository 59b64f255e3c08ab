"""Many processes for many files: bundles of tasks out, outcomes back, to the one process that writes.

The process that writes is one of them: while no outcome waits to be stored it works on a bundle itself, unless storing
what is still to come will keep it busy for longer than the others will read.

The others are plain interpreters that read tasks from their standard input until it ends, so they end when the ingest
that started them ends, however it does. Pools of `multiprocessing` took 50 MB more for the same work, measured: they
start one more process to keep track of things, and each process imports all of them.
"""

from __future__ import annotations

import pickle
import sys
from collections import deque
from contextlib import suppress
from queue import SimpleQueue
from subprocess import PIPE, Popen
from threading import Thread
from typing import Protocol

from codex_loop.capture.task import Outcome, Task
from codex_loop.capture.worker import LENGTH, framed

_AHEAD = 8
"""Bundles a worker has at most: enough to go on while this process stores, and few enough that memory stays bounded."""

# What `cli.app` does to import msgspec in half the time: see there.
_START = (
    "import sys; sys.path[:] = {path}; sys.modules['typing_extensions'] = None; import msgspec;"
    " del sys.modules['typing_extensions']; from codex_loop.capture.worker import serve; serve()"
)

_Answers = SimpleQueue[tuple["_Worker", bytes | None]]


class _Worker:
    """One process, the bundles it was given and has not answered, and a thread that waits for its answers."""

    def __init__(self, answers: _Answers) -> None:
        command = [sys.executable, "-c", _START.format(path=ascii(sys.path))]
        self.bundles: deque[list[Task]] = deque()
        self._process = Popen(command, stdin=PIPE, stdout=PIPE)
        self._listener = Thread(target=self._listen, args=(answers,), daemon=True)
        self._listener.start()

    def give(self, tasks: list[Task]) -> None:
        self.bundles.append(tasks)
        stream = self._process.stdin
        with suppress(OSError):  # it is dead: the listener says so
            if stream is not None:
                stream.write(framed(tasks))
                stream.flush()

    def _listen(self, answers: _Answers) -> None:
        # Only bytes here: what unpacks them holds the lock of the interpreter, and the main thread is busy.
        stream = self._process.stdout
        with suppress(OSError, ValueError):
            while stream is not None and (head := stream.read(LENGTH.size)):
                length = LENGTH.unpack(head)[0]
                data = stream.read(length)
                if len(data) < length:
                    break
                answers.put((self, data))
        answers.put((self, None))

    def end(self) -> None:
        if self.bundles:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is self._process.stdout:
                    self._listener.join()
                if stream is not None:
                    stream.close()
        self._process.wait()


class Pool:
    """The other processes, from now on getting ready: they load what they need while the first task is looked for."""

    def __init__(self, processes: int) -> None:
        """`processes`, of which this one is one."""
        self.answers: _Answers = SimpleQueue()
        self.workers = [_Worker(self.answers) for _ in range(processes - 1)]

    def end(self) -> None:
        for worker in self.workers:
            worker.end()


class Desk(Protocol):
    """Where tasks lie and outcomes are stored."""

    waiting: deque[Task]

    def bundle(self) -> list[Task]: ...

    def settle(self, outcomes: list[Outcome]) -> None: ...

    def store(self) -> None: ...

    def work(self) -> None:
        """Read a bundle in this process."""
        ...

    def should_work(self, others: int) -> bool:
        """Whether the others will read for longer than this process will store."""
        ...


def spread(pool: Pool, desk: Desk) -> list[Task]:
    """Work until nothing waits; returns the tasks that were lost because something killed a worker."""
    workers, answers = pool.workers, pool.answers
    try:
        while desk.waiting or any(worker.bundles for worker in workers):
            for worker in workers:
                while desk.waiting and len(worker.bundles) < _AHEAD:
                    worker.give(desk.bundle())
            if answers.empty():
                if desk.waiting and desk.should_work(len(workers)):
                    desk.work()
                    continue
                desk.store()
            worker, answer = answers.get()
            if answer is None:
                return [task for each in workers for tasks in each.bundles for task in tasks]
            worker.bundles.popleft()
            desk.settle(pickle.loads(answer))  # noqa: S301 - our own process says it
    finally:
        pool.end()
    return []
