"""Files a user forbade to change are guarded beside the tests."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from codex_loop.tasks.bundle.recording import from_store
from codex_loop.tasks.distill import guards
from codex_loop.tasks.distill.distill import Request, Span, distill_span
from codex_loop.tasks.distill.ground import Ground
from codex_loop.tasks.distill.segment import Segment
from codex_loop.tasks.distill.story import Prompt
from tests.tasks.distill import played
from tests.tasks.distill.conftest import Opened
from tests.tasks.distill.played import mending, pen

FILES: dict[str, str | bytes] = {"a.py": "a\n", "src/schema.sql": "s\n", "src/b.py": "b\n", "docs/b.py": "b\n",
                                 "tests/test_a.py": ""}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "guarded"),
    [
        ("Fix a.py, but don't touch schema.sql.", ["src/schema.sql"]),
        ("Do not change src/schema.sql or a.py!", ["a.py", "src/schema.sql"]),
        ("Make it work without editing /w/demo/src/b.py", ["src/b.py"]),
        ("Leave schema.sql alone.", ["src/schema.sql"]),
        ("You must not modify `a.py`", ["a.py"]),
        ("Don\u2019t rename a.py", ["a.py"]),
        ("Don't change a.py to make src/b.py pass", ["a.py"]),
        ("Don't change b.py", []),
        ("Don't touch tests/test_a.py", []),
        ("Change a.py. Do not be slow.", []),
        ("I don't understand a.py, please change it", []),
        ("Don't touch anything else", []),
    ],
)
def test_what_must_not_be_changed_is_read_from_the_users_words(
    said: str, guarded: list[str], tmp_path: Path, opened: Opened
) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", FILES))
    part = Segment(1, 9, (Prompt(1, None, said),), ())
    place = Ground(tree.repository, "/w/demo", "", None)
    assert list(guards.forbidden(part, place, tree, [])) == guarded
    assert guards.forbidden(part, place, tree, list(FILES)) == ()


def test_a_guarded_file_is_a_test_beside_the_others(tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "demo")
    writer = mending(pen("codex", tmp_path / "demo"), "delay() has to double. Don't touch README.md, please.")
    with played.record(str(tmp_path / "loop.db"), tmp_path, [writer], [commit]) as database:
        recording = from_store(database, played.session(database, writer))
        distill_span(recording, Span(), Request(), tmp_path / "task")
    spec = json.loads((tmp_path / "task" / "tests" / "spec.json").read_text())
    assert "unchanged: README.md" in spec["pass_to_pass"]
    assert spec["fail_to_pass"] == ["tests/test_backoff.py::test_delay"]
    digest = hashlib.sha256(b"Waits.\n").hexdigest()
    assert (tmp_path / "task" / "tests" / "unchanged.sha256").read_text() == f"{digest}  README.md\n"
    script = (tmp_path / "task" / "tests" / "test.sh").read_text()
    assert script.index("unchanged.sha256") < script.index("tests/hidden")


@pytest.mark.skipif(sys.platform != "linux", reason="sha256sum as the verifier has it")
@pytest.mark.parametrize(("now", "reward"), [("Waits.\n", "1\n"), ("Rewritten.\n", "0\n"), (None, "0\n")])
def test_who_changes_it_is_not_rewarded(now: str | None, reward: str, tmp_path: Path) -> None:
    if now is not None:
        (tmp_path / "README.md").write_text(now)
    (tmp_path / "sums").write_text(f"{hashlib.sha256(b'Waits.' + bytes([10])).hexdigest()}  README.md\n")
    done = subprocess.run(["sha256sum", "--check", "sums"], cwd=tmp_path, capture_output=True, check=False)
    (tmp_path / "unchanged.txt").write_bytes(done.stdout)
    (tmp_path / "status.txt").write_text("0\n")
    spec = {"test_files": [], "fail_to_pass": ["command"], "pass_to_pass": ["unchanged: README.md"]}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    grade = str(files("codex_loop.tasks.distill.kit").joinpath("grade.py"))
    env = {"CODEX_LOOP_LOGS": str(tmp_path), "CODEX_LOOP_TESTS": str(tmp_path)}
    subprocess.run([sys.executable, "-I", grade], check=True, env=env)
    assert (tmp_path / "reward.txt").read_text() == reward
