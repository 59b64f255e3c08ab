"""Real Harbor, real sandboxes: a good agent, a worse one, a broken one, and tasks that have to pass the gate first."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from codex_loop.cli.app import run
from codex_loop.errors import Exit
from codex_loop.store.engine import open_for_writing
from codex_loop.tasks.dataset.gating import make
from codex_loop.tasks.gate.workshop import Workshop
from tests.harbor.sample import EDIT, write_task
from tests.measure.rehearsal import mined
from tools import harbor as real_harbor
from tools.catalog import MissingToolError

pytestmark = [pytest.mark.contract, pytest.mark.slow]

Json = dict[str, Any]
TASKS = 6
AGENT = f"""
import re
from harbor.agents.base import BaseAgent

EDIT = {EDIT!r}


class Mender(BaseAgent):
    '''Mends what it is asked to mend; a `worse` one writes a comment instead, and a `broken` one raises.'''

    def __init__(self, *args, skill="good", **more):
        super().__init__(*args, **more)
        self._skill = skill

    @staticmethod
    def name():
        return "mender"

    def version(self):
        return "2.1.0"

    async def setup(self, environment):
        pass

    async def run(self, instruction, environment, context):
        if self._skill == "broken":
            raise RuntimeError("the provider is not there")
        limit = re.search(r"never more than (\\d+)", instruction)[1]
        command = EDIT.replace("{{limit}}", limit) if self._skill == "good" else "echo '# seen' >> /app/backoff.py"
        done = await environment.exec(command)
        assert done.return_code == 0, done.stderr
        context.n_input_tokens, context.n_output_tokens = 1000, 50
"""


class Bench:
    """The command over real tasks."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "mending.py").write_text(AGENT, encoding="utf-8")

    def measured(self, *words: str, code: int | tuple[int, ...] = 0) -> Json:
        how = ("--db", str(self.folder / "store.db"), "--environment", "bubblewrap", "--attempts", "1", "--json")
        got = run(["measure", *how, *words])
        out, err = self._capsys.readouterr()
        assert got in (code if isinstance(code, tuple) else (code,)), (got, out, err)
        answer: Json = json.loads(out)
        return answer

    def mended(self, dataset: Path, skill: str, *words: str, code: int | tuple[int, ...] = 0) -> Json:
        agent = ("--agent", "mending:Mender", "--module-path", str(self.folder), "--agent-arg", f"skill={skill}")
        return self.measured("--dataset", str(dataset), "--no-gate", *agent, *words, code=code)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    try:
        real_harbor.required()
    except MissingToolError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CODEX_LOOP_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.delenv("CODEX_LOOP_HARBOR", raising=False)
    return Bench(tmp_path, capsys)


def test_a_worse_agent_is_a_regression_the_same_is_none_and_a_broken_one_is_neither(bench: Bench) -> None:
    dataset, baseline = mined(bench.folder / "mined", TASKS), str(bench.folder / "baseline.json")
    good = bench.mended(dataset, "good", "--save-baseline", baseline)
    assert [each["solved"] for each in good["tasks"]] == [1] * TASKS
    assert (good["run"]["agent_version"], good["run"]["input_tokens"]) == ("2.1.0", 1000 * TASKS)

    kept = json.loads(Path(baseline).read_text(encoding="utf-8"))["key"]
    assert kept["env_kind"] == "bubblewrap"
    assert {"python", "pytest", "bash"} <= kept["host"].keys()

    worse = bench.mended(dataset, "worse", "--baseline", baseline, code=Exit.FINDING)
    assert worse["comparison"]["verdict"] == "regression"
    assert worse["comparison"]["mcnemar"] == {"lost": TASKS, "won": 0, "p": 0.03125}
    assert [each["field"] for each in worse["comparison"]["varied"]] == ["options of the agent"]

    same = bench.mended(dataset, "good", "--baseline", baseline, code=(Exit.OK, Exit.DEGRADED))
    assert same["comparison"]["difference"] == 0
    assert same["comparison"]["verdict"] not in ("regression", "improvement", "not_comparable")

    broken = bench.mended(dataset, "broken", code=Exit.DEGRADED)
    assert [each["reward"] for each in broken["tasks"]] == [None] * TASKS
    assert broken["run"]["invalid_trials"] == TASKS
    assert broken["run"]["reward"] is None
    assert "the provider is not there" in broken["invalid"][0]["message"]


def test_drafts_that_were_set_aside_are_gated_and_measured(bench: Bench) -> None:
    source, dataset = write_task(bench.folder / "fair", name="local/fair"), bench.folder / "harbor_dataset"
    without = Workshop(None, None, bench.folder / "jobs", 3, os.environ)
    with open_for_writing(str(bench.folder / "store.db")) as database:
        made = make([source], dataset, without, database=database, now_ms=1)
    assert [each.state for each in made.set_aside] == ["draft"]
    told = bench.measured("--dataset", str(dataset), "--agent", "oracle")
    assert [(each["task"], each["solved"]) for each in told["tasks"]] == [("local/fair", 1)]
    assert told["run"]["dataset"] == "harbor_dataset_001"
    again = bench.measured("--dataset", "harbor_dataset_001", "--agent", "nop")
    assert [each["solved"] for each in again["tasks"]] == [0]


def test_tasks_pass_their_gate_before_they_are_measured(bench: Bench) -> None:
    dataset = bench.folder / "mined"
    write_task(dataset / "fair", name="local/fair")
    trivial = write_task(dataset / "trivial", name="local/trivial", limit=61)
    (trivial / "tests" / "grade.py").write_text(
        "import json\n"
        "json.dump({'seen': {}, 'missing': [], 'resolved': True}, open('/logs/verifier/report.json', 'w'))\n"
        "open('/logs/verifier/reward.txt', 'w').write('1')\n",
        encoding="utf-8",
    )
    told = bench.measured("--dataset", str(dataset), "--agent", "oracle")
    assert [each["task"] for each in told["tasks"]] == ["local/fair"]
    (left,) = told["left_out"]
    assert left["name"] == "local/trivial"
    assert left["state"] in ("quarantined", "unverified")
    assert left["reason"]
    assert any("can never show a change" in warning for warning in told["warnings"])
