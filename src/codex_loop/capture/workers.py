"""Many processes for many files: bundles of tasks out, outcomes back, to the one process that writes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from codex_loop.capture.worker import Outcome, Task, end_with_parent, work


def spread(
    count: int,
    waiting: deque[Task],
    bundle: Callable[[], list[Task]],
    settle: Callable[[list[Outcome]], None],
) -> list[Task]:
    """Work until nothing waits; returns the tasks that were lost because something killed a worker.

    At most one bundle waits for each worker, so memory stays bounded by the bundles.
    """
    running: dict[Future[list[Outcome]], list[Task]] = {}
    try:
        with ProcessPoolExecutor(count, get_context("spawn"), end_with_parent) as pool:
            while waiting or running:
                while waiting and len(running) < 2 * count:
                    tasks = bundle()
                    try:
                        running[pool.submit(work, tasks)] = tasks
                    except BrokenProcessPool:
                        waiting.extendleft(tasks)
                        raise
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    settle(future.result())
                    del running[future]
    except BrokenProcessPool:
        return [task for tasks in running.values() for task in tasks]
    return []
