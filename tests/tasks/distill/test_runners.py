"""What test programs print is read as they print it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codex_loop.tasks.distill.commands import parts
from codex_loop.tasks.distill.runners import Runner, Tally, recognised, runner, tally

PYTEST = """\
.F.s                                                                     [100%]
=================================== FAILURES ===================================
_________________________________ test_b ________________________________
E       assert 1 == 2
=========================== short test summary info ============================
FAILED tests/test_a.py::test_b - assert 1 == 2
FAILED tests/test_a.py::TestC::test_d[x - y] - ValueError
ERROR tests/test_broken.py - ImportError: no name
2 failed, 2 passed, 1 skipped, 1 error in 0.12s
"""
UNITTEST = """\
test_add (test_calc.TestCalc.test_add) ... ok
test_sub (test_calc.TestCalc.test_sub)
It takes away. ... FAIL

======================================================================
FAIL: test_sub (test_calc.TestCalc.test_sub)
----------------------------------------------------------------------
Ran 3 tests in 0.001s

FAILED (failures=1, skipped=1)
"""
NODE_TAP = "TAP version 13\n# Subtest: adds\nok 1 - adds\nnot ok 2 - takes away\n1..2\n# tests 2\n# pass 1\n# fail 1\n"
NODE_SPEC = "\u2714 adds (0.5ms)\n\u2716 takes away (1.2ms)\n\u2139 tests 2\n\u2139 pass 1\n\u2139 fail 1\n"
JEST = (
    "PASS src/a.test.js\n  \u2713 adds (2 ms)\n  \u2715 takes away (1 ms)\n\nTests:       1 failed, 1 passed, 2 total\n"
)
VITEST = " \u2713 src/a.test.ts (2)\n Test Files  1 failed (1)\n      Tests  1 failed | 1 passed (2)\n"
GO = "--- FAIL: TestSub (0.00s)\n    calc_test.go:9: no\n--- PASS: TestAdd (0.00s)\nFAIL\nFAIL\texample.com/a\t0.002s\n"
CARGO = "test tests::adds ... ok\ntest tests::subs ... FAILED\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored;\n"


@pytest.mark.parametrize(
    ("which", "output", "expected"),
    [
        ("pytest", PYTEST, Tally(2, 3, (), ("tests/test_a.py::TestC::test_d[x - y]", "tests/test_a.py::test_b",
                                            "tests/test_broken.py"))),
        ("pytest", "3 passed in 0.01s", Tally(3, 0)),
        ("unittest", UNITTEST, Tally(1, 1, ("test_calc.py::TestCalc::test_add",),
                                     ("test_calc.py::TestCalc::test_sub",))),
        ("node", NODE_TAP, Tally(1, 1, ("adds",), ("takes away",))),
        ("node", NODE_SPEC, Tally(1, 1, ("adds",), ("takes away",))),
        ("jest", JEST, Tally(1, 1, ("adds",), ("takes away",))),
        ("go", GO, Tally(1, 1, ("TestAdd",), ("TestSub",))),
        ("cargo", CARGO, Tally(1, 1, ("tests::adds",), ("tests::subs",))),
        ("pytest", "collecting ...", Tally()),
    ],
)  # fmt: skip
def test_counts_and_names_are_read(which: Runner, output: str, expected: Tally) -> None:
    found = tally(which, output)
    assert (found.passed, found.failed, found.failing) == (expected.passed, expected.failed, expected.failing)
    assert set(expected.passing) <= set(found.passing)


@pytest.mark.parametrize(
    ("which", "output"),
    [("pytest", PYTEST), ("unittest", UNITTEST), ("node", NODE_TAP), ("node", NODE_SPEC),
     ("jest", "Test Suites: 1 total\n"), ("vitest", VITEST), ("go", GO),
     ("cargo", CARGO), (None, "3 passed the exam")],
)  # fmt: skip
def test_output_tells_which_program_another_one_started(which: Runner | None, output: str) -> None:
    assert recognised(output) == which


@pytest.mark.parametrize(
    ("line", "which"),
    [("pytest -q", "pytest"), ("python3.12 -m pytest", "pytest"), ("python -m unittest discover", "unittest"),
     ("node --test", "node"), ("npx --no-install jest", "jest"), ("npx vitest run", "vitest"), ("go test ./...", "go"),
     ("cargo test -q", "cargo"), ("make test", None), ("python setup.py", None), ("go build", None)],
)  # fmt: skip
def test_programs_are_known_by_their_words(line: str, which: Runner | None) -> None:
    assert runner(parts(line)[0]) == which


def test_a_real_run_of_pytest_and_of_unittest_is_read(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import unittest\n\n\nclass TestIt(unittest.TestCase):\n    def test_good(self):\n        pass\n\n"
        "    def test_bad(self):\n        self.fail('no')\n"
    )
    for module, which in (("pytest", "pytest"), ("unittest", "unittest")):
        done = subprocess.run(
            [sys.executable, "-m", module, *(["-q", "-p", "no:cacheprovider"] if module == "pytest" else ["-v"])],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = tally(which, done.stdout + done.stderr)  # type: ignore[arg-type]
        assert (found.passed, found.failed, found.failing) == (1, 1, ("test_it.py::TestIt::test_bad",))
