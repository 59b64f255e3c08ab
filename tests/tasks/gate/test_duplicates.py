"""The same repair is one task."""

from __future__ import annotations

from pathlib import Path

from codex_loop.tasks.gate import duplicates
from codex_loop.tasks.gate.check import Check
from tests.tasks.gate import ground

WORDS = "The header of the server is ignored, please look at how long we wait between the retries and mend it now"


def looked(*paths: Path, words: str = WORDS, known: dict[str, str] | None = None) -> list[Check]:
    requests = [duplicates.request(path, f"local/{path.name}", words) for path in paths]
    return [check for _, check in duplicates.look(requests, known)]


def test_the_first_of_several_with_one_solution_stays(tmp_path: Path) -> None:
    one, other, third = (ground.task(tmp_path / name) for name in "abc")
    found = looked(one, other, third)
    assert [each.outcome for each in found] == ["passed", "failed", "failed"]
    assert found[2].seen["task"] == "local/a"


def test_requests_that_read_alike_are_told_and_stay(tmp_path: Path) -> None:
    one, other = ground.task(tmp_path / "a"), ground.task(tmp_path / "b", limit=61)
    found = looked(one, other)
    assert [each.outcome for each in found] == ["passed", "warned"]
    assert found[1].seen == {"task": "local/a", "share": 1.0}


def test_a_solution_that_is_known_elsewhere_is_known(tmp_path: Path) -> None:
    one = ground.task(tmp_path / "a")
    gold = duplicates.request(one, "local/a", WORDS).gold
    assert gold is not None
    assert [each.outcome for each in looked(one, known={gold: "local/z"})] == ["failed"]
    assert [each.outcome for each in looked(one, known={gold: "local/a"})] == ["passed"]


def test_tasks_without_words_or_solutions_are_not_alike(tmp_path: Path) -> None:
    one, other = ground.task(tmp_path / "a"), ground.task(tmp_path / "b", limit=61)
    for each in (one, other):
        (each / "solution/fix.patch").unlink()
    assert [each.outcome for each in looked(one, other, words="")] == ["passed", "passed"]
