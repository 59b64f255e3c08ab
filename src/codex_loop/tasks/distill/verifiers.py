"""What can check a solution: tests that turned green in the session, new tests, a command that failed and then passed.

Everything here is a candidate. The gate runs it with and without the solution, and believes only that.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from codex_loop.tasks.distill.commands import Part, parts
from codex_loop.tasks.distill.ground import Ground
from codex_loop.tasks.distill.locked import LOCK
from codex_loop.tasks.distill.runners import Runner, Tally, could_not_run, recognised, runner, tally
from codex_loop.tasks.distill.segment import Segment
from codex_loop.tasks.distill.story import Run, Story
from codex_loop.tasks.distill.tree import Tree

Kind = Literal["red_green_tests", "new_tests", "failing_command", "missing"]
_TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|testing|test_?data|__snapshots__)/|(?:^|/)(?:test_[^/]*\.py|conftest\.py|pytest\.ini|tests?\.rs)$"
    r"|(?:_test\.(?:py|go|rs|exs?)|[.-](?:test|spec)s?\.[cm]?[jt]sx?|Tests?\.(?:java|cs|kt))$"
)
_PYTHON_TEST = re.compile(r"(?:^|/)(?:test[^/]*|[^/]*_tests?)\.py$")
_COMMANDS = frozenset({"make", "tsc", "mypy", "pyright", "ruff", "flake8", "black", "eslint", "cargo", "go", "node",
                       "bash", "sh", "npm", "yarn", "pnpm", "gcc", "cmake", "tox", "nox", "just"})  # fmt: skip
"""Programs whose failure is about the files they are pointed at."""
_OUTWARD = re.compile(
    r"\b(?:pip3?|npm|yarn|pnpm|cargo|go|apt(?:-get)?)\s+(?:install|ci|add|get|publish|login|mod)\b|\bcurl\b|\bwget\b|\bssh\b"
    r"|https?://|\bgit\s+(?:push|pull|fetch|clone)\b|\bdocker\b|\bsudo\b|\bserve\b|\brunserver\b|\bdev\b|\bstart\b|--watch\b"
)
_FEW_FILES, _MOST_FILES = 40, 300
_INLINE = re.compile(r"(?:^|\s)-(?:c|e|p|-eval|-print)\b|<<")
_CODE_AFTER = {"python": "-c", "node": "-e"}


class Verifier(msgspec.Struct, frozen=True, kw_only=True):
    """How a solution is checked."""

    kind: Kind
    runner: Runner | None = None
    command: str = ""
    """As the session ran it, without what surrounds it."""
    folder: str = ""
    """Where, from the top of the repository."""
    variables: tuple[tuple[str, str], ...] = ()
    test_files: tuple[str, ...] = ()
    """From the top of the repository; none means every test there is."""
    fail_to_pass: tuple[str, ...] = ()
    pass_to_pass: tuple[str, ...] = ()
    red: tuple[str, ...] = ()
    """What the red run named: tests, or files that could not be loaded."""
    red_seq: int | None = None
    green_seq: int | None = None
    seconds: float = 0.0
    """The longest run in the session."""
    reason: str | None = None
    """Why there is none."""


class Try(NamedTuple):
    """One run of a test program, or of a command that can fail for what the files hold."""

    run: Run
    part: Part
    runner: Runner | None
    tally: Tally
    verdict: Literal["red", "green", "unknown"]

    @property
    def target(self) -> tuple[str, ...]:
        return (*self.part.words, self.part.folder)


def is_test(path: str) -> bool:
    """Whether a file is a test, or serves tests alone."""
    return bool(_TEST_PATH.search(path))


def derive(story: Story, ground: Ground, segment: Segment, changed: Sequence[str], after: Tree) -> Verifier:
    """The best check this part of the session gives; kind `missing`, with the reason, where it gives none."""
    runs = [run for run in story.runs if segment.first <= run.seq <= segment.last]
    tries = [each for run in runs for each in _tries(run, after) if _is_inside(each, ground)]
    tests = [each for each in tries if each.runner is not None]
    edits = [change.seq for change in story.changes if segment.first <= change.seq <= segment.last]
    found = _red_green(tests, edits) or _new_tests(tests, changed)
    if found is not None:
        return _tests(found, ground, changed, after)
    commands = [each for each in tries if each.runner is None and _is_about(each.part, changed)]
    failing = _failing_command(commands, edits)
    if failing is not None:
        return _command(failing, ground, after)
    return Verifier(kind="missing", reason=_why_none(runs, tests, changed))


class _Pair(NamedTuple):
    kind: Kind
    red: Try | None
    green: Try | None
    all_tries: Sequence[Try]


def _tries(run: Run, after: Tree) -> list[Try]:
    if run.status in ("declined", "interrupted", "running", "cascade"):
        return []
    found = []
    pieces = [part for part in parts(run.command) if part.words]
    for part in pieces:
        which = runner(part) or (_hidden_runner(part, run, after) if _may_run_tests(part) else None)
        if which is not None:
            seen = tally(which, run.output)
            found.append(Try(run, part, which, seen, _verdict(run, part, seen)))
        elif part is pieces[-1] and _is_command(part):
            found.append(Try(run, part, None, Tally(), _plain_verdict(run, part)))
    return found


def _is_inside(each: Try, ground: Ground) -> bool:
    """Not in some other folder, whose files are not those of the task."""
    places = [place for place in (each.run.cwd, each.part.folder) if place and place.startswith(("/", "~"))]
    return all(ground.relative(f"{place}/x") is not None for place in places[-1:])


def _may_run_tests(part: Part) -> bool:
    words = " ".join(part.words[:4])
    return bool(re.search(r"\btests?\b|\bcheck\b|\btox\b|\bnox\b|\bcoverage\b|\bpython[\d.]*\b", words))


def _hidden_runner(part: Part, run: Run, after: Tree) -> Runner | None:
    """`npm test` runs what package.json says; what `make test` runs shows in its output."""
    if part.words[0] in ("npm", "pnpm", "yarn") and (script := _script(part, after)):
        inner = [which for each in parts(script) if (which := runner(each))]
        if inner:
            return inner[-1]
    return recognised(run.output)


def _script(part: Part, after: Tree) -> str:
    words = [word for word in part.words[1:] if word not in ("run", "--silent", "-s")]
    text = after.text(posixpath.normpath(posixpath.join(part.folder, "package.json")))
    try:
        scripts = json.loads(text or "{}").get("scripts", {})
        return str(scripts.get(words[0] if words else "test", ""))
    except (ValueError, AttributeError, RecursionError):
        return ""


def _verdict(run: Run, part: Part, seen: Tally) -> Literal["red", "green", "unknown"]:
    if seen.failed:
        return "red"
    if seen.passed and seen.failed == 0:
        return "green"
    if could_not_run(run.output) or not part.reliable:
        return "unknown"
    if run.exit_code == 0 and not seen.said:
        return "green"
    return "red" if run.exit_code in (1, 2, 101) and not seen.passed else "unknown"


def _plain_verdict(run: Run, part: Part) -> Literal["red", "green", "unknown"]:
    if not part.reliable or run.exit_code is None or run.exit_code in (124, 126, 127) or run.exit_code < 0:
        return "unknown"
    return "green" if run.exit_code == 0 else "red"


def _is_command(part: Part) -> bool:
    name = part.words[0].rpartition("/")[2]
    known = name in _COMMANDS or bool(re.fullmatch(r"python[\d.]*", name)) or part.words[0].startswith("./")
    return (
        known
        and len(part.words) > 1 - part.words[0].startswith("./") - (name == "make")
        and not _OUTWARD.search(part.text)
        and (_code(part) is not None or not _INLINE.search(f" {' '.join(part.words[1:3])}"))
    )


def _code(part: Part) -> str | None:
    """The program that is an argument of its interpreter; None where there is none."""
    name = part.words[0].rpartition("/")[2].rstrip("0123456789.")
    return part.words[2] if len(part.words) == 3 and part.words[1] == _CODE_AFTER.get(name) else None


def _is_about(part: Part, changed: Sequence[str]) -> bool:
    """A reproducer of its own says something only where it speaks of what was changed."""
    code = _code(part)
    if code is None:
        return True
    names = {_called(path) for path in changed if not is_test(path)}
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", code) for name in names if name)


def _called(path: str) -> str:
    """What a program calls this file: a package by its folder's name."""
    name = posixpath.basename(path).partition(".")[0]
    return posixpath.basename(posixpath.dirname(path)) if name in ("__init__", "index", "main", "mod", "lib") else name


def _red_green(tests: Sequence[Try], edits: Sequence[int]) -> _Pair | None:
    """The last green run, and the first red one of the same program before it with an edit in between."""
    for green in reversed([each for each in tests if each.verdict == "green"]):
        reds = [
            each
            for each in tests
            if each.verdict == "red" and each.runner == green.runner and each.run.seq < green.run.seq
            and any(each.run.seq < seq < green.run.seq for seq in (*edits, *_shell_edits(tests, each, green)))
        ]  # fmt: skip
        if reds:
            return _Pair("red_green_tests", reds[0], green, tests)
    return None


def _shell_edits(tests: Sequence[Try], red: Try, green: Try) -> list[int]:
    """Red and then green is a change of something, also where no edit was recorded."""
    return [red.run.seq + 1] if red.part.text == green.part.text and green.run.seq > red.run.seq + 1 and tests else []


def _new_tests(tests: Sequence[Try], changed: Sequence[str]) -> _Pair | None:
    if not any(is_test(path) for path in changed):
        return None
    last = tests[-1] if tests else None
    return _Pair("new_tests", None, last, tests) if last is not None and last.verdict == "green" else None


def red_end(story: Story, segment: Segment, ground: Ground, after: Tree) -> Verifier | None:
    """What was red when the work ended: a later commit may have mended it."""
    runs = [run for run in story.runs if segment.first <= run.seq <= segment.last]
    tries = [each for run in runs for each in _tries(run, after) if _is_inside(each, ground)]
    tests = [each for each in tries if each.runner is not None]
    if not tests or tests[-1].verdict != "red":
        return None
    return _tests(_Pair("red_green_tests", tests[-1], None, tests), ground, (), after)


def _tests(pair: _Pair, ground: Ground, changed: Sequence[str], after: Tree) -> Verifier:
    chosen = pair.green or pair.red
    assert chosen is not None
    folder = _folder(chosen, ground)
    if (lacking := _unlocked(chosen.runner, folder, after)) is not None:
        return Verifier(kind="missing", reason=f"the tests are run by {chosen.runner}, and {lacking}")
    every = [path for path in after.paths() if _is_test_file(path, chosen.runner)]
    red, green = (
        tuple(_placed(_rooted(name, folder), every, after) for name in names)
        for names in (
            pair.red.tally.failing if pair.red is not None else (),
            pair.green.tally.passing if pair.green is not None else (),
        )
    )
    return Verifier(
        kind=pair.kind,
        runner=chosen.runner,
        command=chosen.part.text,
        folder=folder,
        variables=chosen.part.variables,
        test_files=_files(chosen, folder, (*red, *green), changed, every),
        fail_to_pass=tuple(sorted(name for name in red if "::" in name and (not green or name in green))),
        pass_to_pass=tuple(sorted(name for name in green if "::" in name and name not in red)),
        red=red,
        red_seq=None if pair.red is None else pair.red.run.seq,
        green_seq=None if pair.green is None else pair.green.run.seq,
        seconds=max((each.run.duration_ms or 0) / 1000 for each in pair.all_tries),
    )


def _unlocked(which: Runner | None, folder: str, after: Tree) -> str | None:
    """What is missing for a test program that is a package of the project itself."""
    if which not in ("jest", "vitest") or any(posixpath.join(each, LOCK) in after for each in (folder, "")):
        return None
    other = next((name for name in ("yarn.lock", "pnpm-lock.yaml", "bun.lock") if name in after), None)
    told = f"{other} is not read" if other is not None else "`npm install` makes one"
    return f"no {LOCK} says which; {told}"


def _files(
    chosen: Try, folder: str, tests: Sequence[str], changed: Sequence[str], every: Sequence[str]
) -> tuple[str, ...]:
    """The files of the tests that were named, and of those that changed; all there are, where none were named."""
    named = {name.partition("::")[0] for name in tests}
    named |= {_rooted(word, folder).partition("::")[0] for word in chosen.part.words[1:]}
    found = {path for path in every if path in named or path in changed}
    whole = not any(path in named for path in every) or len(every) <= _FEW_FILES
    return tuple(sorted(found | set(every[:_MOST_FILES] if whole else ())))


def _placed(name: str, every: Sequence[str], after: Tree) -> str:
    """A test by its file, where a program named it from elsewhere, or by its title alone."""
    path, colons, rest = name.partition("::")
    if colons:
        ending = [each for each in every if each.endswith(f"/{path}")]
        return f"{ending[0]}::{rest}" if path not in after and len(ending) == 1 else name
    if name.endswith((".py", ".js", ".ts", ".mjs", ".cjs")) or len(every) > _MOST_FILES:
        return name
    holding = [each for each in every if name in (after.text(each) or "")]
    return f"{holding[0]}::{name}" if len(holding) == 1 else name


def _is_test_file(path: str, which: Runner | None) -> bool:
    if which in ("pytest", "unittest"):
        return bool(_PYTHON_TEST.search(path))
    if which == "go":
        return path.endswith("_test.go")
    if which == "cargo":
        return path.endswith(".rs") and is_test(path)
    return bool(re.search(r"\.[cm]?[jt]sx?$", path)) and is_test(path)


def _rooted(name: str, folder: str) -> str:
    path, colons, rest = name.partition("::")
    if not colons and not re.search(r"\.\w+$", path):
        return name
    return posixpath.normpath(posixpath.join(folder, path)) + colons + rest


def _folder(chosen: Try, ground: Ground) -> str:
    cwd = chosen.run.cwd
    start = "" if cwd is None else ground.relative(cwd) or ""
    start = ground.folder if cwd is None else start
    if chosen.part.folder.startswith("/"):
        return ground.relative(chosen.part.folder) or ""
    joined = posixpath.normpath(posixpath.join(start, chosen.part.folder)) if chosen.part.folder else start
    return "" if joined in (".", "") or joined.startswith("..") else joined


def _failing_command(tries: Sequence[Try], edits: Sequence[int]) -> tuple[Try, Try] | None:
    """The last command that failed, and then passed with the same words after an edit."""
    for green in reversed([each for each in tries if each.verdict == "green"]):
        for red in tries:
            if (
                red.verdict == "red"
                and red.target == green.target
                and red.run.seq < green.run.seq
                and any(red.run.seq < seq < green.run.seq for seq in edits)
            ):
                return red, green
    return None


def _command(pair: tuple[Try, Try], ground: Ground, after: Tree) -> Verifier:
    red, green = pair
    folder = _folder(green, ground)
    lacking = _unpinned(green.part, after)
    if lacking is not None:
        return Verifier(
            kind="missing", reason=f"the command that turned green needs {lacking}, whose version nothing pins"
        )
    return Verifier(
        kind="failing_command",
        command=green.part.text,
        folder=folder,
        variables=green.part.variables,
        fail_to_pass=("command",),
        red_seq=red.run.seq,
        green_seq=green.run.seq,
        seconds=max((each.run.duration_ms or 0) / 1000 for each in pair),
    )


_INSTALLED = frozenset({"mypy", "pyright", "ruff", "flake8", "black", "tsc", "eslint", "tox", "nox"})


def _unpinned(part: Part, after: Tree) -> str | None:
    """A checker that has to be installed, where no requirements file says which."""
    words = [word for word in part.words if word not in ("-m", "npx") and not re.fullmatch(r"python[\d.]*", word)]
    name = words[0].rpartition("/")[2] if words else ""
    if name not in _INSTALLED:
        return None
    pinned = re.compile(rf"^{name}==", re.MULTILINE)
    texts = [after.text(path) for path in after.paths() if re.fullmatch(r"requirements[^/]*\.txt", path)]
    return None if any(text and pinned.search(text) for text in texts) else name


def _why_none(runs: Sequence[Run], tests: Sequence[Try], changed: Sequence[str]) -> str:
    if not changed:
        return "no change of a file is recorded, so there is nothing to check"
    if not runs:
        return "no command was run, so nothing shows that the change works"
    if not tests:
        return "no tests were run, and no command failed and then passed"
    if tests[-1].verdict == "red":
        return "the tests were still red at the end, and no later commit mends them"
    if tests[-1].verdict == "unknown":
        return "whether the tests passed cannot be read from what they printed"
    return "the tests were green all along: nothing tells the state before from the one after"
