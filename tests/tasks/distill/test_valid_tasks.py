"""Drafts through the real gate: with real Harbor, nothing fails them and their own solution passes them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmarks.scenarios.pen import Change, Pen
from codex_loop.cli.app import run
from codex_loop.settings import load
from codex_loop.store import signals
from codex_loop.tasks.bundle.recording import from_store
from codex_loop.tasks.dataset.gating import make
from codex_loop.tasks.distill.distill import Request, Span, distill_span
from codex_loop.tasks.gate.workshop import open_workshop
from tests.tasks.distill import played
from tests.tasks.distill.played import GREEN, RED, RIGHT, WRONG, mending, pen
from tools import harbor as real
from tools.catalog import MissingToolError

pytestmark = pytest.mark.contract

NODE_WRONG = "export const total = (items) => items.length;\n"
NODE_RIGHT = "export const total = (items) => items.reduce((sum, item) => sum + item.count, 0);\n"
NODE = {
    "package.json": '{"type": "module", "scripts": {"test": "node --test"}}\n',
    "cart.js": NODE_WRONG,
    "test/cart.test.js": "import test from 'node:test';\nimport assert from 'node:assert';\n"
    "import { total } from '../cart.js';\n\ntest('nothing costs nothing', () => assert.equal(total([]), 0));\n"
    "test('counts are added', () => assert.equal(total([{ count: 2 }, { count: 3 }]), 5));\n",
}
NODE_RED = (
    "\u2714 nothing costs nothing (1ms)\n\u2716 counts are added (2ms)\n\u2139 tests 2\n\u2139 pass 1\n\u2139 fail 1\n"
)
NODE_GREEN = (
    "\u2714 nothing costs nothing (1ms)\n\u2714 counts are added (2ms)\n\u2139 tests 2\n\u2139 pass 2\n\u2139 fail 0\n"
)
CHECK = {"check.py": "import sys\nimport site_map\n\nsys.exit(len(site_map.dead()))\n",
         "site_map.py": "def dead():\n    return ['a', 'b']\n"}  # fmt: skip
STAIRS = {"stairs.py": "def steps(count):\n    return list(range(count))\n"}
NETWORK = {
    "backoff.py": WRONG,
    "tests/test_backoff.py": "import socket\n\nfrom backoff import delay\n\n\ndef test_delay():\n"
    "    socket.create_connection(('192.0.2.1', 80), timeout=2)\n    assert delay(3) == 8\n",
}


@pytest.fixture(autouse=True)
def harbor() -> None:
    try:
        real.required()
    except MissingToolError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


def python(project: Path) -> Pen:
    return mending(pen("codex", project), "delay() has to double with every attempt. Don't touch README.md.")


def node(project: Path) -> Pen:
    writer = pen("claude", project, seed=2)
    writer.prompt("total() has to add the counts of the items.")
    writer.run("npm test", 1, NODE_RED)
    writer.edit(Change("cart.js", NODE_WRONG, NODE_RIGHT))
    writer.run("npm test", 0, NODE_GREEN)
    return writer


def command(project: Path) -> Pen:
    writer = pen("codex", project, seed=3)
    writer.prompt("python check.py finds dead links that are none, please mend the map.")
    writer.run("python check.py", 2, "")
    writer.edit(Change("site_map.py", CHECK["site_map.py"], "def dead():\n    return []\n"))
    writer.run("python check.py", 0, "")
    return writer


def reproducer(project: Path) -> Pen:
    writer = pen("codex", project, seed=5)
    line = "python -c 'from stairs import steps; assert max(steps(3)) > 2'"
    writer.prompt("steps() of stairs.py has to begin with 1. There are no tests, try it.")
    writer.run(line, 1, "AssertionError\n")
    wrong = STAIRS["stairs.py"]
    writer.edit(Change("stairs.py", wrong, wrong.replace("range(count", "range(1, count + 1")))
    writer.run(line, 0, "")
    return writer


def networked(project: Path) -> Pen:
    writer = pen("codex", project, seed=4)
    writer.prompt("delay() has to double with every attempt, ask the server about it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.edit(Change("backoff.py", WRONG, RIGHT))
    writer.run("python -m pytest -q", 0, GREEN)
    return writer


def test_tests_of_python_and_node_and_commands_are_valid_and_what_needs_a_network_is_not(tmp_path: Path) -> None:
    stories = (("python", played.FILES, python), ("node", NODE, node), ("command", CHECK, command),
               ("network", NETWORK, networked), ("reproducer", STAIRS, reproducer))  # fmt: skip
    pens: list[Pen] = []
    commits: list[str | None] = []
    for name, files, tell in stories:
        commits.append(played.repository(tmp_path / name, files))
        pens.append(tell(tmp_path / name))
    settings = load({"db": str(tmp_path / "loop.db"), "data_dir": tmp_path / "data"}, environ={})
    with played.record(settings.db, tmp_path, pens, commits) as database:
        tasks = []
        for (name, *_), writer in zip(stories, pens, strict=True):
            recording = from_store(database, played.session(database, writer))
            draft = distill_span(recording, Span(), Request(), tmp_path / "tasks" / name)
            assert draft.state == "draft", draft.reason
            tasks.append(tmp_path / "tasks" / name)
        workshop = open_workshop(settings, environ=os.environ, environment="bubblewrap")
        made = make(tasks, tmp_path / "dataset", workshop, database=database, now_ms=played.START_MS)
    assert {each.directory for each in made.tasks} == {"python", "node", "command", "reproducer"}
    spec = json.loads((tmp_path / "dataset" / "python" / "tests" / "spec.json").read_text())
    assert spec["pass_to_pass"] == ["tests/test_backoff.py::test_cap", "unchanged: README.md"]
    (aside,) = made.set_aside
    assert (aside.directory, aside.state) == ("set-aside/network", "unverified")
    assert aside.reason is not None
    assert "test_delay fails with the solution too" in aside.reason


def test_a_signal_becomes_a_valid_task_by_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    commit = played.repository(tmp_path / "demo")
    writer = mending(pen("codex", tmp_path / "demo"))
    with played.record(str(tmp_path / "loop.db"), tmp_path, [writer], [commit]) as database:
        signal = signals.listed(database, signals.Wanted())[0].id
    words = ["distill", "--signal-id", signal, "--output", str(tmp_path / "task"), "--db", str(tmp_path / "loop.db")]
    assert run([*words, "--environment", "bubblewrap"]) == 0
    said = capsys.readouterr().out
    assert "1 moment: 1 valid task." in said
    assert "task_001" in said
    assert (tmp_path / "task" / ".codex-loop.json").is_file()
