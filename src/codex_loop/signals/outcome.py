"""What became of a call: an exit code alone is no failure.

`grep` that finds nothing exits with 1, a red test run tells what it was asked, a killed program was stopped by
somebody. Detectors ask for the outcome, never for the raw code.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from codex_loop.signals.command import Command, parse
from codex_loop.signals.session import Call


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "failed"
    RED = "red"
    """Tests, linters or type checkers ran and found something."""
    BENIGN = "benign"
    """A code that is an answer: nothing found, differs, is not there."""
    ENVIRONMENT = "environment"
    """The program is not there or not executable."""
    DECLINED = "declined"
    INTERRUPTED = "interrupted"
    TIMEOUT = "timeout"
    CASCADE = "cascade"
    RUNNING = "running"
    UNKNOWN = "unknown"


SEARCHERS = frozenset({"grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack", "git grep", "findstr", "Select-String"})
COMPARERS = frozenset({"diff", "cmp", "git diff", "comm", "colordiff"})
PROBES = frozenset({"test", "[", "[[", "which", "type", "where", "pgrep", "hash", "git rev-parse", "git merge-base",
                    "git show-ref", "git check-ignore", "git ls-files", "expr", "docker inspect", "kill"})  # fmt: skip
LOOKERS = frozenset({"ls", "stat", "cat", "find", "head", "tail", "du", "readlink", "file", "wc", "less"})
TESTERS = frozenset({"pytest", "py.test", "unittest", "tox", "nox", "jest", "vitest", "mocha", "ava", "karma", "rspec",
                     "phpunit", "ctest", "gotestsum", "cargo test", "cargo nextest", "go test", "npm test", "npm t",
                     "pnpm test", "yarn test", "bun test", "make test", "make check", "dotnet test", "mvn", "gradle",
                     "./gradlew", "gradlew", "playwright", "cypress", "behave", "minitest", "rake"})  # fmt: skip
CHECKERS = frozenset({"ruff", "flake8", "pylint", "mypy", "pyright", "tsc", "eslint", "prettier", "black", "isort",
                      "cargo clippy", "cargo fmt", "golangci-lint", "shellcheck", "rubocop", "stylelint", "biome",
                      "make lint", "pre-commit", "lint-imports", "vue-tsc",
                      "go vet", "gofmt", "clang-tidy", "clang-format", "swiftlint", "ktlint", "bandit"})  # fmt: skip
_ASKED_TO_TEST = frozenset({("node", "--test"), ("deno", "test"), ("swift", "test"), ("mix", "test"), ("rails", "test"),
                            ("dart", "test"), ("flutter", "test"), ("zig", "test"), ("sbt", "test"), ("lein", "test"),
                            ("bazel", "test"), ("xcodebuild", "test"), ("stack", "test"), ("cabal", "test"),
                            ("dune", "test"), ("ng", "test"), ("nx", "test"), ("just", "test"), ("task", "test"),
                            ("hatch", "test"), ("composer", "test"), ("python", "manage.py test"),
                            ("python3", "manage.py test"), ("php", "artisan test")})  # fmt: skip
"""Programs that do much else, and what makes them run tests."""
_INTERPRETERS = frozenset({"python", "python3", "node", "deno", "bun", "ruby", "php", "tsx", "ts-node", "bash", "sh"})
_TEST_SCRIPT = re.compile(r"(?:^|[/\\])(?:test_\w+|\w+[._-](?:test|spec))\.(?:py|[cm]?[jt]sx?|rb|php|sh)$")
_SCRIPT = re.compile(r"^(tests?|lint|check|typecheck|type-check|format)(?:$|[:.-])")
"""What `npm run` and its kin call a check; `build` and `dev` are none."""
_COMPANION = re.compile(
    r"command not found|No such file|Permission denied|\bfatal:|\bpanic:|Traceback \(most recent call last\)"
    r"|^goroutine \d+|\berror(?:\[\w+\])?:|\bError:|(?:^\s+at .*\n){3}",
    re.MULTILINE,
)
_SHELL_LACKS = re.compile(
    r"^(?:\S*/)?(?:ba|z|da|k)?sh: (?:line \d+: )?[^\n:]+: (?:command not found|not found|Permission denied)"
    r"|^command not found: ",
    re.MULTILINE,
)
_SIGNALLED = frozenset({-1, 130, 137, 143})
_STATUSES = {
    "declined": Outcome.DECLINED,
    "interrupted": Outcome.INTERRUPTED,
    "timeout": Outcome.TIMEOUT,
    "cascade": Outcome.CASCADE,
    "running": Outcome.RUNNING,
}


def outcome(call: Call) -> Outcome:
    """By the status the agent stated, then by what this command's exit code means."""
    if call.exit_code == 0 and call.status == "ok":  # nearly all of them
        return Outcome.OK
    return _judged(call.status, call.command, call.exit_code, call.output, call.error)


@lru_cache(maxsize=4096)
def _judged(status: str | None, line: str | None, code: int | None, output: str | None, error: str | None) -> Outcome:
    """Every detector asks of every call: worked out once."""
    stated = _STATUSES.get(status or "")
    if stated is not None:
        return stated
    if line is None:
        return {"failed": Outcome.FAILED, "ok": Outcome.OK}.get(status or "", Outcome.UNKNOWN)
    if code == 0 or (code is None and status == "ok"):
        return Outcome.OK
    told = (output or "", error or "")
    if code is None:
        return _codeless(parse(line), told) if status == "failed" else Outcome.UNKNOWN
    return _nonzero(parse(line), code, told)


def _codeless(command: Command, told: tuple[str, str]) -> Outcome:
    """A failure whose code this version does not tell (Claude Code 1): taken for 1, unless the shell says otherwise."""
    if _SHELL_LACKS.search(told[0]) and not _answers(command, 1):
        return Outcome.ENVIRONMENT
    return _nonzero(command, 1, told)


_BY_CODE = {124: Outcome.TIMEOUT, 126: Outcome.ENVIRONMENT, 127: Outcome.ENVIRONMENT, 141: Outcome.BENIGN}


def _nonzero(command: Command, code: int, told: tuple[str, str]) -> Outcome:
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code in _SIGNALLED:
        return Outcome.TIMEOUT if "timed out" in told[0] else Outcome.INTERRUPTED
    if is_check(command) and code in _red_codes(command):
        return Outcome.RED
    if _answers(command, code):
        return Outcome.BENIGN
    # Of a program nobody knows, a code alone proves nothing: some say with 1 what others print.
    return Outcome.FAILED if _is_known(command) or any(map(_COMPANION.search, told)) else Outcome.UNKNOWN


def is_test(command: Command) -> bool:
    """Whether some part of it runs tests, or the last part a file of tests."""
    return (
        any(head in TESTERS for head in command.heads)
        or _script(command) in ("test", "tests")
        or _is_asked_to_test(command)
    )


def _is_asked_to_test(command: Command) -> bool:
    program, words = command.head.partition(" ")[0], command.words[1:]
    asked = (*words[:3], " ".join(words[:2]))
    if any((program, each) in _ASKED_TO_TEST for each in asked):
        return True
    file = next((word for word in words if not word.startswith("-")), "")
    return program in _INTERPRETERS and "-c" not in words and bool(_TEST_SCRIPT.search(file))


def is_check(command: Command) -> bool:
    """Whether some part of it runs tests, a linter, a type checker or a formatter that only looks."""
    return is_test(command) or any(head in CHECKERS for head in command.heads) or _script(command) is not None


def is_polling(call: Call) -> bool:
    """Asking the same again on purpose: waiting for something."""
    return _polls(call.name, call.command)


@lru_cache(maxsize=4096)
def _polls(name: str | None, line: str | None) -> bool:
    tool = (name or "").lower()
    if any(word in tool for word in ("status", "wait", "poll", "taskoutput", "bashoutput")) or tool == "write_stdin":
        return True
    command = parse(line)
    if "curl" in command.heads:
        return bool(_HEALTH.search(line or ""))
    if command.head == "gh pr":
        return bool(_LOOKS_AT_PR & set(command.words))
    return any(head in _WAITERS for head in command.heads)


_WAITERS = frozenset({"sleep", "wait", "watch", "ps", "docker ps", "docker logs", "kubectl get", "git status",
                      "gh run", "tail", "top", "uptime", "date", "squeue", "lsof"})  # fmt: skip
_LOOKS_AT_PR = frozenset({"checks", "status", "view"})
_HEALTH = re.compile(
    r"localhost|127\.0\.0\.1|\[::1\]|\b(?:health\w*|ready\w*|alive|live(?:ness|z)?|status|ping)\b", re.IGNORECASE
)
"""Addresses that are asked again and again until they answer."""


def _script(command: Command) -> str | None:
    """Which check a script of package.json says it is; None for none."""
    if command.head.partition(" ")[0] not in ("npm", "pnpm", "yarn", "bun"):
        return None
    found = next((match for word in command.words[1:4] if (match := _SCRIPT.match(word))), None)
    return None if found is None else found[1]


def _red_codes(command: Command) -> frozenset[int]:
    """pytest 2 to 4 are interruptions, crashes and wrong usage: those are failures of the call."""
    return frozenset({1, 5}) if "pytest" in command.heads else frozenset({1, 2, 100, 101})


def _answers(command: Command, code: int) -> bool:
    head = command.head
    if head in SEARCHERS or head in COMPARERS or head in PROBES:
        return code == 1
    return head in LOOKERS and code in (1, 2)


def _is_known(command: Command) -> bool:
    return command.head.partition(" ")[0] in _PLAIN or is_check(command)


_PLAIN = frozenset({"git", "cargo", "go", "npm", "pnpm", "yarn", "make", "python", "python3", "node", "pip", "pip3",
                    "docker", "kubectl", "gcc", "g++", "clang", "cc", "cmake", "ninja", "mvn", "gradle", "psql",
                    "mysql", "sqlite3", "ssh", "scp", "rsync", "tar", "unzip", "cp", "mv", "rm", "mkdir", "touch",
                    "sed", "awk", "patch", "apply_patch", "terraform", "ansible", "helm", "gh", "java", "ruby",
                    "bundle", "exit", "php", "composer", "dotnet", "swift", "xcodebuild", "uv", "poetry"})  # fmt: skip
"""Programs whose exit code other than 0 is a failure, whatever they print."""
