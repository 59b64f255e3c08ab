"""What Harbor's own validator says: it takes every document we write, and nothing it refuses passes our rules."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from codex_loop.harbor.place import managed, program_in
from codex_loop.tasks.atif.document import Schema
from codex_loop.tasks.atif.rules import read_document
from codex_loop.tasks.atif.writing import write
from codex_loop.tasks.bundle.recording import Recording
from tests.tasks.atif.recordings import Rollout, free, unchanged
from tests.tasks.atif.test_rules import WORSE, changed
from tests.tasks.atif.test_steps import PICTURE
from tools.catalog import MissingToolError

pytestmark = pytest.mark.contract

Judge = Callable[[Sequence[Path]], dict[str, list[str]]]


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Harbor's verdicts: the errors of each document that it refuses."""
    harbor = managed()
    if harbor is None:
        if os.environ.get("CI") == "true":
            raise MissingToolError("Harbor is not installed; run `make tools`")
        pytest.skip("Harbor is not installed; run `make tools`")
    python = program_in(harbor.program.parent.parent, "python")

    def judged(paths: Sequence[Path]) -> dict[str, list[str]]:
        done = subprocess.run(
            [str(python), str(Path(__file__).with_name("validator.py"))],
            input="".join(f"{path}\n" for path in paths),
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
        return found

    return judged


@pytest.mark.parametrize("schema", ["1.7", "1.4"])
def test_harbor_accepts_every_document_of_every_recording(
    judge: Judge, recorded_sessions: dict[str, Recording], schema: Schema, tmp_path: Path
) -> None:
    paths: list[Path] = []
    for number, session in enumerate(recorded_sessions.values()):
        for cut in (False, True):
            out = tmp_path / f"{number}-{cut}"
            paths += [out / name for name in write(session, out, schema, free, unchanged, cut=cut).documents]
    assert len(paths) > 400
    assert judge(paths) == {}


@pytest.mark.parametrize("schema", ["1.7", "1.4"])
def test_harbor_accepts_images_unknown_items_and_calls_that_came_to_nothing(
    judge: Judge, schema: Schema, tmp_path: Path
) -> None:
    rollout = Rollout(tmp_path / "codex", dynamic_tools=[{"name": "lookup"}]).prompt("look", PICTURE)
    rollout.call("c1", "view_image", '{"path": "a.png"}').output("c1", [{"type": "input_image", "image_url": PICTURE}])
    rollout.call("c1", "shell", "[torn").item("hologram_call", id="h1").output("gone", "late")
    rollout.event("turn_aborted", reason="interrupted").line("compacted", message="So far.")
    made = write(rollout.recorded(tmp_path), tmp_path / "out", schema, free, unchanged, cut=True)
    assert judge([tmp_path / "out" / name for name in made.documents]) == {}


def test_what_harbor_refuses_we_refuse(judge: Judge, tmp_path: Path) -> None:
    documents = {}
    for number, (name, (_, change)) in enumerate(WORSE.items()):
        path = tmp_path / str(number) / "trajectory.json"
        path.parent.mkdir()
        path.write_text(json.dumps(changed(change)), encoding="utf-8")
        documents[str(path)] = name
    refused = judge([Path(path) for path in documents])
    assert len(refused) > 15
    passed = [documents[path] for path in refused if not read_document(Path(path)).findings]
    assert passed == []
    # Stricter: these it takes.
    taken = {name for path, name in documents.items() if path not in refused}
    assert taken >= {"a call id used twice", "a wrong total", "a secret", "a call without a result", "negative tokens"}
