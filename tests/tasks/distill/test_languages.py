"""Sessions of other languages become valid tasks: their real test programs, run by real Harbor, without and with the
solution. What the sessions tell of them is what the programs print here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.scenarios.pen import Change, Pen
from codex_loop.settings import load
from codex_loop.tasks.bundle.recording import from_store
from codex_loop.tasks.dataset.dataset import Dataset
from codex_loop.tasks.dataset.gating import make
from codex_loop.tasks.distill.distill import Request, Span, distill_span
from codex_loop.tasks.gate.workshop import open_workshop
from tests.tasks.distill import played
from tests.tasks.distill.played import pen
from tools import harbor as real
from tools.catalog import MissingToolError

pytestmark = pytest.mark.contract

USUAL = "/usr/local/bin:/usr/bin:/bin"
"""What a sandbox sees; a program in somebody's home is not there."""
JS_TESTS = (
    "describe('total', () => {\n  test('nothing costs nothing', () => expect(total([])).toBe(0));\n"
    "  test('counts are added', () => expect(total([{ count: 2 }, { count: 3 }])).toBe(5));\n});\n"
)


class Project(NamedTuple):
    """A repository with one wrong line, and how its tests are run."""

    files: Mapping[str, str]
    path: str
    wrong: str
    right: str
    command: str
    needs: str
    prepared: str = ""
    """What makes the lock file; it asks a registry."""


PROJECTS = {
    "go": Project(
        {
            "go.mod": "module example.com/backoff\n\ngo 1.19\n",
            "backoff.go": "package backoff\n\n// Delay is how long to wait.\n"
            "func Delay(attempt int) int {\n\treturn 2 + attempt\n}\n",
            "backoff_test.go": 'package backoff\n\nimport "testing"\n\nfunc TestSecond(t *testing.T) {\n'
            "\tif Delay(2) != 4 {\n\t\tt.Fatal(Delay(2))\n\t}\n}\n\nfunc TestDoubles(t *testing.T) {\n"
            "\tif Delay(3) != 8 {\n\t\tt.Fatal(Delay(3))\n\t}\n}\n",
        },
        "backoff.go", "2 + attempt", "1 << attempt", "go test ./...", "golang-go",
    ),
    "cargo": Project(
        {
            "Cargo.toml": '[package]\nname = "backoff"\nversion = "0.1.0"\nedition = "2021"\n',
            ".gitignore": "target\n",
            "src/lib.rs": "pub fn delay(attempt: u32) -> u32 {\n    2 + attempt\n}\n\n"
            "#[cfg(test)]\nmod tests {\n    #[test]\n    fn third() {\n        assert_eq!(super::delay(3), 8);\n    }\n"
            "}\n",
            "tests/delay.rs": "use backoff::delay;\n\n#[test]\nfn second() {\n    assert_eq!(delay(2), 4);\n}\n\n"
            "#[test]\nfn doubles() {\n    assert_eq!(delay(4), 16);\n}\n",
        },
        "src/lib.rs", "2 + attempt", "1 << attempt", "cargo test --no-fail-fast", "cargo",
    ),
    "jest": Project(
        {
            "package.json": '{"name": "cart", "version": "1.0.0", "scripts": {"test": "jest"},'
            ' "devDependencies": {"jest": "29.7.0"}}\n',
            ".gitignore": "node_modules\n",
            "cart.js": "exports.total = (items) => items.length;\n",
            "cart.test.js": f"const {{ total }} = require('./cart');\n\n{JS_TESTS}",
        },
        "cart.js", "items.length", "items.reduce((sum, item) => sum + item.count, 0)", "npm test", "npm",
        "npm install",
    ),
    "vitest": Project(
        {
            # Its newest parts are not to be had everywhere yet.
            "package.json": '{"name": "cart", "version": "1.0.0", "type": "module", "scripts": {"test": "vitest run"},'
            ' "devDependencies": {"vitest": "3.2.4", "vite": "6.3.5"},'
            ' "overrides": {"rollup": "4.40.0", "esbuild": "0.25.4"}}\n',
            ".gitignore": "node_modules\n",
            "src/cart.js": "export const total = (items) => items.length;\n",
            "test/cart.test.js": "import { describe, expect, test } from 'vitest';\n"
            f"import {{ total }} from '../src/cart.js';\n\n{JS_TESTS}",
        },
        "src/cart.js", "items.length", "items.reduce((sum, item) => sum + item.count, 0)", "npm test", "npm",
        "npm install",
    ),
}  # fmt: skip


def required(project: Project) -> None:
    """Harbor, and the test program where a sandbox sees it; in CI neither may be missing."""
    try:
        real.required()
        _seen(project.command.split()[0], project.needs)
    except MissingToolError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


def _seen(program: str, package: str) -> None:
    if shutil.which(program, path=USUAL) is None:
        raise MissingToolError(f"{program} is not among the system's programs; apt-get install {package}")


def ran(folder: Path, command: str, home: Path) -> tuple[int, str]:
    """As the session would have run it."""
    home.mkdir(exist_ok=True)
    environ = {"PATH": USUAL, "HOME": str(home), "CI": "1", "NO_COLOR": "1"}
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def prepared(project: Project, folder: Path, home: Path) -> str:
    """The repository with its lock file; its commit. Its packages stay, as they would."""
    commit = played.repository(folder, project.files)
    if project.prepared:
        code, said = ran(folder, project.prepared, home)
        if code != 0 and os.environ.get("CI") != "true":
            pytest.skip(f"`{project.prepared}` cannot fetch packages here: {said[-200:]}")
        assert code == 0, said
        commit = played.commit(folder, {}, "Packages")
    return commit


def told(project: Project, folder: Path, home: Path) -> Pen:
    """Red, the one line, green; afterwards the clone is as it was."""
    place = folder / project.path
    wrong = place.read_text()
    right = wrong.replace(project.wrong, project.right)
    writer = pen("codex", folder)
    writer.prompt(f"The sums of {project.path} are wrong and its tests fail, please mend it.")
    writer.run(project.command, *ran(folder, project.command, home))
    writer.edit(Change(project.path, wrong, right))
    place.write_text(right)
    writer.run(project.command, *ran(folder, project.command, home))
    writer.say("Mended.", final=True)
    place.write_text(wrong)
    played.old(folder)
    return writer


def distilled(project: Project, tmp_path: Path) -> Dataset:
    folder, home = tmp_path / "project", tmp_path / "home"
    commit = prepared(project, folder, home)
    writer = told(project, folder, home)
    settings = load({"db": str(tmp_path / "loop.db"), "data_dir": tmp_path / "data"}, environ={})
    with played.record(settings.db, tmp_path, [writer], [commit]) as database:
        recording = from_store(database, played.session(database, writer))
        draft = distill_span(recording, Span(), Request(), tmp_path / "task")
        assert (draft.state, draft.verifier) == ("draft", "red_green_tests"), draft.reason
        workshop = open_workshop(settings, environ=os.environ, environment="bubblewrap")
        return make([tmp_path / "task"], tmp_path / "dataset", workshop, database=database, now_ms=played.START_MS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROJECTS)
def test_a_red_test_that_turned_green_is_a_valid_task(name: str, tmp_path: Path) -> None:
    required(PROJECTS[name])
    made = distilled(PROJECTS[name], tmp_path)
    assert [each.reason for each in made.set_aside] == []
    (task,) = made.tasks
    turned, kept = spec(made.task_folder(task))
    assert (len(turned), len(kept)) == (1, 1)
    assert any(word in turned[0] for word in ("TestDoubles", "doubles", "counts are added"))
    # A test beside the code it tests is written by whoever writes that code.
    assert not any("third" in test for test in turned)


def spec(task: Path) -> tuple[list[str], list[str]]:
    found = json.loads((task / "tests" / "spec.json").read_text())
    return found["fail_to_pass"], found["pass_to_pass"]


def test_tests_that_only_stand_in_the_work_itself_are_no_check_of_it(tmp_path: Path) -> None:
    files = {name: text for name, text in PROJECTS["cargo"].files.items() if name != "tests/delay.rs"}
    project = PROJECTS["cargo"]._replace(files=files)
    required(project)
    made = distilled(project, tmp_path)
    assert made.tasks == ()
    (aside,) = made.set_aside
    assert aside.state == "unverified"
    assert aside.reason is not None
    assert "src/lib.rs::tests::third does, in a file of the work itself" in aside.reason
