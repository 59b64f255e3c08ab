"""Opening a clone's commit, and closing what was opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from codex_loop.tasks.distill import git
from codex_loop.tasks.distill.git import Blobs
from codex_loop.tasks.distill.tree import Tree

Opened = Callable[[Path, str], Tree]


@pytest.fixture
def opened() -> Iterator[Opened]:
    with ExitStack() as stack:

        def open_tree(folder: Path, commit: str) -> Tree:
            found = git.at(folder)
            assert found is not None
            return Tree(found, commit, stack.enter_context(Blobs(found)))

        yield open_tree
