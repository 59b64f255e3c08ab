"""What the agent of a task is told: the user's words, with the sandbox's paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.tasks.distill import segment as segments
from codex_loop.tasks.distill.git import Repository
from codex_loop.tasks.distill.ground import Ground
from codex_loop.tasks.distill.instruction import instruction, slug, title
from codex_loop.tasks.distill.segment import Segment, follows
from codex_loop.tasks.distill.story import Facts, Prompt, Story

GROUND = Ground(Repository(Path("/clone")), "/home/ann/demo", "", None)


def part(*texts: str, earlier: tuple[str, ...] = ()) -> Segment:
    return Segment(5, 50, tuple(Prompt(at, None, text) for at, text in enumerate(texts, 5)),
                   tuple(Prompt(1, None, text) for text in earlier))  # fmt: skip


def words(*texts: str, earlier: tuple[str, ...] = (), seeded: bool = False) -> str:
    return instruction(part(*texts, earlier=earlier), GROUND, seeded=seeded).text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Fix /home/ann/demo/a.py.", "Fix /app/a.py."),
        ("In /home/ann/demo, fix it", "In /app, fix it"),
        ("not /home/ann/demo2/x", "not ~/demo2/x"),
        ("see file:///home/ann/demo/a.py", "see /app/a.py"),
        ("see /Users/bob/x and C:\\Users\\bob\\y", "see ~/x and ~\\y"),
        ("# Context from my IDE setup:\n\n## Open tabs:\n- a.py\n\n## My request for Codex:\nFix it now", "Fix it now"),
        ("<system-reminder>be nice</system-reminder>Fix it", "Fix it"),
    ],
)
def test_paths_are_those_of_the_sandbox_and_what_programs_added_is_gone(said: str, told: str) -> None:
    assert words(said) == f"{told}\n"


def test_remarks_that_ask_for_nothing_are_left_out() -> None:
    found = instruction(part("Fix the parser please", "no", "thanks, that is perfect now, great work",
                             "it still drops the last line of the file"), GROUND, seeded=False)  # fmt: skip
    assert found.text == "Fix the parser please\n\nit still drops the last line of the file\n"
    assert (found.left_out, found.edited) == (2, False)


def test_what_a_request_leans_on_is_told_before_it_unless_it_is_seeded() -> None:
    earlier = ("Write a parser for dates.",)
    told = instruction(part("now do the same for the times", earlier=earlier), GROUND, seeded=False)
    assert (
        told.text
        == "Asked before, and done already:\n\n> Write a parser for dates.\n\nNow:\n\nnow do the same for the times\n"
    )
    assert told.edited
    assert words("now do the same for the times", earlier=earlier, seeded=True) == "now do the same for the times\n"
    assert words("Write a parser for the other dates too, in its own file.", earlier=earlier).startswith("Write")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no, that is wrong", True),
        ("still fails", True),
        ("try again", True),
        ("Please add a command that lists all files", False),
        ("Implement caching for the client, with a limit of sixty entries", False),
    ],
)
def test_a_correction_is_told_from_a_request(text: str, expected: bool) -> None:
    assert follows(text) is expected


def test_names_are_folders_everywhere_and_tell_sessions_apart() -> None:
    assert slug("Please fix the parser!", "a") != slug("Please fix the parser!", "b")
    assert slug("Please fix the parser!", "a") == slug("Please fix the parser!", "a")
    assert slug("…", "a").startswith("task-")
    assert all(len(slug("word " * 50, str(n))) <= 32 for n in range(20))
    assert title("\n# Fix it\nnow") == "Fix it"
    assert len(title("x" * 500)) <= 72


def test_a_span_inside_a_turn_is_about_its_prompt() -> None:
    prompts = (Prompt(3, "t1", "Fix it all"), Prompt(20, "t2", "More"))
    facts = Facts(agent="codex", native_id="x")
    tale = Story(facts=facts, prompts=prompts, runs=(), changes=(), last_seq=40, times={})
    found = segments.between(tale, 8, 12)
    assert [prompt.text for prompt in found.prompts] == ["Fix it all"]
    assert found.earlier == ()
