"""What test programs print: how many passed and failed, and which, whatever the exit status says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from codex_loop.tasks.distill.commands import Part

Runner = Literal["pytest", "unittest", "node", "jest", "vitest", "go", "cargo"]
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ABSENT = re.compile(
    r"command not found|No module named (?:pytest|unittest)\b|not found in PATH|no test files|no tests ran"
    r"|unrecognized arguments|file or directory not found|Cannot find module '[^']*(?:jest|vitest)"
)


class Tally(NamedTuple):
    """What one test run said; None: it did not say."""

    passed: int | None = None
    failed: int | None = None
    passing: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()

    @property
    def said(self) -> bool:
        return self.passed is not None or self.failed is not None


def runner(part: Part) -> Runner | None:
    """The test program this part starts; None for anything else, wrappers like `make test` included."""
    words = list(part.words)
    name = _name(words[0])
    if name in ("npx", "bunx") and len(words) > 1:
        words = [word for word in words[1:] if not word.startswith("-")] or words
        name = _name(words[0])
    if re.fullmatch(r"python[\d.]*", name) and "-m" in words[1:]:
        module = words[words.index("-m") + 1 :][:1]
        name = module[0] if module and module[0] in ("pytest", "unittest") else name
    if name in ("pytest", "py.test"):
        return "pytest"
    if name == "unittest":
        return "unittest"
    if name == "node" and "--test" in words:
        return "node"
    if name in ("jest", "vitest"):
        return "jest" if name == "jest" else "vitest"
    if name in ("go", "cargo") and words[1:2] == ["test"]:
        return "go" if name == "go" else "cargo"
    return None


def _name(word: str) -> str:
    return word.replace("\\", "/").rpartition("/")[2]


def recognised(output: str) -> Runner | None:
    """Which test program printed this, where another program started it; None where nothing tells."""
    plain = _ANSI.sub("", output)
    return next((name for name, pattern in _SIGNATURES.items() if pattern.search(plain)), None)


_SIGNATURES: Mapping[Runner, re.Pattern[str]] = {
    "pytest": re.compile(
        r"=+ (?:test session starts|short test summary info|.* in [\d.]+s.*) =+|\d+ passed in [\d.]+s"
    ),
    "unittest": re.compile(r"^Ran \d+ tests? in [\d.]+s$", re.MULTILINE),
    "cargo": re.compile(r"^test result: (?:ok|FAILED)\. \d+ passed", re.MULTILINE),
    "vitest": re.compile(r"^\s*Test Files\s+\d+", re.MULTILINE),
    "jest": re.compile(r"^Test Suites:\s+.*\d+ total", re.MULTILINE),
    "node": re.compile(r"^(?:#|\u2139) tests \d+$", re.MULTILINE),
    "go": re.compile(r"^(?:ok|FAIL)\s+\S+\s+(?:[\d.]+s|\(cached\))$|^\s*--- (?:PASS|FAIL): Test", re.MULTILINE),
}


def tally(which: Runner, output: str) -> Tally:
    """What a run of this program printed."""
    return _READERS[which](_ANSI.sub("", output))


def could_not_run(output: str) -> bool:
    """The test program is not there, or found nothing to run."""
    return bool(_ABSENT.search(output))


_PYTEST_COUNT = re.compile(r"(\d+) (passed|failed|errors?)\b")
_PYTEST_LAST = re.compile(r"^=*\s*((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s", re.MULTILINE)
_PYTEST_LINE = re.compile(r"^(PASSED|FAILED|ERROR)\s+(\S+?\.py(?:::[^\[\n]+?(?:\[.*\])?)?)(?: - .*)?$", re.MULTILINE)
_PYTEST_VERBOSE = re.compile(r"^(\S+?\.py::.+?) (PASSED|FAILED|ERROR)\b", re.MULTILINE)


def _pytest(text: str) -> Tally:
    last = _PYTEST_LAST.findall(text)
    counts = {kind.rstrip("s"): int(count) for count, kind in _PYTEST_COUNT.findall(last[-1])} if last else None
    told = {name: kind for kind, name in _PYTEST_LINE.findall(text)}
    told |= dict(_PYTEST_VERBOSE.findall(text))
    return Tally(
        passed=None if counts is None else counts.get("passed", 0),
        failed=None if counts is None else counts.get("failed", 0) + counts.get("error", 0),
        passing=tuple(sorted(name for name, kind in told.items() if kind == "PASSED")),
        failing=tuple(sorted(name for name, kind in told.items() if kind != "PASSED")),
    )


_RAN = re.compile(r"^Ran (\d+) tests?", re.MULTILINE)
_UNITTEST_ENDS = re.compile(r"^(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$", re.MULTILINE)
_UNITTEST_BAD = re.compile(r"^(?:FAIL|ERROR): (\w+) \(([\w.]+)\)", re.MULTILINE)
_UNITTEST_GOOD = re.compile(r"^(\w+) \(([\w.]+)\)(?:\n.*)? \.\.\. ok$", re.MULTILINE)


def _unittest(text: str) -> Tally:
    ran, ends = _RAN.findall(text), _UNITTEST_ENDS.findall(text)
    if not ran or not ends:
        return Tally()
    counts = {kind: int(count) for kind, count in re.findall(r"(\w+)=(\d+)", ends[-1])}
    bad = counts.get("failures", 0) + counts.get("errors", 0) + counts.get("unexpected", 0)
    return Tally(
        passed=max(int(ran[-1]) - bad - counts.get("skipped", 0), 0),
        failed=bad,
        passing=tuple(sorted({_dotted(*each) for each in _UNITTEST_GOOD.findall(text)})),
        failing=tuple(sorted({_dotted(*each) for each in _UNITTEST_BAD.findall(text)})),
    )


def _dotted(method: str, path: str) -> str:
    """`test_a (tests.test_b.TestC.test_a)`, before Python 3.11 without the last part, as pytest calls it."""
    names = path.removesuffix(f".{method}").split(".")
    return f"{'/'.join(names[:-1])}.py::{names[-1]}::{method}"


_NODE_COUNT = re.compile(r"^(?:#|\u2139) (pass|fail) (\d+)$", re.MULTILINE)
_NODE_LINE = re.compile(r"^\s*(not ok|ok) \d+ - (.+?)(?: # .*)?$", re.MULTILINE)
_SPEC_LINE = re.compile(r"^\s*([\u2714\u2713\u2716\u2715\u00d7]) (.+?)(?: \([\d.]+ ?m?s\))?$", re.MULTILINE)
_GOOD_MARKS = "\u2714\u2713"


def _node(text: str) -> Tally:
    counts = {kind: int(count) for kind, count in _NODE_COUNT.findall(text)}
    told = {name: mark == "ok" for mark, name in _NODE_LINE.findall(text)} | _spec(text)
    return Tally(counts.get("pass"), counts.get("fail"), *_sorted(told))


_JEST_COUNT = re.compile(r"^\s*Tests:?\s+(.*\d+ (?:passed|failed).*)$", re.MULTILINE)


def _jest(text: str) -> Tally:
    lines = _JEST_COUNT.findall(text)
    if not lines:
        return Tally()
    counts = {kind: int(count) for count, kind in re.findall(r"(\d+) (passed|failed)", lines[-1])}
    return Tally(counts.get("passed", 0), counts.get("failed", 0), *_sorted(_spec(text)))


def _spec(text: str) -> dict[str, bool]:
    return {name: mark in _GOOD_MARKS for mark, name in _SPEC_LINE.findall(text)}


_GO_LINE = re.compile(r"^\s*--- (PASS|FAIL): (\S+)", re.MULTILINE)
_GO_PACKAGE = re.compile(r"^(ok|FAIL)\s+(\S+)\s", re.MULTILINE)


def _go(text: str) -> Tally:
    told = {name: kind == "PASS" for kind, name in _GO_LINE.findall(text)}
    packages = [kind for kind, _ in _GO_PACKAGE.findall(text)]
    if not told and not packages:
        return Tally()
    passing, failing = _sorted(told)
    return Tally(len(passing) or packages.count("ok"), len(failing) or packages.count("FAIL"), passing, failing)


_CARGO_LINE = re.compile(r"^test (\S+)(?: - .*)? \.\.\. (ok|FAILED)$", re.MULTILINE)
_CARGO_COUNT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed", re.MULTILINE)


def _cargo(text: str) -> Tally:
    told = {name: kind == "ok" for name, kind in _CARGO_LINE.findall(text)}
    counts = _CARGO_COUNT.findall(text)
    if not counts:
        broken = "could not compile" in text
        return Tally(0, 1) if broken else Tally()
    return Tally(sum(int(each[0]) for each in counts), sum(int(each[1]) for each in counts), *_sorted(told))


def _sorted(told: Mapping[str, bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(sorted(name for name, good in told.items() if good)),
        tuple(sorted(name for name, good in told.items() if not good)),
    )


_READERS: Mapping[Runner, Callable[[str], Tally]] = {
    "pytest": _pytest,
    "unittest": _unittest,
    "node": _node,
    "jest": _jest,
    "vitest": _jest,
    "go": _go,
    "cargo": _cargo,
}
