"""What only looks like trouble: answers in exit codes, polling, and words that mean something else."""

# A sentence is easier to check against a real one when it stands on one line.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.scenarios.claude import ClaudePen
from benchmarks.scenarios.pen import Change, Pen
from benchmarks.scenarios.planted import Planted
from benchmarks.scenarios.words import CHECKS, FAILURES
from benchmarks.scenarios.work import Desk, answer, ask, changed, edit, look, source


class Harmless(NamedTuple):
    """How many harmless things happened, what else did, and what is open."""

    incidents: int
    planted: tuple[Planted, ...] = ()
    allows: frozenset[str] = frozenset()


EXITS = (
    ("grep -rn {noun}_old src", 1, ""), ("grep -q {noun} src/{module}/views.py", 1, ""), ("egrep '{noun}|x' notes.txt", 1, ""),
    ("rg -n 'class {noun}' src", 1, ""), ("git grep -n {noun}_legacy", 1, ""), ("ag {noun}Factory", 1, ""),
    ("cat src/{module}/views.py | grep {noun}", 1, ""), ("cd src && grep -c {noun} {module}.py", 1, "0\n"),
    ("diff a/{module}.py b/{module}.py", 1, "3c3\n< a\n---\n> b\n"), ("cmp old.bin {module}.bin", 1, "old.bin {module}.bin differ: byte 12, line 1\n"),
    ("git diff --exit-code src/{module}", 1, "-a\n+b\n"), ("git diff --quiet", 1, ""),
    ("test -f config/{module}.yaml", 1, ""), ("[ -d build/{module} ]", 1, ""), ("[[ -n $MISSING_{noun} ]]", 1, ""),
    ("which {module}ctl", 1, ""), ("command -v {module}", 1, ""), ("type {noun}d", 1, "/bin/bash: line 1: type: {noun}d: not found\n"),
    ("pgrep -f {module}-worker", 1, ""), ("ls build/{module}", 2, "ls: cannot access 'build/{module}': No such file or directory\n"),
    ("ls -la dist/{noun}", 1, "ls: dist/{noun}: No such file or directory\n"), ("stat {module}.lock", 1, "stat: cannot statx '{module}.lock': No such file or directory\n"),
    ("cat config/{noun}.toml", 1, "cat: config/{noun}.toml: No such file or directory\n"), ("find vendor/{module} -name '*.py'", 1, "find: 'vendor/{module}': No such file or directory\n"),
    ("yes {noun} | head -3", 141, "{noun}\n{noun}\n{noun}\n"), ("git log -p src/{module} | head -5", 141, "commit a1b2\n"),
    ("python scripts/{module}.py || true", 0, "Traceback (most recent call last):\nKeyError: 'x'\n"),
    ("make {module} || echo none", 0, "make: *** No rule to make target '{module}'.\nnone\n"),
    ("npm run lint; exit 0", 0, "Error: 3 problems\n"), ("cat logs/{module}.log", 0, "ERROR fatal: connection lost\nTraceback (most recent call last):\n"),
    ("rg -n 'error|fatal|panic' src/{module}", 0, "src/{module}/a.py:3: raise FatalError('panic: {noun}')\n"),
    ("./scripts/has-changes.sh {module}", 1, ""), ("./bin/is-{noun}-enabled", 1, "no\n"),
)  # fmt: skip
POLLS = (
    ("sleep 10", ""), ("sleep 5 && docker ps", "CONTAINER ID\n"), ("git status", "nothing to commit\n"), ("git status --short", ""),
    ("docker ps", "CONTAINER ID\n"), ("docker logs {module}", "starting\n"), ("kubectl get pods -l app={module}", "{module}-1 0/1 Pending\n"),
    ("gh run view 4411", "in progress\n"), ("gh run watch 4411", "in progress\n"), ("curl -s localhost:8080/health", "starting\n"),
    ("ps aux | grep {module}", "dev 12 {module}\n"), ("tail -f logs/{module}.log", "waiting\n"), ("tail -5 logs/{module}.log", "waiting\n"),
)  # fmt: skip
SAID = (
    "No problem, go on with the {module} page then", "The cancel button of {module} needs a confirmation",
    "Add an undo feature to the {module} editor", "Implement the revert action of {module} in the menu",
    "no hurry, but {module} could use a {noun} one day", "No new names please: only move the {noun} of {module}",
    "Notify {module} when the {noun} has changed", "Now add the {noun} to {module}",
    "Nothing is left of the old {module}, so drop its setting", "Note that {module} has a second {noun}; do both",
    "Instead of a {noun}, does {module} have a list somewhere?", "Let {module} go back to its first page after saving",
    "Cancel subscriptions in {module} at the end of the month", "continue", "yes", "ok, go on", "proceed",
)  # fmt: skip


def exits(pen: Pen, desk: Desk) -> Harmless:
    about = ask(pen, desk)
    chosen = desk.rng.sample(EXITS, desk.rng.randint(5, 8))
    for command, code, output in chosen:
        pen.run(about.fill(command), code, about.fill(output), desk.rng.uniform(0.1, 2))
    edit(pen, desk, about)
    answer(pen, desk)
    return Harmless(len(chosen))


def polls(pen: Pen, desk: Desk) -> Harmless:
    about = ask(pen, desk)
    edit(pen, desk, about)
    command, output = desk.rng.choice(POLLS)
    rounds = desk.rng.randint(4, 9)
    for _ in range(rounds):
        pen.run(about.fill(command), 0, about.fill(output), desk.rng.uniform(1, 20))
    answer(pen, desk)
    return Harmless(rounds)


def progress(pen: Pen, desk: Desk) -> Harmless:
    """The same command, and each time there is more to see."""
    about = ask(pen, desk)
    edit(pen, desk, about)
    rounds = desk.rng.randint(3, 6)
    for number in range(rounds):
        pen.run(f"ls build/{about.module}", 0, "".join(f"part-{done}.o\n" for done in range(number + 1)), 4)
    answer(pen, desk)
    return Harmless(rounds)


def said(pen: Pen, desk: Desk) -> Harmless:
    """After an edit somebody says something that only sounds like a complaint."""
    texts = desk.rng.sample(SAID, 3)
    for text in texts:
        about = ask(pen, desk)
        edit(pen, desk, about)
        answer(pen, desk)
        pen.pause(desk.rng.uniform(20, 200))
        about = desk.theme()
        pen.prompt(about.fill(text))
        edit(pen, desk, about)
        answer(pen, desk)
    return Harmless(len(texts))


def series(pen: Pen, desk: Desk) -> Harmless:
    """Three like tasks, one after the other: not one request in other words."""
    text = desk.rng.choice(
        ("Add a badge to the {module} page", "Write tests for the {module} package", "Move {module} to the new client")
    )
    for _ in range(3):
        about = desk.theme()
        pen.pause(desk.rng.uniform(60, 300))
        pen.prompt(about.fill(text))
        edit(pen, desk, about)
        answer(pen, desk)
    return Harmless(3)


def great_now(pen: Pen, desk: Desk) -> Harmless:
    """Routine politeness: a mild praise at most, never a correction."""
    about = ask(pen, desk)
    edit(pen, desk, about)
    answer(pen, desk)
    pen.pause(30)
    pen.prompt(f"Great, now do the same for {desk.theme().module}")
    edit(pen, desk, desk.theme())
    answer(pen, desk)
    return Harmless(1, allows=frozenset({"positive_feedback"}))


def red_before(pen: Pen, desk: Desk) -> Harmless:
    """Tests are red before the first edit, get better edit by edit, and end green."""
    about = ask(pen, desk)
    command, passed, failed, code = desk.rng.choice(CHECKS)
    reds = desk.rng.randint(1, 3)
    for number in range(reds):
        pen.run(about.fill(command), code, about.fill(failed).replace("1 failed", f"{reds - number} failed"), 3)
        edit(pen, desk, about)
    pen.run(about.fill(command), 0, about.fill(passed), 3)
    answer(pen, desk)
    return Harmless(reds, allows=frozenset({"resilient_recovery"}))


def findings(pen: Pen, desk: Desk) -> Harmless:
    """A linter finds something before anything was changed."""
    about = ask(pen, desk)
    command, output = desk.rng.choice((
        ("ruff check src/{module}", "src/{module}/views.py:3:1: F401 unused import\nFound 1 error.\n"),
        ("mypy src/{module}", "src/{module}/views.py:3: error: Name \"{noun}\" is not defined\nFound 1 error\n"),
        ("npx eslint src/{module}", "  3:1  error  {noun} is defined but never used\n1 problem\n"),
        ("black --check src/{module}", "would reformat src/{module}/views.py\n"),
        ("prettier --check src/{module}", "[warn] src/{module}/a.ts\n"),
    ))  # fmt: skip
    pen.run(about.fill(command), 1, about.fill(output), 2)
    edit(pen, desk, about)
    answer(pen, desk)
    return Harmless(1, allows=frozenset({"resilient_recovery"}))


def test_first(pen: Pen, desk: Desk) -> Harmless:
    """A new test is written, fails as it has to, and is then made to pass."""
    about = ask(pen, desk)
    pen.edit(Change(f"tests/{about.module}/test_{about.noun}_new.py", None, "def test_it():\n    assert False\n"))
    pen.run(f"pytest -q tests/{about.module}", 1, "FAILED test_it - assert False\n1 failed in 0.1s\n", 2)
    edit(pen, desk, about)
    pen.run(f"pytest -q tests/{about.module}", 0, "1 passed in 0.1s\n", 2)
    answer(pen, desk)
    return Harmless(1, allows=frozenset({"resilient_recovery"}))


def manual_compaction(pen: Pen, desk: Desk) -> Harmless:
    if "manual compaction" not in pen.shows:
        return Harmless(0)
    about = ask(pen, desk)
    edit(pen, desk, about)
    answer(pen, desk)
    pen.pause(30)
    pen.compacted(manual=True)
    return Harmless(1)


def siblings(pen: Pen, desk: Desk) -> Harmless:
    """One of several commands fails; Claude then fails the others without running them."""
    about = ask(pen, desk)
    failure = desk.rng.choice(FAILURES)
    rest = [(f"wc -l src/{about.module}/{name}.py", 0, f"3 {name}\n") for name in ("views", "models", "routes")]
    first, *_ = pen.together([(about.fill(failure.command), failure.code, about.fill(failure.output)), *rest])
    edit(pen, desk, about)
    answer(pen, desk)
    return Harmless(len(rest), (Planted("exec_failure", first),))


def moves(pen: Pen, desk: Desk) -> Harmless:
    """A file goes to another place, and another one for a short time to none."""
    about = ask(pen, desk)
    text = source(about, desk.rng)
    pen.edit(Change(desk.file(about), text, changed(text, desk.rng), moved_to=desk.file(about)))
    scratch = f"/tmp/check_{desk.rng.randint(1, 9999)}.py"
    pen.run(f"printf 'print(1)' > {scratch} && python {scratch} && rm {scratch}", 0, "1\n")
    look(pen, desk, about)
    answer(pen, desk)
    return Harmless(2)


def ticking(pen: Pen, desk: Desk) -> Harmless:
    """A plan of seven steps is ticked six times; the last step is left to somebody else."""
    about = ask(pen, desk)
    steps = [f"step {number} of the {about.noun}" for number in range(7)]
    for done in range(7):
        states = ["completed" if at < done else "in_progress" if at == done else "pending" for at in range(7)]
        pen.plan(list(zip(steps, states, strict=True)))
        look(pen, desk, about)
    edit(pen, desk, about)
    answer(pen, desk)
    return Harmless(7)


def branches(pen: Pen, desk: Desk) -> Harmless:
    """Git is used for branches, not against one's own edits."""
    about = ask(pen, desk)
    pen.run(f"git checkout -b {about.module}-{about.noun}", 0, "Switched to a new branch\n")
    edit(pen, desk, about)
    pen.run("git add -A && git commit -q -m 'Add it'", 0, "")
    pen.run("git checkout main", 0, "Switched to branch 'main'\n")
    pen.run(f"git checkout {about.module}-{about.noun}", 0, "Switched to branch\n")
    pen.run("git stash list", 0, "")
    answer(pen, desk)
    return Harmless(4)


def bursts(pen: Pen, desk: Desk) -> Harmless:
    """Four edits of one file, one after the other, all of them new."""
    about = ask(pen, desk)
    path, text = desk.file(about), source(about, desk.rng, 8)
    for _ in range(4):
        after = changed(text, desk.rng)
        pen.edit(Change(path, text, after))
        text = after
    answer(pen, desk)
    return Harmless(4)


def questions(pen: Pen, desk: Desk) -> Harmless:
    """How does it work? Twelve files are read, and the question is answered."""
    about = desk.theme()
    pen.pause(60)
    pen.prompt(
        desk.rng.choice(
            (
                "How does {module} decide which {noun} to show?",
                "Explain the {module} package to me",
                "Where is the {noun} of {module} computed, and why twice?",
            )
        )
        .replace("{module}", about.module)
        .replace("{noun}", about.noun)
    )
    for _ in range(desk.rng.randint(11, 14)):
        pen.read(desk.file(about))
    pen.say("It is decided in two places: the view asks the model, and the model asks the table.", final=True)
    return Harmless(1)


def slips(pen: Pen, desk: Desk) -> Harmless:
    """Escape within the first two seconds: a slip of the finger."""
    pen.pause(90)
    began = pen.ms
    pen.prompt(desk.request(desk.theme()))
    pen.ms = began + 800
    pen.stopped_at_once()
    return Harmless(1)


def unread(pen: Pen, desk: Desk) -> Harmless:
    """An edit before reading corrects itself: a small patch failure, nothing more."""
    if not isinstance(pen, ClaudePen):
        return Harmless(0)
    about = ask(pen, desk)
    path = desk.file(about)
    pen.unread_edit(path)
    pen.read(path)
    edit(pen, desk, about, path)
    answer(pen, desk)
    return Harmless(1, allows=frozenset({"patch_failure", "resilient_recovery"}))


def killed(pen: Pen, desk: Desk) -> Harmless:
    """The program goes away while a command runs; nobody stopped the agent."""
    about = ask(pen, desk)
    edit(pen, desk, about)
    pen.cut_off(f"python scripts/{about.module}_all.py")
    return Harmless(1)


def live(pen: Pen, desk: Desk, now_ms: int) -> Harmless:
    """Minutes ago something failed, and the agent is still at it."""
    pen.ms = max(pen.ms, now_ms - 20 * 60_000)
    about = desk.theme()
    pen.prompt(desk.request(about))
    edit(pen, desk, about)
    failure = desk.rng.choice(FAILURES)
    anchor = pen.run(about.fill(failure.command), failure.code, about.fill(failure.output))
    return Harmless(1, (Planted("exec_failure", anchor),))


WITHIN: tuple[Callable[[Pen, Desk], Harmless], ...] = (
    exits, exits, exits, polls, polls, progress, said, series, great_now, test_first, manual_compaction, siblings, moves,
    ticking, branches, bursts, questions, slips, unread,
)  # fmt: skip
FIRST: tuple[Callable[[Pen, Desk], Harmless], ...] = (red_before, findings)
"""How a session may begin: what is red before anything was edited is nobody's fault here."""
