"""What people ask for, what programs print. Written for this generator; all of it invented."""

# A sentence is easier to check against a real one when it stands on one line.
# ruff: noqa: E501

from __future__ import annotations

from random import Random
from typing import NamedTuple

MODULES = (
    "billing", "catalog", "search", "orders", "ledger", "report", "session", "mailer", "parser", "router", "cache",
    "queue", "export", "import", "profile", "avatar", "invoice", "shipping", "stock", "pricing", "coupon", "audit",
    "calendar", "notes", "upload", "thumb", "feed", "ranking", "tagging", "webhook", "locale", "consent",
)  # fmt: skip
NOUNS = (
    "filter",
    "header",
    "column",
    "button",
    "endpoint",
    "counter",
    "label",
    "footer",
    "switch",
    "hook",
    "badge",
    "chart",
)
REQUESTS = (
    "Add a {noun} to the {module} page",
    "Where is the {module} {noun} defined? Please move it next to its caller",
    "Rename the {noun} in {module} to something shorter",
    "Write documentation for the {module} package, one paragraph a class",
    "The {module} service needs a {noun} for guests",
    "Please make the {module} list load its rows lazily",
    "Extract what {module} and its {noun} share into one place",
    "Can you upgrade the {module} client to the new protocol?",
    "Let the {noun} of {module} remember its last state",
    "Introduce a setting that switches the {module} {noun} off",
    "Show the totals of {module} by month as well",
    "Sort {module} by date, newest first, and page it by fifty",
    "Translate the {module} {noun} into German and Portuguese",
    "Log every change in {module} with who made it",
    "Give the {module} table a {noun} that can be exported",
    "Speed up the start of the {module} worker",
    "Make a draft of the migration that splits {module} in two",
    "Replace the hand-written {noun} in {module} by the shared one",
    "Prepare {module} for several currencies",
    "Put the {noun} behind a feature flag, default off, for {module}",
    "Hook {module} up with the event bus",
    "Store the thumbnails of {module} next to their originals",
    "Limit {module} to ten requests a second and say so in the {noun}",
    "Draw the {noun} for {module} in the dark theme too",
    "Collect the constants of {module} in a single table",
    "Send a mail when {module} has been idle for a week",
    "Check which parts of {module} still use the old {noun} and list them in a file",
    "Convert {module} to typed records",
)  # fmt: skip
ANSWERS = (
    "That is in place now; the callers are untouched.",
    "I added it and wired it up in the two places that needed it.",
    "The change is small: one new function and its caller.",
    "It is there now, switched off by default.",
    "I moved it and adapted the imports.",
    "Here is what I changed: the module itself and the page that shows it.",
)
LOOKS = (
    ("ls src/{module}", "__init__.py\nviews.py\nmodels.py\n"),
    ("git log --oneline -3", "a1b2c3d Tidy {module}\nb2c3d4e Add {module}\nc3d4e5f First\n"),
    ("rg -n {noun} src/{module}", "src/{module}/views.py:12: {noun} = None\n"),
    ("wc -l src/{module}/views.py", "120 src/{module}/views.py\n"),
    ("git diff --stat", " src/{module}/views.py | 4 ++--\n"),
    ("du -sh src/{module}", "48K\tsrc/{module}\n"),
    ("find src/{module} -name '*.py'", "src/{module}/views.py\nsrc/{module}/models.py\n"),
    ("head -20 src/{module}/models.py", "class {module}:\n    pass\n"),
)


class Failure(NamedTuple):
    """A command that really fails, and what it prints."""

    command: str
    code: int
    output: str


def _traceback(error: str) -> str:
    return f'Traceback (most recent call last):\n  File "run.py", line 3, in <module>\n    main()\n{error}\n'


FAILURES = (
    Failure("python scripts/{module}_load.py", 1, _traceback("KeyError: '{noun}'")),
    Failure("python manage.py load_{module}", 1, _traceback("ValueError: no {noun} in row 3")),
    Failure("npm run build:{module}", 1, "npm ERR! code ELIFECYCLE\nnpm ERR! {module}@1.0.0 build: `tsc -p {module}`\nnpm ERR! Exit status 2\n"),
    Failure("make {module}", 2, "cc -c {module}.c\n{module}.c:12: error: '{noun}' undeclared\nmake: *** [{module}.o] Error 1\n"),
    Failure("cargo build -p {module}", 101, "error[E0425]: cannot find value `{noun}` in this scope\nerror: could not compile `{module}`\n"),
    Failure("go build ./{module}/...", 1, "./{module}/main.go:8:2: undefined: {noun}\n"),
    Failure("git push origin {module}", 128, "fatal: 'origin' does not appear to be a git repository\n"),
    Failure("git merge {module}-{noun}", 1, "CONFLICT (content): Merge conflict in src/{module}/views.py\nAutomatic merge failed; fix conflicts and then commit the result.\n"),
    Failure("docker build -t {module} .", 1, "ERROR: failed to solve: process \"/bin/sh -c make {noun}\" did not complete successfully: exit code: 2\n"),
    Failure("curl -fsS https://{module}.example/{noun}", 22, "curl: (22) The requested URL returned error: 404\n"),
    Failure("./bin/{module}-sync --{noun}", 1, "open config/{module}.yaml: No such file or directory\n"),
    Failure("./tools/{module}.sh", 3, "{module}.sh: line 9: cd: /srv/{noun}: Permission denied\n"),
    Failure("terraform apply -target=module.{module}", 1, "Error: Reference to undeclared resource\n  on {module}.tf line 3\n"),
    Failure("pip install {module}-{noun}-tools", 1, "ERROR: No matching distribution found for {module}-{noun}-tools\n"),
    Failure("node scripts/{module}.js", 1, "Error: Cannot find module './{noun}'\n    at require (node:internal:1:1)\n    at main (scripts/{module}.js:3:1)\n    at run (node:internal:9:1)\n"),
)  # fmt: skip
CHECKS = (
    ("pytest -q tests/{module}", "3 passed in 0.12s\n", "FAILED tests/{module}/test_views.py::test_{noun} - AssertionError: assert 1 == 2\n1 failed, 2 passed in 0.31s\n", 1),
    ("python -m pytest tests/{module}", "2 passed in 0.10s\n", "FAILED tests/{module}/test_models.py::test_{noun} - KeyError: '{noun}'\n1 failed in 0.21s\n", 1),
    ("npm test", "Tests: 4 passed, 4 total\n", "FAIL src/{module}.test.ts\n  x {noun} (3 ms)\nTests: 1 failed, 3 passed, 4 total\n", 1),
    ("cargo test", "test result: ok. 5 passed; 0 failed\n", "test {module}::{noun} ... FAILED\ntest result: FAILED. 4 passed; 1 failed\n", 101),
    ("go test ./...", "ok  \texample/{module}\t0.01s\n", "--- FAIL: Test{module} (0.00s)\nFAIL\texample/{module}\t0.01s\n", 1),
    ("make test", "all tests passed\n", "1 of 9 tests failed: {noun}\nmake: *** [test] Error 1\n", 2),
)  # fmt: skip


class Theme(NamedTuple):
    """Names for one stretch of work."""

    module: str
    noun: str

    def fill(self, text: str) -> str:
        return text.replace("{module}", self.module).replace("{noun}", self.noun)


def theme(rng: Random) -> Theme:
    return Theme(rng.choice(MODULES), rng.choice(NOUNS))
