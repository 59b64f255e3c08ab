"""What would give a task away: tests or solution where the agent can read them, a history that leads to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

import msgspec

from codex_loop.tasks.gate import solution
from codex_loop.tasks.gate.check import Check, failed, joined, passed, some, warned
from codex_loop.tasks.gate.folder import REPOSITORY, Member, Written, files, gold, is_text, members, sha256
from codex_loop.tasks.gate.solution import Grams

_TOO_MUCH = 0.5
"""From this share of the solution on, the instruction is the solution."""
_NOTED = 0.1
_COPY = 0.9
_COPY_GRAMS = 8
"""A shorter solution is said alike in many places of a project."""
_HISTORY = re.compile(rb"^# v[23] git bundle|^PACK\0")
_FETCHES = re.compile(r"\bgit\s+(clone|fetch|pull)\b|^\s*ADD\s+\S*\.git\b", re.IGNORECASE | re.MULTILINE)
_TITLED = re.compile(r"^([ \t]*)(?:test|it)(?:\.\w+)*\(\s*(?P<mark>['\"`])(?P<title>.+?)(?P=mark)\s*,", re.MULTILINE)
_SMALL = 40
"""A file of fewer bytes is equal to another by chance."""


class _Base(NamedTuple):
    """What the agent finds in its folder."""

    paths: dict[str, str]
    """Every file with the hash of its content."""
    history: list[str]
    copies: list[str]
    """Files that hold almost the whole solution."""
    tests: dict[str, str]
    """Texts of those files that hidden tests have a version of."""


def look(task: Written) -> Iterator[Check]:
    """A history in the base tree, and the solution's text."""
    wanted = solution.grams_of_patch(gold(task.path) or "")
    base = _base(task, wanted)
    yield _history(task, base)
    yield _solution(task, wanted, base)


def hidden_tests(task: Written) -> Check:
    """Whether the agent could read the tests that have to turn green; these must have been measured to be known."""
    return _hidden(task, _base(task, frozenset()))


def _base(task: Written, wanted: Grams) -> _Base:
    base = _Base({}, [], [], {})
    hidden = {name for name, _ in _hidden_files(task)}
    for member in members(task.path):
        if _is_history(member):
            base.history.append(member.path)
        if member.kind != "file":
            continue
        base.paths[member.path] = sha256(member.data)
        if not is_text(member.data):
            continue
        text = member.data.decode("utf-8", "replace")
        if member.path in hidden:
            base.tests[member.path] = text
        if len(wanted) >= _COPY_GRAMS and solution.told(wanted, text) >= _COPY * len(wanted):
            base.copies.append(member.path)
    return base


def _is_history(member: Member) -> bool:
    parts = PurePosixPath(member.path).parts
    if ".git" in parts or {("refs", "heads"), ("objects", "pack")} & set(pairwise(parts)):
        return True
    return member.kind == "file" and _HISTORY.search(member.data[:64]) is not None


def _history(task: Written, base: _Base) -> Check:
    if base.history:
        detail = f"{REPOSITORY} holds a history ({joined(base.history)}): what came later can be read there"
        return failed("history", detail, files=some(base.history))
    recipe = task.path / "environment" / "Dockerfile"
    if recipe.is_file() and (found := _FETCHES.search(recipe.read_text("utf-8", "replace"))):
        return failed(
            "history", f"environment/Dockerfile brings a history in: {found[0].strip()}", line=found[0].strip()
        )
    return passed("history", "the base tree has no history, and its image fetches none")


def _hidden_files(task: Written) -> Iterator[tuple[str, bytes]]:
    root = task.path / "tests" / "hidden"
    for place in files(task.path, "tests/hidden"):
        yield place.relative_to(root).as_posix(), place.read_bytes()


def _hidden(task: Written, base: _Base) -> Check:
    """A hidden file may be the base's own (a conftest), but not one that holds a test which has to go green."""
    shown: set[str] = set()
    count = 0
    for name, data in _hidden_files(task):
        count += 1
        text = data.decode("utf-8", "replace") if is_text(data) else ""
        mine = _tests_of(task, name, text)
        if base.paths.get(name) == sha256(data):
            shown |= mine
        elif name in base.tests and text:
            # One that only cannot be loaded there was not red before, so that it may well be known.
            red = mine - set(task.spec.weak_fail_to_pass if task.spec is not None else ())
            shown |= _same_tests(red, text, base.tests[name])
    elsewhere = _in_image(task, base)
    if shown:
        detail = f"the base tree already holds {joined(shown)}: the agent could read what is asked of it"
        return failed("hidden_tests", detail, tests=some(shown))
    if elsewhere:
        detail = f"the agent's image holds {joined(elsewhere)}"
        return failed("hidden_tests", detail, files=some(elsewhere))
    return passed("hidden_tests", f"none of {count} hidden files is in the base tree or the agent's image", files=count)


def _tests_of(task: Written, name: str, text: str) -> set[str]:
    """The tests of that file that have to go from failing to passing."""
    wanted = task.spec.fail_to_pass if task.spec is not None else ()
    mine = {test for test in wanted if test.partition("::")[0].lstrip("./") == name}
    # Go and Rust name a test by what it was built into.
    built = name.endswith((".go", ".rs"))
    return mine | {test for test in wanted if built and _begin(test, text) is not None}


def _same_tests(tests: set[str], hidden: str, base: str) -> set[str]:
    """Tests that stand in both versions of a file, word for word."""
    return {test for test in tests if (body := _body(test, hidden)) and body == _body(test, base)}


def _body(test: str, text: str) -> str:
    """The lines of a test, without those around it; nothing where it cannot be found."""
    begin = _begin(test, text)
    if begin is None:
        return ""
    lines = text[begin.start() :].splitlines()
    indent = len(begin[1])
    kept = [lines[0]]
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def _begin(test: str, text: str) -> re.Match[str] | None:
    """Where a function of that name, or a test of that title, begins."""
    name = re.escape(re.split(r"[\[(/]", test.rpartition("::")[2])[0])
    function = re.search(rf"^([ \t]*)(?:(?:pub|async)[ \t]+)*(?:def|fn|func)[ \t]+{name}\b", text, re.MULTILINE)
    if function is not None:
        return function
    return next((each for each in _TITLED.finditer(text) if test.endswith(each["title"])), None)


def _in_image(task: Written, base: _Base) -> list[str]:
    """Files of the tests or the solution that would be built into the agent's image."""
    # What packages are fetched by is the project's own, in the agent's tree too.
    known = (task.path / "tests" / "hidden", task.path / "tests" / "locked")
    private = {
        sha256(data): place.relative_to(task.path).as_posix()
        for place in files(task.path, "tests", "solution")
        if not any(map(place.is_relative_to, known)) and len(data := place.read_bytes()) >= _SMALL
    }
    image = {
        place.relative_to(task.path).as_posix(): sha256(place.read_bytes())
        for place in files(task.path, "environment")
        if place.name not in ("Dockerfile", "repo.tar")
    }
    hidden = {sha256(data): f"tests/hidden/{name}" for name, data in _hidden_files(task) if len(data) >= _SMALL}
    named = [f"{private[digest]} as {REPOSITORY}:{name}" for name, digest in base.paths.items() if digest in private]
    private |= hidden
    return named + [f"{private[digest]} as {name}" for name, digest in image.items() if digest in private]


def _solution(task: Written, wanted: Grams, base: _Base) -> Check:
    if not wanted:
        return passed("leaks", "the solution is too short to be told from any other text", runs=0)
    texts = {"instruction.md": task.instruction, "task.toml": (task.path / "task.toml").read_text("utf-8")}
    texts |= dict(_image_texts(task))
    shares = {name: solution.told(wanted, text) / len(wanted) for name, text in texts.items()}
    worst = max(shares, key=lambda name: shares[name])
    seen = {"runs": len(wanted), **{name: round(share, 3) for name, share in shares.items() if share}}
    if base.copies:
        copies = f"{REPOSITORY}:{joined(base.copies)}"
        return failed("leaks", f"the solution stands in the base tree, in {copies}", files=some(base.copies))
    if shares[worst] >= _TOO_MUCH:
        return failed("leaks", f"{worst} tells {shares[worst]:.0%} of the solution", **seen)
    if shares[worst] >= _NOTED:
        return warned("leaks", f"{worst} tells {shares[worst]:.0%} of the solution", **seen)
    return passed("leaks", "the solution stands nowhere the agent can read", **seen)


def _image_texts(task: Written) -> Iterator[tuple[str, str]]:
    for place in files(task.path, "environment", "trajectory.json"):
        if place.name == "repo.tar":
            continue
        data = place.read_bytes()
        if is_text(data):
            text = data.decode("utf-8", "replace")
            yield place.relative_to(task.path).as_posix(), _spoken(text) if place.name == "trajectory.json" else text


def _spoken(text: str) -> str:
    """The strings of a JSON document as they read, without its escapes."""
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return "\n".join(_strings(document))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
