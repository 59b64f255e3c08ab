"""The script that grades runs alone in a task's verifier: what it writes is all that counts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.tasks.distill.kit import grade

NAMES = st.sampled_from(["testResults", "name", "assertionResults", "fullName", "status", "Test", "Action", "pass"])
REPORTS = st.recursive(
    st.none() | st.booleans() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())
SCRIPT = str(files("codex_loop.tasks.distill.kit").joinpath("grade.py"))


def graded(folder: Path, turn: Sequence[str], keep: Sequence[str] = (), names: Sequence[str] = ()) -> tuple[str, Any]:
    """The reward and the report that the script writes for what lies in the folder."""
    spec = {
        "kind": "",
        "command": "",
        "test_files": list(names),
        "fail_to_pass": list(turn),
        "pass_to_pass": list(keep),
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    subprocess.run(
        [sys.executable, "-I", SCRIPT],
        check=True,
        env={"CODEX_LOOP_LOGS": str(folder), "CODEX_LOOP_TESTS": str(folder)},
    )
    return (folder / "reward.txt").read_text(), json.loads((folder / "report.json").read_text())


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """What a real run of pytest leaves."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(
        "import pytest\n\n\nclass TestIn:\n    @pytest.mark.parametrize('x', [1, 2])\n    def test_x(self, x):\n"
        "        assert x == 1\n\n\ndef test_good():\n    pass\n\n\n@pytest.mark.skip\ndef test_skipped():\n    pass\n"
    )
    (tmp_path / "tests" / "test_broken.py").write_text("import nothing_of_that_name\n")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", f"--rootdir={tmp_path}",
         "--continue-on-collection-errors", "-o", "junit_family=xunit1", f"--junitxml={tmp_path}/junit.xml"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    return tmp_path


def test_tests_have_the_names_that_pytest_gives_them(run: Path) -> None:
    _, report = graded(run, ["tests/test_a.py::test_good"])
    assert report["seen"] == {
        "tests/test_a.py::TestIn::test_x[1]": "passed",
        "tests/test_a.py::TestIn::test_x[2]": "failed",
        "tests/test_a.py::test_good": "passed",
        "tests/test_a.py::test_skipped": "skipped",
        "tests/test_broken.py": "failed",
    }


@pytest.mark.parametrize(
    ("turn", "keep", "reward"),
    [
        (["tests/test_a.py::test_good"], ["tests/test_a.py::TestIn::test_x[1]"], "1\n"),
        (["tests/test_a.py::test_good"], ["tests/test_a.py::TestIn::test_x[2]"], "0\n"),
        (["tests/test_a.py::test_skipped"], [], "0\n"),
        (["tests/test_a.py::test_absent"], [], "0\n"),
        ([], ["tests/test_a.py::test_good"], "0\n"),
        ([], [], "0\n"),
    ],
)
def test_only_what_ran_and_passed_is_rewarded(run: Path, turn: list[str], keep: list[str], reward: str) -> None:
    assert graded(run, turn, keep)[0] == reward


def test_a_suite_that_could_not_start_is_worth_nothing(tmp_path: Path) -> None:
    assert graded(tmp_path, ["a.py::test_b"])[0] == "0\n"
    (tmp_path / "junit.xml").write_text("<testsuites><testsuite>")
    assert graded(tmp_path, ["a.py::test_b"])[0] == "0\n"


@pytest.mark.parametrize(
    ("status", "reward"), [("0\n", "1\n"), ("1\n", "0\n"), ("124\n", "0\n"), ("0\n1\n", "0\n"), ("", "0\n")]
)
def test_a_command_passes_when_it_ends_well(status: str, reward: str, tmp_path: Path) -> None:
    (tmp_path / "status.txt").write_text(status)
    assert graded(tmp_path, ["command"])[0] == reward


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_a_real_run_of_node_is_graded(tmp_path: Path) -> None:
    (tmp_path / "a.test.mjs").write_text(
        "import {test, describe, it} from 'node:test';\nimport assert from 'node:assert';\n"
        "test('adds', () => assert.equal(1 + 1, 2));\ntest('bad', () => assert.equal(1, 2));\n"
        "describe('group', () => { it('inside', () => {}); });\n"
    )
    subprocess.run(
        ["node", "--test", "--test-reporter=junit", f"--test-reporter-destination={tmp_path}/junit-0.xml",
         "a.test.mjs"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    reward, report = graded(
        tmp_path, ["test/a.test.mjs::adds"], ["test/a.test.mjs::group > inside"], ["test/a.test.mjs"]
    )
    assert report["seen"]["test/a.test.mjs::bad"] == "failed"
    assert reward == "1\n"


def test_what_go_cargo_and_jest_leave_is_read(tmp_path: Path) -> None:
    go = [{"Action": "run", "Package": "p", "Test": "TestA"}, {"Action": "pass", "Package": "p", "Test": "TestA"},
          {"Action": "fail", "Package": "p", "Test": "TestB"}, {"Action": "fail", "Package": "p"}]  # fmt: skip
    (tmp_path / "go.json").write_text("# noise\n" + "\n".join(map(json.dumps, go)))
    (tmp_path / "cargo.txt").write_text("     Running tests/it.rs (target/x)\ntest adds ... ok\ntest subs ... FAILED\n")
    suite = {"name": "/app/src/a.test.js", "assertionResults": [{"fullName": "adds", "status": "passed"},
                                                               {"fullName": "later", "status": "pending"}]}  # fmt: skip
    (tmp_path / "jest.json").write_text(json.dumps({"testResults": [suite]}))
    _, report = graded(tmp_path, ["x"])
    assert report["seen"] == {
        "p::TestA": "passed", "p::TestB": "failed", "tests/it.rs::adds": "passed", "tests/it.rs::subs": "failed",
        "src/a.test.js::adds": "passed", "src/a.test.js::later": "skipped",
    }  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.binary(max_size=200) | REPORTS)
def test_no_report_however_broken_stops_the_grading(data: bytes, tmp_path: Path) -> None:
    for name in ("junit.xml", "go.json", "cargo.txt", "jest.json", "status.txt"):
        (tmp_path / name).write_bytes(data)
    for reader, name in (
        (grade.go, "go.json"),
        (grade.cargo, "cargo.txt"),
        (grade.jest, "jest.json"),
        (grade.command, "status.txt"),
    ):
        assert set(reader(tmp_path / name).values()) <= {"passed", "failed", "skipped"}
    assert isinstance(grade.junit(tmp_path / "junit.xml", ""), dict)
