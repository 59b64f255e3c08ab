"""What became of commits: taken back, mended by somebody later, or left alone for a week."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from benchmarks.scenarios.claude import ClaudePen
from benchmarks.scenarios.codex import CodexPen
from benchmarks.scenarios.pen import Anchor, Change, Pen
from codex_loop.signals.detect import detect
from codex_loop.store import signals as store
from tests.capture.ground import NOW_MS, Ground

DAY_MS = 86_400_000
START_MS = NOW_MS - 12 * DAY_MS
PENS: list[type[CodexPen | ClaudePen]] = [CodexPen, ClaudePen]
VERSIONS = {CodexPen: "0.169.0", ClaudePen: "2.1.197"}


@pytest.fixture
def ground(place: str, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(place, tmp_path / "home", tmp_path / "redaction.key")
    yield made
    made.close()


def begun(days: float, agent: type[CodexPen | ClaudePen] = CodexPen, folder: str = "/home/dev/shop") -> Pen:
    """A session in the shop's repository, so many days after the first."""
    pen = agent(VERSIONS[agent], Random(round(days * 100)), START_MS + round(days * DAY_MS), folder)
    pen.prompt("Round the totals of the report")
    return pen


def edited(pen: Pen, file: str = "src/report.py") -> None:
    pen.edit(Change(file, "a = 1\n", f"a = {len(pen.lines)}\n"))


def committed(pen: Pen, subject: str, *, sha: str = "1a2b3c4", quiet: bool = False) -> Anchor:
    output = "" if quiet else f"[main {sha}] {subject}\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"
    return pen.run(f'git add -A && git commit -{"q" if quiet else ""}m "{subject}"', 0, output)


def ended(ground: Ground, *pens: Pen) -> None:
    for pen in pens:
        pen.say("That is done.", final=True)
        ground.put(f"{pen.agent}/{pen.path}", pen.content)
    ground.ingest()
    detect(ground.database, NOW_MS)


def found(ground: Ground, category: str) -> list[store.Signal]:
    return store.listed(ground.database, store.Wanted(category=category))


def proves(ground: Ground, signal: store.Signal) -> list[str | None]:
    return [proof.call_id for proof in store.proof(ground.database, signal) if proof.record == "call"]


@pytest.mark.parametrize("agent", PENS)
@pytest.mark.parametrize("subject", ["Fix rounding of totals", "fix(report): cents", "hotfix totals", "Repair cents"])
def test_a_fix_of_the_same_file_by_another_session_is_a_regression_of_the_first(
    ground: Ground, agent: type[CodexPen | ClaudePen], subject: str
) -> None:
    first, later = begun(0, agent), begun(3, agent)
    edited(first)
    (call,) = committed(first, "Round totals", quiet=True)
    edited(later)
    (mending,) = committed(later, subject, sha="9f8e7d6")
    ended(ground, first, later)
    (signal,) = found(ground, "post_commit_regression")
    assert (signal.session_id or "").endswith(first.session)
    assert proves(ground, signal) == [call, mending]
    assert "mended" in signal.title
    assert "report.py" in signal.text


def test_other_files_other_words_a_later_week_and_the_same_session_are_no_regression(ground: Ground) -> None:
    first, file, words, late = begun(0), begun(2), begun(3), begun(9)
    edited(first)
    committed(first, "Round totals")
    edited(first)
    committed(first, "Fix the rounding too", sha="2b3c4d5")
    edited(file, "src/menu.py")
    committed(file, "Fix the menu", sha="3c4d5e6")
    edited(words)
    committed(words, "Add a prefix to totals", sha="4d5e6f7")
    edited(late)
    committed(late, "Fix totals", sha="5e6f7a8")
    ended(ground, first, file, words, late)
    # The last one mends what was committed within the week before it, and nothing older.
    (signal,) = found(ground, "post_commit_regression")
    assert (signal.session_id or "").endswith(words.session)


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("git revert --no-edit 1a2b3c4", ""),
        ("git revert 1a2b3c4d5e6f7a8b && git push", ""),
        ("git revert --no-edit main~2", '[main 7a8b9c0] Revert "Round totals"\n 1 file changed\n'),
    ],
)
def test_a_commit_that_is_reverted_is_a_regression_whoever_reverts_it(
    ground: Ground, command: str, output: str
) -> None:
    first, later = begun(0), begun(1)
    edited(first)
    committed(first, "Round totals")
    later.run(command, 0, output)
    ended(ground, first, later)
    (signal,) = found(ground, "post_commit_regression")
    assert (signal.session_id or "").endswith(first.session)
    assert "taken back" in signal.title


def test_the_last_commit_of_a_session_is_what_its_own_revert_of_head_takes_back(ground: Ground) -> None:
    first = begun(0)
    edited(first)
    committed(first, "Round totals")
    edited(first, "src/menu.py")
    (call,) = committed(first, "Widen the menu", sha="2b3c4d5")
    first.run("git revert HEAD --no-edit", 0, "")
    ended(ground, first)
    (signal,) = found(ground, "post_commit_regression")
    assert proves(ground, signal)[0] == call


@pytest.mark.parametrize("command", ["git revert --abort", "git commit --amend -m 'Fix it'", "git log --grep revert"])
def test_what_makes_no_new_commit_mends_nothing(ground: Ground, command: str) -> None:
    first, later = begun(0), begun(1)
    edited(first)
    committed(first, "Round totals")
    edited(later)
    later.run(command, 0, "[main 7a8b9c0] Fix it\n")
    ended(ground, first, later)
    assert not found(ground, "post_commit_regression")


@pytest.mark.parametrize("agent", PENS)
def test_a_commit_whose_files_rest_for_a_week_lasted(ground: Ground, agent: type[CodexPen | ClaudePen]) -> None:
    first, other, after = begun(0, agent), begun(3, agent), begun(9, agent)
    edited(first)
    (call,) = committed(first, "Round totals")
    edited(other, "src/menu.py")
    edited(after)
    ended(ground, first, other, after)
    (signal,) = found(ground, "commit_without_rework")
    assert signal.type == "delight"
    assert proves(ground, signal) == [call]


@pytest.mark.parametrize("days", [(), (3, 9), (6,)])
def test_nobody_came_back_or_somebody_changed_it_again_and_nothing_is_claimed(
    ground: Ground, days: tuple[float, ...]
) -> None:
    first, later = begun(0), [begun(each) for each in days]
    edited(first)
    committed(first, "Round totals")
    for pen in later:
        edited(pen)
    ended(ground, first, *later)
    assert not found(ground, "commit_without_rework")
    assert not found(ground, "post_commit_regression")


def test_looking_again_changes_nothing(ground: Ground) -> None:
    first, later, after = begun(0), begun(3), begun(11)
    for pen in (first, later):
        edited(pen)
        committed(pen, "Fix totals", sha=f"{len(pen.lines):07d}")
    ended(ground, first, later, after)
    before = {signal.id for signal in store.listed(ground.database, store.Wanted())}
    after.prompt("And the menu?")
    ended(ground, after)
    again = {signal.id for signal in store.listed(ground.database, store.Wanted())}
    assert before <= again
    assert len(found(ground, "post_commit_regression")) == 1
    assert len(found(ground, "commit_without_rework")) == 1


def test_a_commit_whose_message_speaks_of_amending_is_one(ground: Ground) -> None:
    first, later = begun(0), begun(3)
    edited(first)
    (call,) = committed(first, "docs: explain --amend", quiet=True)
    edited(later)
    (mending,) = committed(later, "Fix what --dry-run says", sha="9f8e7d6")
    ended(ground, first, later)
    (signal,) = found(ground, "post_commit_regression")
    assert proves(ground, signal) == [call, mending]


@pytest.mark.parametrize(("folder", "count"), [("/home/dev/shop/front", 0), ("/home/dev/shop/back", 1)])
def test_files_of_one_name_in_two_folders_of_a_repository_are_two(ground: Ground, folder: str, count: int) -> None:
    root, first, later = begun(-1), begun(0, folder="/home/dev/shop/back"), begun(3, folder=folder)
    edited(first, "app.py")
    committed(first, "Round totals", quiet=True)
    edited(later, "app.py")
    committed(later, "Fix rounding of totals", sha="9f8e7d6")
    ended(ground, root, first, later)
    assert len(found(ground, "post_commit_regression")) == count
