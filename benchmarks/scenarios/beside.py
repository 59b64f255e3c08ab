"""Sessions beside each other in one repository: begun anew, far dearer than their like, commits mended or left alone.

Every group of sessions has a repository of its own, and look-alikes next to what is planted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from benchmarks.scenarios.cases import DAY_MS, FORMATS, Case
from benchmarks.scenarios.claude import ClaudePen
from benchmarks.scenarios.codex import CodexPen
from benchmarks.scenarios.pen import Anchor, Change, Pen
from benchmarks.scenarios.planted import Planted
from benchmarks.scenarios.words import FAILURES
from benchmarks.scenarios.work import Desk, answer, ask, changed, edit, look, source, turn

MINUTE_MS = 60_000
PEERS = 36
DEAR = 4
"""So many of one repository's sessions stand out."""
_SHARED = b"/demo.git"
_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789"
_QUICK = frozenset({"fast_completion"})
_LEFT = frozenset({"abandoned_tool_flow", "exec_failure", *_QUICK})
_FIXES = (
    "Fix {noun} of {module}",
    "fix({module}): {noun}",
    "Hotfix for {module}",
    "Repair the {noun}",
    "bugfix: {noun}",
)
_STEPS = ("Add {noun} to {module}", "Show the {noun}", "feat({module}): {noun}", "Move {module}", "Prefix the {noun}")


class Group:
    """A repository, and the sessions written in it."""

    def __init__(self, rng: Random, number: int, start_ms: int) -> None:
        self.rng, self.start_ms = rng, start_ms
        self.agent, self.version = FORMATS[number % len(FORMATS)]
        self.name = "".join(_SIGNS[number // 36**place % 36] for place in range(4))
        self._cases: list[tuple[Pen, tuple[Planted, ...], frozenset[str]]] = []

    def begin(self, at_ms: int) -> tuple[Pen, Desk]:
        cwd = f"/home/dev/{self.name}"
        made = CodexPen if self.agent == "codex" else ClaudePen
        return made(self.version, self.rng, at_ms, cwd), Desk(self.rng)

    def keep(self, pen: Pen, *planted: Planted, allows: frozenset[str] = _QUICK) -> None:
        self._cases.append((pen, planted, allows))

    def cases(self) -> Iterator[Case]:
        for pen, planted, allows in self._cases:
            content = pen.content.replace(_SHARED, f"/{self.name}.git".encode())
            yield Case(
                self.agent, self.version, pen.path, pen.session, content, planted, allows, kinds=("beside",)
            )  # fmt: skip


def restart(group: Group) -> None:
    """Left failing, and begun anew within half an hour on the same files, or later, or on others."""
    rng = group.rng
    pen, desk = group.begin(group.start_ms)
    turn(pen, desk)
    about = ask(pen, desk)
    text = source(about, rng)
    files = [desk.file(about) for _ in range(rng.randint(1, 2))]
    for file in files:
        pen.edit(Change(file, text, changed(text, rng)))
    failure = rng.choice(FAILURES)
    left = pen.run(about.fill(failure.command), failure.code, about.fill(failure.output))
    soon, same = rng.random() < 0.75, rng.random() < 0.75
    minutes = rng.randint(1, 18) if soon else rng.randint(40, 600)
    again, desk = group.begin(pen.ms + minutes * MINUTE_MS)
    ask(again, desk)
    for file in files if same else (f"docs/{about.noun}.md",):
        edit(again, desk, about, file)
    answer(again, desk)
    told = (Planted("abandoned_restart", left),) if soon and same else ()
    group.keep(pen, *told, allows=_LEFT)
    group.keep(again)


def outlier(group: Group) -> None:
    """Some of many like sessions take ten times the tokens."""
    dear = set(group.rng.sample(range(PEERS), DEAR))
    for number in range(PEERS):
        pen, desk = group.begin(group.start_ms + number * 97 * MINUTE_MS)
        ask(pen, desk)
        calls = group.rng.randint(5, 8)
        for call in range(calls * 10 if number in dear else calls):
            pen.run(f"ls src/part_{call}", 0, f"part_{call}.py\n")
        answer(pen, desk)
        group.keep(pen, *((Planted("cost_outlier"),) if number in dear else ()))


def _commit(pen: Pen, desk: Desk, files: Sequence[str], subjects: Sequence[str], sha: str) -> tuple[Anchor, str]:
    """Edits and their commit: the call, and its subject."""
    about = ask(pen, desk)
    look(pen, desk, about)
    for file in files:
        edit(pen, desk, about, file)
    subject = about.fill(pen.rng.choice(subjects))
    quiet = pen.rng.random() < 0.3
    said = "" if quiet else f"[main {sha}] {subject}\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"
    line = f'git add -A && git commit -{"q" if quiet else ""}m "{subject}"'
    if pen.rng.random() < 0.2:
        line = f"git commit -aqm \"$(cat <<'EOF'\n{subject}\n\nWhy it was done.\nEOF\n)\""
    made = pen.run(line, 0, said)
    answer(pen, desk)
    return made, subject


def _digest(rng: Random) -> str:
    return f"{rng.randrange(16**7):07x}"


def regression(group: Group) -> None:
    """A commit that another session mends or takes back within a week, or works on from."""
    rng, sha = group.rng, _digest(group.rng)
    pen, desk = group.begin(group.start_ms)
    file = f"src/{group.name}/core.py"
    made, subject = _commit(pen, desk, (file, f"src/{group.name}/view.py")[: rng.randint(1, 2)], _STEPS, sha)
    how = rng.choice(("mended", "mended", "reverted", "continued", "elsewhere", "late"))
    days = rng.uniform(8, 11) if how == "late" else rng.uniform(0.1, 6.5)
    later, desk = group.begin(pen.ms + int(days * DAY_MS))
    if how == "reverted":
        ask(later, desk)
        later.run(f"git revert --no-edit {sha}", 0, f'[main {_digest(rng)}] Revert "{subject}"\n 1 file changed\n')
        answer(later, desk)
    else:
        other = f"src/{group.name}/menu.py"
        touched = other if how == "elsewhere" else file
        _commit(later, desk, (touched,), _STEPS if how == "continued" else _FIXES, _digest(rng))
    planted = (Planted("post_commit_regression", made),) if how in ("mended", "reverted") else ()
    group.keep(pen, *planted, allows=_QUICK | ({"commit_without_rework"} if how in ("elsewhere", "late") else set()))
    group.keep(later)


def lasting(group: Group) -> None:
    """A commit that rests for a week, or does not, or of which nobody knows."""
    rng = group.rng
    pen, desk = group.begin(group.start_ms)
    file = f"src/{group.name}/core.py"
    made, _ = _commit(pen, desk, (file,), _STEPS, _digest(rng))
    how = rng.choice(("rests", "rests", "rests", "touched", "unknown"))
    between, desk = group.begin(pen.ms + int(rng.uniform(0.5, 6) * DAY_MS))
    about = ask(between, desk)
    edit(between, desk, about, file if how == "touched" else f"src/{group.name}/menu.py")
    answer(between, desk)
    planted = (Planted("commit_without_rework", made),) if how == "rests" else ()
    group.keep(pen, *planted)
    group.keep(between)
    if how != "unknown":
        after, desk = group.begin(pen.ms + int(rng.uniform(7.5, 12) * DAY_MS))
        turn(after, desk)
        group.keep(after)


_WRITERS: dict[str, Callable[[Group], None]] = {
    "abandoned_restart": restart,
    "cost_outlier": outlier,
    "post_commit_regression": regression,
    "commit_without_rework": lasting,
}
CATEGORIES = tuple(_WRITERS)


def groups(rng: Random, now_ms: int, each: int, only: Sequence[str] = ()) -> Iterator[Case]:
    """At least so many events of every kind, each among look-alikes."""
    number = 0
    for category, write in _WRITERS.items():
        if only and category not in only:
            continue
        planted = 0
        while planted < each:
            group = Group(rng, number, now_ms - int(rng.uniform(16, 30) * DAY_MS))
            number += 1
            write(group)
            for case in group.cases():
                planted += sum(event.category == category for event in case.planted)
                yield case
