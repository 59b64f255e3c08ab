"""All stories, and the repositories they happen in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from benchmarks.repairs import with_claude, with_codex, without_task
from benchmarks.repairs.story import Story, found
from codex_loop.samples import repositories
from codex_loop.samples.repositories import Commit

STORIES: tuple[Story, ...] = (*with_codex.STORIES, *with_claude.STORIES, *without_task.STORIES)
FOLDER = Path(__file__).parent / "repositories"


@cache
def files(repository: str) -> Mapping[str, str]:
    """A repository as it should be."""
    (only,) = repositories.read((FOLDER / f"{repository}.txt").read_text(encoding="utf-8"))
    return only.files


def base(story: Story) -> Commit:
    """The commit that a story starts from."""
    return Commit(repositories.FIRST, found(files(story.repository), story.base))
