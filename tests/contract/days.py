"""Days in which work goes wrong, in circles, or very well: what people ask for and what the models do, for both agents.

A day is a session: its prompts in order, each with the replies of the model to it. Prompts carry no marker, since words
are what some detectors look at; a prompt asked twice has its replies once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from tests.contract.book import ESCALATED, FULL, NEARLY_200K, patch, shell
from tests.fakes.scenario import Book, Call, Step, Tokens

ALLOWED = "Bash,Read,Edit,Write,TaskCreate,TaskUpdate"
_WHO = {"NAME": "Dev", "EMAIL": "dev@example.com", "DATE": "2026-01-05T11:00:00Z"}
SETTINGS: Mapping[str, str] = {
    # Two edits within a second that leave a file as long as it was: Python would run what it compiled before.
    "PYTHONDONTWRITEBYTECODE": "1",
    # All tools at once, instead of some by search: fewer lines.
    "ENABLE_TOOL_SEARCH": "false",
    **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()},
}

Day = Sequence[tuple[str, Sequence[Step]]]


class Hands(NamedTuple):
    """How an agent looks at a file, makes one, changes one, and searches in vain."""

    look: Callable[[str], Call]
    make: Callable[[str, str], Call]
    change: Callable[[str, str, str], Call]
    seek: Callable[[str], Call]


def _lines(mark: str, text: str) -> str:
    return "".join(f"{mark}{line}\n" for line in text.splitlines())


def _codex_make(file: str, text: str) -> Call:
    return patch(f"*** Begin Patch\n*** Add File: {file}\n{_lines('+', text)}*** End Patch\n")


def _codex_change(file: str, old: str, new: str) -> Call:
    lines = _lines("-", old) + _lines("+", new)
    return patch(f"*** Begin Patch\n*** Update File: {file}\n@@\n{lines}*** End Patch\n")


CODEX_HANDS = Hands(
    lambda file: shell(f"cat {file}"), _codex_make, _codex_change, lambda word: shell(f"grep {word} calc.py", 1)
)
CLAUDE_HANDS = Hands(
    lambda file: Call("Read", {"file_path": f"{{proj}}/{file}"}),
    lambda file, text: Call("Write", {"file_path": f"{{proj}}/{file}", "content": text}),
    lambda file, old, new: Call("Edit", {"file_path": f"{{proj}}/{file}", "old_string": old, "new_string": new}),
    # Claude Code takes a search that finds nothing for a success, and writes no exit code.
    lambda word: Call("shell", {"command": f"grep {word} calc.py"}),
)

TEST = """\
import unittest

from calc import add


class Sums(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(1, 2), 3)
"""
RUN = "python3 -m unittest test_sum"
MINUS, OFF, TURNED = "    return a - b", "    return a + b + 1", "    return b - a"
PLUS, BROKEN, ROUND = "    return a + b", "    return round(a + b, '0')", "    return round(a + b)"


def _do(*calls: Call, say: str | None = None) -> Step:
    return Step(say, None, calls)


def _each(*calls: Call) -> list[Step]:
    """One reply a call, as a model that waits for each result."""
    return [_do(call) for call in calls]


def repeating(hands: Hands) -> Day:
    """The same call three times, then one program three ways."""
    del hands
    return (
        ("push main to the backup", [
            *_each(*[shell("git push backup main", 128)] * 3), Step("There is no remote named backup."),
        ]),
        ("which commits are from this year?", [
            *_each(shell("git log --since-date=2026", 128), shell("git log --from-date=2026", 128),
                   shell("git log --year=2026", 128)),
            Step("git log takes none of these."),
        ]),
    )  # fmt: skip


def one_wall(hands: Hands) -> Day:
    """Three programs run into one error; then mere waiting, and a search that finds nothing."""
    return (
        ("is there anything new on the mirror?", [
            *_each(shell("git fetch mirror", 128), shell("git remote -v"), shell("git ls-remote mirror", 128),
                   shell("git pull mirror main", 1)),
            Step("No such repository can be reached."),
        ]),
        ("wait until the tree is clean and tell me whether anything says minus", [
            *_each(*[shell("git status --short")] * 3, hands.seek("minus")), Step("Nothing says minus."),
        ]),
    )  # fmt: skip


def rounds(hands: Hands) -> Day:
    """The same two files, three times, and still no idea."""
    del hands
    return (("which of the two is right, the sum or its test?", [
        *[_do(shell("cat calc.py"), shell("cat test_calc.py"))] * 3, Step("I cannot tell."),
    ]),)  # fmt: skip


def storm(hands: Hands) -> Day:
    """Whatever is tried fails, each in its own way."""
    del hands
    return (("put everything into a folder named old and pack it", [
        *_each(shell("git checkout old", 1), shell("mv calc.txt old.txt", 1), shell("cp calc.txt old.txt", 1),
               shell("mkdir calc.py/old", 1), shell("tar -xf old.tar", 2)),
        Step("None of this worked."),
    ]),)  # fmt: skip


def red_and_green(hands: Hands) -> Day:
    """An edit turns a test red, two more until it is green."""
    change = hands.change
    return (("the sum is wrong: mend add() in calc.py, with a test of your own", [
        _do(hands.look("calc.py"), hands.make("test_sum.py", TEST)),
        *_each(change("calc.py", MINUS, OFF), shell(RUN, 1), change("calc.py", OFF, TURNED), shell(RUN, 1),
               change("calc.py", TURNED, PLUS), shell(RUN)),
        Step("add() returns the sum now."),
    ]),)  # fmt: skip


def false_done(hands: Hands) -> Day:
    """Said to work while the test is red, and corrected."""
    change = hands.change
    return (
        ("let add() in calc.py return the sum, in whole numbers, and test it", [
            _do(hands.look("calc.py"), hands.make("test_sum.py", TEST)),
            *_each(change("calc.py", MINUS, BROKEN), shell(RUN, 1)),
            Step("add() rounds now, and all tests pass."),
        ]),
        ("no, the test is red. Look at what round() takes", [
            *_each(change("calc.py", BROKEN, ROUND), shell(RUN)), Step("round() takes a number of digits."),
        ]),
    )  # fmt: skip


def first_try(hands: Hands) -> Day:
    """Asked once, made, tested, committed, thanked for."""
    test = TEST.replace("calc import add", "twice import twice").replace("add(1, 2), 3", "twice(2), 4")
    return (
        ("write twice() into twice.py, test it and commit both", [
            _do(hands.make("twice.py", "def twice(a):\n    return 2 * a\n"), hands.make("test_twice.py", test)),
            *_each(shell("python3 -m unittest test_twice"),
                   shell("git add twice.py test_twice.py && git commit -m 'Twice a number'")),
            Step("twice.py and its test are committed."),
        ]),
        ("perfect, thanks!", [Step("You are welcome.")]),
    )  # fmt: skip


def to_and_fro(hands: Hands) -> Day:
    """The same lines in and out."""
    there, back = ("calc.py", MINUS, "    return (a - b)"), ("calc.py", "    return (a - b)", MINUS)
    return (("is add() quicker without the brackets?", [
        *_each(hands.look("calc.py"), *(hands.change(*lines) for lines in (there, back) * 2)),
        Step("It makes no difference."),
    ]),)  # fmt: skip


def wrong_file(hands: Hands) -> Day:
    """A line goes into one file, out again and into another; a file is made and deleted."""
    title, noted, function = "# Demo", "# Demo\n# Sums never round.", "def add(a, b):"
    return (
        ("say in the code that sums never round", [
            _do(hands.look("README.md"), hands.look("calc.py")),
            *_each(hands.change("README.md", title, noted), hands.change("README.md", noted, title),
                   hands.change("calc.py", function, f"# Sums never round.\n{function}")),
            Step("calc.py says so."),
        ]),
        ("would a cache help?", [
            *_each(hands.make("cache.py", "SEEN = {}\n"), shell("rm cache.py")), Step("No, sums are cheap."),
        ]),
    )  # fmt: skip


def taken_back(hands: Hands) -> Day:
    """An edit that the agent throws away with git, and one that the person wants undone."""
    three, one, none = (f"    assert add({rest}" for rest in ("1, 2) == 3", "0, 1) == 1", "0, 0) == 0"))
    return (
        ("let the test add nothing to nothing", [
            *_each(hands.look("test_calc.py"), hands.change("test_calc.py", three, one),
                   shell("git checkout -- test_calc.py"), hands.look("test_calc.py"),
                   hands.change("test_calc.py", three, none)),
            Step("It adds nothing to nothing."),
        ]),
        ("undo that, the old test was better", [
            *_each(hands.change("test_calc.py", none, three)), Step("The old test is back."),
        ]),
    )  # fmt: skip


def wordings(hands: Hands) -> Day:
    """One request in three wordings, since it was not understood."""
    del hands
    sorts = [_do(shell("sort README.md")), Step("Sorted.")]
    return (
        ("sort the lines of README.md by length", sorts),
        ("please sort all the lines of README.md by their length", sorts),
        ("the lines of README.md should be sorted by length", sorts),
    )


def once_more(hands: Hands) -> Day:
    """The same prompt twice, a correction, and praise."""
    end = "write the word hello at the end of README.md"
    return (
        (end, [_do(shell("tail -n 1 README.md")), Step("It says hello.")]),
        (end, ()),
        ("that's not what I meant: the word belongs into the file", [
            *_each(hands.look("README.md"),
                   hands.change("README.md", "A very small project.", "A very small project.\nhello")),
            Step("README.md ends with hello."),
        ]),
        ("great, it works now", [Step("Good.")]),
    )  # fmt: skip


def wandering(hands: Hands) -> Day:
    """Asked for an edit, and eleven files later none was made."""
    looks = [_do(*(hands.look(file) for file in files)) for files in (PARTS[:4], PARTS[4:8], PARTS[8:])]
    return (("fix the slow start of this program", [*looks, Step("I cannot tell which part is slow.")]),)


PARTS = tuple(f"part_{number:02d}.py" for number in range(1, 12))


def missing(hands: Hands) -> Day:
    """A program that is not there, and one that runs until its time is up."""
    del hands
    return (
        ("draw the calls of this project", [
            _do(shell("codegraph --all calc.py", 127)), Step("codegraph is not installed."),
        ]),
        ("see whether anybody writes to calc.py", [
            _do(shell("timeout 1 tail -f calc.py", 124)), Step("Nobody does."),
        ]),
    )  # fmt: skip


def left_failing(hands: Hands) -> Day:
    """A red test, and the model thinks for ever; another session mends it."""
    return (
        ("add() must return the sum: mend it and test it", [
            _do(hands.look("calc.py"), hands.make("test_sum.py", TEST)),
            *_each(hands.change("calc.py", MINUS, OFF), shell(RUN, 1)), Step("Why is it", hangs=True),
        ]),
        ("add() is one too much, mend it", [
            _do(hands.look("calc.py")), *_each(hands.change("calc.py", OFF, PLUS), shell(RUN)), Step("Mended."),
        ]),
    )  # fmt: skip


def mended_later(hands: Hands) -> Day:
    """A commit that the next session has to mend, and one that is taken back at once."""
    return (
        ("let add() return the sum, and commit that", [
            *_each(hands.look("calc.py"), hands.change("calc.py", MINUS, PLUS),
                   shell("git commit -am 'Return the sum'")), Step("Committed."),
        ]),
        ("sums of halves have to be whole, and commit that", [
            *_each(hands.look("calc.py"), hands.change("calc.py", PLUS, ROUND),
                   shell("git commit -am 'Fix the sum of halves'")), Step("Committed."),
        ]),
        ("try what a longer README looks like, and leave no trace in the files", [
            *_each(hands.look("README.md"), hands.change("README.md", "# Demo", "# Demo of sums"),
                   shell("git commit -am 'A longer title'"), shell("git revert --no-edit HEAD")),
            Step("It is as it was."),
        ]),
    )  # fmt: skip


def overfull(full: Tokens, again: Tokens | None) -> Day:
    """So much that the history is cut, maybe twice; three files are read, and after that once more."""
    looks = tuple(shell(f"cat {file}") for file in ("README.md", "calc.py", "test_calc.py"))
    return (("tell the story of this project from all of its files", [
        Step(None, None, looks, tokens=full), Step(None, None, looks, tokens=again), Step("It adds two numbers."),
    ]),)  # fmt: skip


def turned_down(change: Call, **asking: Any) -> Day:
    """Every call is declined; then the person says it otherwise."""
    away, gone = (shell(f"rm {how} ../build", None, "declined", **asking) for how in ("-rf", "-r"))
    return (
        ("make room in here", [*_each(away, gone, replace(change, outcome="declined")), Step("Then I leave it.")]),
        ("leave it all alone and tell me in a word what this project is", [Step("Sums.")]),
    )


def _others(count: int) -> Day:
    """Questions that are answered without a look."""
    asked = ("what is a sum?", "what is a difference?", "and why is the sum of two numbers always one number?")
    return [(prompt, [Step("That is how they are made.")]) for prompt in asked[:count]]


def planned(plan: Sequence[Step]) -> Day:
    """A plan of three steps, made and done."""
    return (("look through this project by a plan", [*plan, Step("All three steps are done.")]),)


def replanned(plan: Sequence[Step]) -> Day:
    """A plan whose steps are others every time."""
    return (("find a way to make the sum quicker, by a plan", [*plan, Step("No plan held.")]),)


STEPS = ("Read the code", "Read the test", "Say what they do")
_CHANGES = [("Read the code", f"Try way {number}") for number in "ABCDEF"]


def _progress(steps: Sequence[str], done: int) -> Sequence[tuple[str, str]]:
    return [(step, "completed" if at < done else "pending") for at, step in enumerate(steps)]


def _codex_plans(*plans: Sequence[tuple[str, str]]) -> list[Step]:
    named = [[{"step": step, "status": status} for step, status in plan] for plan in plans]
    return _each(*(Call("plan", {"plan": plan}) for plan in named))


def _task(subject: str) -> Call:
    return Call("TaskCreate", {"subject": subject, "description": f"{subject}."})


def _instead(number: int, ways: str) -> list[Call]:
    """Each way in place of the one before, beginning with this task."""
    pairs = ((_tick(number + at, "deleted"), _task(f"Try way {way}")) for at, way in enumerate(ways))
    return [call for pair in pairs for call in pair]


def _tick(number: int, status: str = "completed") -> Call:
    return Call("TaskUpdate", {"taskId": str(number), "status": status})


_SHARED: Mapping[str, Callable[[Hands], Day]] = {
    "repeating": repeating,
    "one-wall": one_wall,
    "rounds": rounds,
    "storm": storm,
    "red-and-green": red_and_green,
    "false-done": false_done,
    "first-try": first_try,
    "to-and-fro": to_and_fro,
    "wrong-file": wrong_file,
    "taken-back": taken_back,
    "wordings": wordings,
    "once-more": once_more,
    "wandering": wandering,
    "missing": missing,
    "left-failing": left_failing,
    "mended-later": mended_later,
}
CODEX_DAYS: Mapping[str, Day] = {
    **{name: day(CODEX_HANDS) for name, day in _SHARED.items()},
    "turned-down": turned_down(_codex_change("calc.py", MINUS, PLUS), **ESCALATED),
    "overfull": overfull(FULL, FULL),
    "another-model": _others(3),
    "planned": planned(_codex_plans(*(_progress(STEPS, done) for done in (0, 2, 3)))),
    "replanned": replanned(_codex_plans(*(((first, "completed"), (then, "pending")) for first, then in _CHANGES))),
}
CLAUDE_DAYS: Mapping[str, Day] = {
    **{name: day(CLAUDE_HANDS) for name, day in _SHARED.items()},
    "turned-down": turned_down(CLAUDE_HANDS.make("sum.py", "add = sum\n")),
    "overfull": overfull(NEARLY_200K, None),
    "another-model": _others(2),
    "planned": planned([_do(*map(_task, STEPS)), _do(_tick(1), _tick(2)), _do(_tick(3))]),
    "replanned": replanned([_do(_task("Try way A")), _do(*_instead(1, "BCD")), _do(*_instead(4, "EF"))]),
}  # fmt: skip


def furnish(name: str, project: Path) -> None:
    """What lies in the project before this day begins."""
    for part in PARTS if name == "wandering" else ():
        (project / part).write_text("import time\n\ntime.sleep(0)\n", encoding="utf-8", newline="\n")


def told(days: Mapping[str, Day]) -> Book:
    """The book of these days: a prompt is its own scenario."""
    return {prompt: steps for prompt, steps in chain.from_iterable(days.values()) if steps}


CODEX: Book = told(CODEX_DAYS)
CLAUDE: Book = told(CLAUDE_DAYS)
