"""What lock files pin comes into both images; the verifier's own copy is not the agent's."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tomllib
from pathlib import Path

import pytest

from codex_loop.tasks.distill.folder import Contents, write
from codex_loop.tasks.distill.images import images
from codex_loop.tasks.distill.instruction import Instruction
from codex_loop.tasks.distill.runners import Runner
from codex_loop.tasks.distill.verifiers import Verifier
from tests.tasks.distill import played
from tests.tasks.distill.conftest import Opened

PACKAGE = '{"devDependencies": {"jest": "29.7.0"}}\n'


def check(runner: Runner, folder: str = "") -> Verifier:
    return Verifier(kind="red_green_tests", runner=runner, command=runner, folder=folder, test_files=("a.test.js",))


def test_packages_of_npm_do_not_travel_with_the_agents_work(tmp_path: Path, opened: Opened) -> None:
    files = {"package.json": PACKAGE, "package-lock.json": "{}\n", "a.js": "", "a.test.js": "",
             "packages/b/package.json": "{}\n", "node_modules/c/package.json": "{}\n"}  # fmt: skip
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    after = tree.copy()
    after.write("a.js", b"mended\n")
    after.write("package-lock.json", b'{"new": 1}\n')
    task = tmp_path / "task"
    write(task, Contents("x", Instruction("Mend it.\n", False, 0), check("jest"), tree, after, None, (), {}))
    (artifact,) = tomllib.loads((task / "task.toml").read_text())["artifacts"]
    assert artifact["exclude"][-1] == "node_modules"
    assert "RUN cd /app && npm ci" in (task / "environment" / "Dockerfile").read_text()
    assert "RUN cd /tests/locked && npm ci" in (task / "tests" / "Dockerfile").read_text()
    laid = "rm -rf /app/node_modules && mv /tests/locked/node_modules /app/node_modules\n"
    assert laid in (task / "tests" / "test.sh").read_text()
    locked = task / "tests" / "locked"
    found = {path.relative_to(locked).as_posix() for path in locked.rglob("*") if path.is_file()}
    assert found == {"package.json", "package-lock.json", "packages/b/package.json"}
    assert "new" in (locked / "package-lock.json").read_text()


def test_the_lock_file_beside_the_tests_counts_too(tmp_path: Path, opened: Opened) -> None:
    files = {"web/package.json": PACKAGE, "web/package-lock.json": "{}\n", "web/a.test.js": ""}
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    made = images(tree, tree, check("jest", "web"))
    assert "RUN cd /app/web && npm ci" in made.agent
    assert "RUN cd /tests/locked/web && npm ci" in made.verifier
    assert (
        made.locked[0].laid == "rm -rf /app/web/node_modules && mv /tests/locked/web/node_modules /app/web/node_modules"
    )


def test_a_folder_with_a_blank_in_its_name_is_one_folder(tmp_path: Path, opened: Opened) -> None:
    files = {"my web/package.json": PACKAGE, "my web/package-lock.json": "{}\n"}
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    made = images(tree, tree, check("jest", "my web"))
    assert "RUN cd '/app/my web' && npm ci" in made.agent
    assert made.locked[0].laid.endswith(" '/app/my web/node_modules'")


def test_modules_of_go_are_fetched_by_their_sums(tmp_path: Path, opened: Opened) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", {"go.mod": "module x\n", "go.sum": "\n"}))
    made = images(tree, tree, check("go"))
    assert made.agent.endswith("RUN cd /app && go mod download\n")
    assert made.verifier.endswith("RUN cd /tests/locked && go mod download\n")
    assert made.locked[0].files == ("go.mod", "go.sum")
    assert made.stays == ()


@pytest.mark.parametrize(
    ("runner", "files", "stays"),
    [
        ("jest", {"package.json": PACKAGE}, ()),
        ("node", {"package.json": "{}\n", "package-lock.json": "{}\n"}, ()),
        ("jest", {"package.json": "[" * 50_000, "package-lock.json": "{}\n"}, ()),
        ("go", {"go.mod": "module x\n"}, ()),
        ("cargo", {"Cargo.toml": "[package]\n"}, ("./target",)),
    ],
)
def test_nothing_is_fetched_where_nothing_is_pinned(
    runner: Runner, files: dict[str, str], stays: tuple[str, ...], tmp_path: Path, opened: Opened
) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    made = images(tree, tree, check(runner))
    assert (made.locked, made.stays) == ((), stays)
    assert made.verifier.endswith("COPY . /tests/\n")
    assert "npm" not in made.agent + made.verifier


def test_a_task_without_a_check_fetches_nothing_for_it(tmp_path: Path, opened: Opened) -> None:
    files = {"package.json": PACKAGE, "package-lock.json": "{}\n"}
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    made = images(tree, tree, Verifier(kind="missing", reason="none"))
    assert "locked" not in made.verifier


def test_what_cargo_builds_stays_and_a_module_of_that_name_travels(tmp_path: Path, opened: Opened) -> None:
    files = {"api/Cargo.toml": "[package]\n", "api/src/target/mod.rs": "", "api/tests/target.rs": ""}
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    contents = Contents("x", Instruction("Mend it.\n", False, 0), check("cargo", "api"), tree, None, None, (), {})
    write(tmp_path / "task", contents)
    (artifact,) = tomllib.loads((tmp_path / "task" / "task.toml").read_text())["artifacts"]
    for built in ("target", "api/target"):
        (tmp_path / "r" / built / "debug").mkdir(parents=True)
        (tmp_path / "r" / built / "debug" / "api").touch()
    excluded = [f"--exclude={pattern}" for pattern in artifact["exclude"]]
    packed = subprocess.run(["tar", "-cf", "-", *excluded, "-C", tmp_path / "r", "."], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        assert sorted(each.name for each in archive if each.isfile()) == sorted(f"./{name}" for name in files)
