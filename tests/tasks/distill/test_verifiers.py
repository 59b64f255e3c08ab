"""Which check a part of a session gives, and the reason where it gives none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from codex_loop.tasks.distill import segment as segments
from codex_loop.tasks.distill import verifiers
from codex_loop.tasks.distill.ground import Ground
from codex_loop.tasks.distill.story import Change, Facts, Prompt, Run, Story
from codex_loop.tasks.distill.verifiers import Verifier, is_test
from codex_loop.tasks.distill.whole_files import Whole
from tests.tasks.distill import played
from tests.tasks.distill.conftest import Opened
from tests.tasks.distill.played import GREEN, RED

UNIT_RED = "FAIL: test_delay (test_backoff.TestDelay.test_delay)\nRan 2 tests in 0.001s\n\nFAILED (failures=1)\n"
UNIT_GREEN = "test_delay (test_backoff.TestDelay.test_delay) ... ok\nRan 2 tests in 0.001s\n\nOK\n"
Step = tuple[str, int, str] | str
"""A command with its exit code and output, or a file that is edited."""


@pytest.fixture
def derived(tmp_path: Path, opened: Opened) -> object:
    """What these steps give, in a clone with these files."""

    def derive(
        steps: Sequence[Step], changed: Sequence[str] = ("backoff.py",), files: dict[str, str | bytes] | None = None
    ) -> Verifier:
        tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files or dict(played.FILES)))
        runs, changes = [], []
        for at, step in enumerate(steps, 2):
            if isinstance(step, str):
                changes.append(Change(seq=at, path=step, kind="update", moved_to=None, diff="", whole=Whole()))
            else:
                command, code, output = step
                runs.append(Run(seq=at, ended=at, call_id=str(at), command=command, cwd="/w/demo", exit_code=code,
                                status="failed" if code else "ok", output=output, duration_ms=2000))  # fmt: skip
        tale = Story(facts=Facts(agent="codex", native_id="x", cwd="/w/demo"), prompts=(Prompt(1, "t", "Fix it all"),),
                     runs=tuple(runs), changes=tuple(changes), last_seq=99, times={})  # fmt: skip
        place = Ground(tree.repository, "/w/demo", "", None)
        return verifiers.derive(tale, place, segments.between(tale, 1, 99), changed, tree)

    return derive


@pytest.mark.parametrize(
    "command", ["pytest -q", "python -m pytest -q | tail -5", "cd /w/demo && timeout 60 uv run pytest -q || true",
                "bash -lc 'pytest -q'", "make test"],
)  # fmt: skip
def test_red_and_green_are_read_from_the_output_whatever_the_status_says(command: str, derived: object) -> None:
    piped = "|" in command
    found = derived([(command, 0 if piped else 1, RED), "backoff.py", (command, 0, GREEN)])  # type: ignore[operator]
    assert (found.kind, found.runner) == ("red_green_tests", "pytest")
    assert found.fail_to_pass == ("tests/test_backoff.py::test_delay",)
    assert found.test_files == ("tests/test_backoff.py",)
    assert found.seconds == 2.0


def test_tests_that_unittest_found_from_elsewhere_have_their_path(derived: object) -> None:
    command = "python -m unittest discover -s tests"
    found = derived([(command, 1, UNIT_RED), "backoff.py", (command, 0, UNIT_GREEN)])  # type: ignore[operator]
    assert (found.kind, found.runner) == ("red_green_tests", "unittest")
    assert found.fail_to_pass == ("tests/test_backoff.py::TestDelay::test_delay",)


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("python3 -c 'from backoff import delay; assert delay(3) > 7'", None),
        ("cd /w/demo && python - <<'EOF'\nimport backoff\nassert backoff.delay(3) == 8\nEOF",
         "python -c 'import backoff\nassert backoff.delay(3) == 8'"),
    ],
)  # fmt: skip
def test_a_reproducer_that_failed_and_passed_is_a_check(command: str, kept: str | None, derived: object) -> None:
    found = derived([(command, 1, "AssertionError"), "backoff.py", (command, 0, "")])  # type: ignore[operator]
    assert (found.kind, found.command) == ("failing_command", kept or command)


@pytest.mark.parametrize("package", ['{"scripts": {"test": "node --test"}}', "[" * 50_000])
def test_npm_test_is_what_package_json_says_else_what_it_prints(package: str, derived: object) -> None:
    files = {"package.json": package, "a.js": "", "test/a.test.js": "test('adds it')"}
    steps = [("npm test", 1, "\u2716 adds it (1ms)\n\u2139 tests 1\n\u2139 pass 0\n\u2139 fail 1\n"), "a.js",
             ("npm test", 0, "\u2714 adds it (1ms)\n\u2139 tests 1\n\u2139 pass 1\n\u2139 fail 0\n")]  # fmt: skip
    found = derived(steps, ("a.js",), files)  # type: ignore[operator]
    assert (found.runner, found.fail_to_pass) == ("node", ("test/a.test.js::adds it",))


def test_new_tests_and_a_green_run_are_a_check_too(derived: object) -> None:
    steps = ["tests/test_backoff.py", "backoff.py", ("pytest -q", 0, GREEN)]
    found = derived(steps, ("backoff.py", "tests/test_backoff.py"))  # type: ignore[operator]
    assert (found.kind, found.fail_to_pass) == ("new_tests", ())


def test_a_command_that_failed_and_then_passed_with_the_same_words(derived: object) -> None:
    steps = [("python check.py --all", 3, ""), "backoff.py", ("python check.py --all", 0, "")]
    found = derived(steps)  # type: ignore[operator]
    assert (found.kind, found.command, found.fail_to_pass) == ("failing_command", "python check.py --all", ("command",))


@pytest.mark.parametrize(
    "steps",
    [
        [("python check.py | tail", 1, ""), "backoff.py", ("python check.py | tail", 0, "")],
        [("ls gone.txt", 2, ""), "backoff.py", ("ls gone.txt", 0, "")],
        [("pip install x", 1, ""), "backoff.py", ("pip install x", 0, "")],
        [("python -c 'import x'", 1, ""), "backoff.py", ("python -c 'import x'", 0, "")],
        [("python -c 'import backoff'", 1, ""), ("python -c 'import backoff'", 0, "")],
        [("python -c 'import backoff' | cat", 1, ""), "backoff.py", ("python -c 'import backoff' | cat", 0, "")],
        [("curl http://localhost:1/", 7, ""), "backoff.py", ("curl http://localhost:1/", 0, "")],
        [("missing-tool x", 127, "command not found"), "backoff.py", ("missing-tool x", 0, "")],
        [("python check.py", 3, ""), ("python check.py", 0, "")],
        [("python check.py a", 3, ""), "backoff.py", ("python check.py b", 0, "")],
        [("pytest -q", 127, "bash: pytest: command not found"), "backoff.py", ("echo done", 0, "")],
        [("git status", 1, ""), "backoff.py", ("git status", 0, "")],
        [("cd /w/other && pytest -q", 1, RED), "backoff.py", ("cd /w/other && pytest -q", 0, GREEN)],
    ],
)
def test_what_says_nothing_about_the_files_is_no_check(steps: list[Step], derived: object) -> None:
    found = derived(steps)  # type: ignore[operator]
    assert found.kind == "missing"
    assert found.reason


@pytest.mark.parametrize(
    ("files", "kind"), [({"requirements-dev.txt": "mypy==1.11.0\n"}, "failing_command"), ({}, "missing")]
)
def test_a_checker_counts_where_its_version_is_pinned(
    files: dict[str, str | bytes], kind: str, derived: object
) -> None:
    steps = [("mypy src", 1, "error"), "backoff.py", ("mypy src", 0, "")]
    found = derived(steps, ("backoff.py",), {**played.FILES, **files})  # type: ignore[operator]
    assert found.kind == kind
    assert (found.reason is None) or "needs mypy, whose version nothing pins" in found.reason


@pytest.mark.parametrize(
    ("steps", "changed", "reason"),
    [
        ([], (), "no change of a file is recorded"),
        (["backoff.py"], ("backoff.py",), "no command was run"),
        (["backoff.py", ("ls", 0, "")], ("backoff.py",), "no tests were run"),
        (["backoff.py", ("pytest", 1, RED)], ("backoff.py",), "the tests were still red at the end"),
        ([("pytest", 0, GREEN), "backoff.py", ("pytest", 0, GREEN)], ("backoff.py",), "the tests were green all along"),
        (["backoff.py", ("pytest | tail", 0, "...")], ("backoff.py",), "cannot be read from what they printed"),
    ],
)
def test_the_reason_for_no_check_is_the_nearest_one(
    steps: list[Step], changed: tuple[str, ...], reason: str, derived: object
) -> None:
    assert reason in derived(steps, changed).reason  # type: ignore[operator]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("tests/a.py", True), ("src/test_a.py", True), ("a_test.go", True), ("src/a.spec.ts", True), ("conftest.py", True),
     ("src/__tests__/a.js", True), ("src/contest.py", False), ("latest/a.py", False), ("src/attest.py", False),
     ("src/testing.py", False), ("AppTests.cs", True)],
)  # fmt: skip
def test_tests_are_told_from_the_rest(path: str, expected: bool) -> None:
    assert is_test(path) is expected
