"""An exit code alone is no failure, and success is one even when the output is full of errors."""

from __future__ import annotations

import pytest

from codex_loop.signals.outcome import Outcome, is_polling, outcome
from tests.signals.hands import Hand

SHELL = "/bin/bash: line 1: "


@pytest.mark.parametrize(
    ("command", "code", "output", "expected"),
    [
        ("grep -rn x src", 1, "", Outcome.BENIGN),
        ("grep -rn x src", 2, "grep: src: No such file or directory", Outcome.FAILED),
        ("cat a | rg x", 1, "", Outcome.BENIGN),
        ("cd src && git grep x", 1, "", Outcome.BENIGN),
        ("diff a b", 1, "1c1", Outcome.BENIGN),
        ("git diff --exit-code", 1, "-a\n+b", Outcome.BENIGN),
        ("[ -f x ]", 1, "", Outcome.BENIGN),
        ("which x", 1, "", Outcome.BENIGN),
        ("command -v x", 1, "", Outcome.UNKNOWN),
        ("ls build", 2, "ls: cannot access 'build'", Outcome.BENIGN),
        ("git log | head -3", 141, "", Outcome.BENIGN),
        ("pytest -q", 1, "1 failed", Outcome.RED),
        ("pytest -q", 4, "ERROR: file not found", Outcome.FAILED),
        ("python -m pytest", 1, "1 failed", Outcome.RED),
        ("npm test", 1, "1 failed", Outcome.RED),
        ("node --test", 1, "# fail 1", Outcome.RED),
        ("cd web && node --test --test-reporter=spec test/", 1, "# fail 1", Outcome.RED),
        ("node server.js", 1, "Error: no port", Outcome.FAILED),
        ("python manage.py test shop", 1, "FAILED (failures=1)", Outcome.RED),
        ("python manage.py migrate", 1, "django.db.utils.OperationalError", Outcome.FAILED),
        ("python3 tests/test_sums.py", 1, "AssertionError", Outcome.RED),
        ("node src/sums.test.mjs", 1, "AssertionError", Outcome.RED),
        ("python3 contest_rules.py", 1, "KeyError", Outcome.FAILED),
        ("python3 -c 'import test_sums.py'", 1, "ImportError", Outcome.FAILED),
        ("deno test", 1, "FAILED", Outcome.RED),
        ("swift build", 1, "error: no", Outcome.FAILED),
        ("npm run test:unit", 1, "1 failed", Outcome.RED),
        ("npm run lint", 1, "3 problems", Outcome.RED),
        ("npm run build", 1, "npm ERR!", Outcome.FAILED),
        ("npm run build:tests", 1, "npm ERR!", Outcome.FAILED),
        ("ruff check src", 1, "F401", Outcome.RED),
        ("cargo build", 101, "error[E0425]", Outcome.FAILED),
        ("git push", 128, "fatal: no", Outcome.FAILED),
        ("./has-changes", 1, "", Outcome.UNKNOWN),
        ("./has-changes", 1, "open x: No such file or directory", Outcome.FAILED),
        ("jq . x", 127, SHELL + "jq: command not found", Outcome.ENVIRONMENT),
        ("python x.py", 124, "", Outcome.TIMEOUT),
        ("python x.py", 143, "Command timed out after 2m", Outcome.TIMEOUT),
        ("python x.py", 137, "", Outcome.INTERRUPTED),
        ("python x.py || true", 0, "Traceback (most recent call last):", Outcome.OK),
        ("cat log", 0, "fatal: error: panic", Outcome.OK),
    ],
)  # fmt: skip
def test_a_code_means_what_the_program_means_by_it(command: str, code: int, output: str, expected: Outcome) -> None:
    assert outcome(Hand().run(command, code, output)) is expected


@pytest.mark.parametrize(
    ("command", "output", "expected"),
    [
        ("pytest -q", "1 failed", Outcome.RED),
        ("jq . x", SHELL + "jq: command not found", Outcome.ENVIRONMENT),
        ("./bin/x", SHELL + "./bin/x: Permission denied", Outcome.ENVIRONMENT),
        ("type x", SHELL + "type: x: not found", Outcome.BENIGN),
        ("ls x", "ls: x: No such file or directory", Outcome.BENIGN),
        ("make", "make: *** [a] Error 1", Outcome.FAILED),
        ("./has-changes", "", Outcome.UNKNOWN),
    ],
)
def test_a_failure_without_a_code_is_judged_by_what_was_run(command: str, output: str, expected: Outcome) -> None:
    assert outcome(Hand().run(command, None, output, status="failed")) is expected


@pytest.mark.parametrize(
    "command",
    [
        "sleep 3 && ls",
        "git status",
        "docker ps",
        "gh run view 3",
        "tail -f x",
        "gh pr checks 3",
        "curl -s localhost:80/health",
    ],
)
def test_waiting_is_polling(command: str) -> None:
    assert is_polling(Hand().run(command))


@pytest.mark.parametrize("command", ["curl -fsS https://shipping.example/rates", "git commit", "ls", "gh pr create"])
def test_working_is_not_polling(command: str) -> None:
    assert not is_polling(Hand().run(command))
