"""The stories of the repairs: data that must be right before an agent is started for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.distill import Fate, _counted
from benchmarks.repairs.play import Played
from benchmarks.repairs.stories import STORIES, base, files
from benchmarks.repairs.story import Edit, Story, Write, book, replaced
from benchmarks.verdicts import exit_code
from tests.fakes.scenario import asked

MENDING = [story for story in STORIES if story.why_not is None]


def ended(story: Story) -> dict[str, str]:
    """The files after every edit that fits; ValueError when one of those does not, or one that must not fit does."""
    told = dict(base(story).files)
    for act in (act for turn in story.turns for act in turn.acts):
        if isinstance(act, Write):
            told[act.path] = act.text
        elif isinstance(act, Edit) and act.fits:
            told[act.path] = replaced(told[act.path], act.old, act.new)
        elif isinstance(act, Edit):
            with pytest.raises(ValueError, match="0 places"):
                replaced(told[act.path], act.old, act.new)
    return told


def test_there_are_forty_and_eight_of_them_cannot_become_a_task() -> None:
    assert (len(STORIES), len(MENDING)) == (40, 32)
    assert len({story.name for story in STORIES}) == len(STORIES)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_its_edits_fit_the_files_they_are_made_for(story: Story) -> None:
    ended(story)


@pytest.mark.parametrize("story", MENDING, ids=lambda story: story.name)
def test_a_session_that_mends_starts_wrong_and_ends_right(story: Story) -> None:
    good = dict(files(story.repository))
    assert base(story).files != good
    if not any("sed -i" in str(act) for turn in story.turns for act in turn.acts):
        assert ended(story) == good


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_prompt_asks_for_its_own_turn(story: Story) -> None:
    scripted = book(story)
    assert [asked(scripted, turn.words) for turn in story.turns] == [turn.words for turn in story.turns]


def test_no_two_sessions_ask_for_the_same() -> None:
    first = [story.turns[0].words for story in STORIES]
    assert len(set(first)) == len(first)


def fates(valid: int, *, also: str | None = None) -> list[Fate]:
    """So many sessions that can become a task did, and one that cannot if it is named."""
    place = Path()
    told = [Fate(Played(story, "s", place, place), "validated", None, "x") for story in MENDING[:valid]]
    told += [Fate(Played(story, "s", place, place), "unverified", "why", "x") for story in MENDING[valid:]]
    others = [story for story in STORIES if story.why_not is not None]
    state = {story.name: "validated" if story.name == also else "none" for story in others}
    return told + [Fate(Played(story, "s", place, place), state[story.name], None, "x") for story in others]


def test_fewer_than_thirty_valid_tasks_miss_the_goal() -> None:
    assert exit_code(list(_counted(fates(30)))) == 0
    assert exit_code(list(_counted(fates(29)))) == 1


def test_a_valid_task_where_none_can_be_misses_the_goal() -> None:
    assert exit_code(list(_counted(fates(32, also="picture")))) == 1
