"""The loop closes, offline, by the commands a person types: from a problem in real sessions to a regression found.

Sessions are the bundled ones and a new one of the real Codex; tasks run in real Harbor, and Codex works at them
against a scripted model. Agents, Harbor and its sandbox are real: without them this is skipped, in CI it fails.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from benchmarks.repairs import faults
from benchmarks.repairs.play import Desk, perform, prepare
from benchmarks.repairs.shapes import misfitting
from benchmarks.repairs.stories import STORIES
from benchmarks.repairs.story import Edit, Run, Story, Turn, book
from codex_loop.capture import ingest, plan
from codex_loop.cli.app import run
from codex_loop.clusters import identity
from codex_loop.samples.repositories import materialise
from codex_loop.signals import outcome
from codex_loop.signals.command import Command
from codex_loop.store import clusters
from codex_loop.taxonomy import classify
from tests.contract.book import GOOD_PATCH, patch
from tests.contract.conftest import required
from tests.contract.sample_repairs import SAMPLES
from tests.fakes.openai_responses import OpenAIResponses
from tests.fakes.scenario import Book, Step
from tools import harbor as real_harbor
from tools.catalog import MissingToolError, find

pytestmark = [pytest.mark.contract, pytest.mark.slow]

Json = dict[str, Any]
CODEX, MODEL, CATEGORY = "0.169.0", "gpt-5.2", "edits_by_heart"
_ACCOUNTS = next(story for story in STORIES if story.name == "accounts-negative")
_BY_HEART = (
    Run("grep -rn format_money accounts", 1, "Is it used anywhere?"),
    *misfitting("python -m pytest -q tests/test_money.py", faults.NEGATIVE, "    return str(cents / 100)"),
)
NEW = _ACCOUNTS._replace(
    agent="codex", version=CODEX, turns=(Turn(_ACCOUNTS.turns[0].words, _BY_HEART, "The sign is taken apart first."),)
)
"""The same problem once more: an edit of lines that the file does not have. A search that finds nothing is none."""
CALC = "add() in calc.py returns the wrong sum"
NAME = "harbor_dataset_001"
LEAST = 6
"""So many tasks have to differ: with five, no result would be rare enough."""


def mending(*, right: bool) -> Book:
    """What the model says to the request of every session: the repair or, except in one, what helps nobody."""
    told = [each.story for samples in SAMPLES.values() for each in samples] + [NEW]
    calc = GOOD_PATCH if right else GOOD_PATCH.replace("a + b", "a * b")
    scripts: dict[str, Sequence[Step]] = {CALC: (Step(None, None, (patch(calc),)), Step("It is repaired."))}
    for story in told:
        turn = _turn(story, right=right or story is NEW)
        scripts |= book(story._replace(agent="codex", turns=(turn,)))
    return scripts


def _turn(story: Story, *, right: bool) -> Turn:
    edits = [Edit(each.path, each.wrong, each.right if right else f"{each.wrong}  # seen") for each in story.base]
    return Turn(story.turns[0].words, tuple(edits), "It is repaired.")


@contextmanager
def model(script: Book, *, broken: bool = False) -> Iterator[str]:
    """A provider that says this, or that refuses everybody; its address."""
    refusal = {name: (Step(status=401),) for name in script}
    with OpenAIResponses(refusal if broken else script).serve() as server:
        yield f"{server.url}/v1"


class Loop:
    """A home with the bundled sessions, a store, and the commands."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.place, self.home, self.dataset = folder / "loop.db", folder / "home", folder / "harbor_dataset"
        with as_file(files("codex_loop") / "samples") as samples:
            for agent in ("codex", "claude"):
                shutil.copytree(samples / agent, self.home / agent)
        self.clones = [word for clone in materialise(folder / "clones") for word in ("--repository", str(clone.path))]

    def said(self, *words: str, code: int | tuple[int, ...] = 0) -> str:
        wanted = code if isinstance(code, tuple) else (code,)
        got = run([*words, "--db", str(self.place)])
        told = self._capsys.readouterr()
        assert got in wanted, (words, got, told)
        return told.out

    def told(self, *words: str, code: int | tuple[int, ...] = 0) -> Json:
        answer: Json = msgspec.json.decode(self.said(*words, "--json", code=code))
        return answer

    def recorded(self) -> None:
        homes = ("--codex-home", str(self.home / "codex"), "--claude-home", str(self.home / "claude"))
        self.told("ingest", *homes, "--lookback-hours", "8760", "--jobs", "1")
        self.told("signals")

    def signals(self) -> list[Json]:
        found: list[Json] = self.told("signals", "list", "--limit", "1000")["signals"]
        return found

    def friction_of(self, session: str) -> list[Json]:
        return [each for each in self.signals() if each["session_id"] == session and each["type"] == "friction"]

    def measured(
        self, dataset: str, script: Book, *words: str, code: int | tuple[int, ...] = 0, broken: bool = False
    ) -> Json:
        with model(script, broken=broken) as url:
            how = ("--agent", "codex", "--model", MODEL, "--agent-version", CODEX, "--attempts", "1", "--base-url", url)
            return self.told("measure", "--dataset", dataset, *how, *words, code=code)


class Work(NamedTuple):
    """A session of the real agent: its id, and the file it wrote."""

    session: str
    rollout: Path


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """A new session with the problem, in a clone of its own."""
    required("codex", CODEX)
    root = tmp_path_factory.mktemp("work")
    desk = Desk(root, prepare(NEW, root / NEW.name))
    session = perform(NEW, desk)
    (rollout,) = (desk.home / ".codex" / "sessions").rglob("*.jsonl")
    return Work(f"codex:{session}", rollout)


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Loop:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")
    return Loop(tmp_path, capsys)


@pytest.fixture
def harbor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Harbor is there, and the real Codex for it to run."""
    try:
        real_harbor.required()
    except MissingToolError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    program = Path(find("codex", CODEX).command()[0])
    monkeypatch.setenv("PATH", os.pathsep.join((str(program.parent), os.environ["PATH"])))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-EXAMPLE")
    monkeypatch.delenv("CODEX_LOOP_HARBOR", raising=False)


def test_a_problem_becomes_a_category_a_dataset_a_regression_and_a_ticket(loop: Loop, work: Work, harbor: None) -> None:
    cluster = known_again(loop, work)
    tasks = distilled(loop, cluster)
    measured(loop, tasks)
    reported(loop, cluster)


def every_cluster_is_new(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity, "matched", lambda _, after, real=identity.matched: real((), after))


def nobody_joins_a_cluster(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        "codex_loop.store.clusters.replace",
        lambda database, kind, rows, _, lineage, real=clusters.replace: real(database, kind, rows, (), lineage),
    )


def categories_classify_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(classify, "_calls", lambda *_: [])


def files_are_read_once(patch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()

    def unseen(*given: Any, real: Callable[..., plan.Survey] = plan.survey) -> plan.Survey:
        found = real(*given)
        found.files = [each for each in found.files if each.shown not in seen]
        seen.update(each.shown for each in found.files)
        return found

    patch.setattr(ingest, "survey", unseen)


def a_search_that_finds_nothing_failed(patch: pytest.MonkeyPatch) -> None:
    outcome._judged.cache_clear()

    def judged(command: Command, code: int, told: tuple[str, str], real: Any = outcome._nonzero) -> Any:
        return outcome.Outcome.FAILED if command.head == "grep" else real(command, code, told)

    patch.setattr(outcome, "_nonzero", judged)


@pytest.mark.parametrize(
    "mutant",
    [
        every_cluster_is_new,
        nobody_joins_a_cluster,
        categories_classify_nothing,
        files_are_read_once,
        a_search_that_finds_nothing_failed,
    ],
    ids=lambda mutant: mutant.__name__,
)
def test_a_loop_that_is_broken_somewhere_does_not_pass(
    mutant: Callable[[pytest.MonkeyPatch], None], loop: Loop, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        mutant(broken)
        with pytest.raises(AssertionError):
            known_again(loop, work)
    outcome._judged.cache_clear()


def test_a_loop_that_is_whole_passes_without_harbor_too(loop: Loop, work: Work) -> None:
    assert known_again(loop, work)


def known_again(loop: Loop, work: Work) -> str:
    """From the bundled sessions to a category, which a new session is known by; its cluster."""
    loop.recorded()
    loop.told("cluster")
    cluster = approved(loop)
    classified(loop, work, cluster)
    return cluster


def approved(loop: Loop) -> str:
    """Of the proposals, the one about edits that do not fit; its cluster."""
    proposals: list[Json] = loop.told("schema-proposals")["proposals"]
    found = [each for each in proposals if each["name"].startswith("patch_failure")]
    assert len(found) == 1
    loop.told("schema-approve", "--proposal-id", found[0]["id"], "--name", CATEGORY)
    return str(found[0]["cluster_id"])


def classified(loop: Loop, work: Work, cluster: str) -> None:
    """A session that was read while it was young is known by the new name when it has the problem, and in the cluster.

    Nothing else is wrong with it, and whatever is grouped anew keeps its id.
    """
    lines = work.rollout.read_text(encoding="utf-8").splitlines(keepends=True)
    place = loop.home / "codex" / "sessions" / work.rollout.name
    place.write_text("".join(lines[: len(lines) // 4]), encoding="utf-8")
    loop.recorded()
    assert loop.friction_of(work.session) == []
    place.write_text("".join(lines), encoding="utf-8")
    loop.recorded()
    mine = loop.friction_of(work.session)
    assert [(each["category"], each["category_now"]) for each in mine] == [("patch_failure", CATEGORY)]
    loop.told("cluster", "--force")
    assert [each["cluster_id"] for each in loop.friction_of(work.session)] == [cluster]


def distilled(loop: Loop, cluster: str) -> Mapping[str, Json]:
    """Every session of the cluster as a task that real Harbor has shown to be fair; by name."""
    loop.told("distill", "--cluster-id", cluster, "--output", str(loop.dataset), *loop.clones, code=(0, 4))
    sidecar: Json = msgspec.json.decode((loop.dataset / ".codex-loop.json").read_bytes())
    tasks: list[Json] = sidecar["dataset"]["tasks"]
    assert len(tasks) > LEAST
    assert {each["state"] for each in tasks} == {"validated"}
    assert {each["cluster_id"] for each in tasks} == {cluster}
    checks = {each["name"]: {check["name"]: check["outcome"] for check in each["checks"]} for each in tasks}
    assert all(each["nop"] == each["oracle"] == each["lint"] == "passed" for each in checks.values())
    return {each["name"]: each for each in tasks}


def measured(loop: Loop, tasks: Mapping[str, Json]) -> None:
    """The good agent again is no regression of its own baseline, a dead provider says nothing, a worse agent is one."""
    baseline, dataset = loop.folder / "baseline.json", str(loop.dataset)
    good = loop.measured(dataset, mending(right=True), "--save-baseline", str(baseline))
    assert {each["task"]: each["reward"] for each in good["tasks"]} == dict.fromkeys(tasks, 1.0)

    again = loop.measured(dataset, mending(right=True), "--baseline", str(baseline), code=(0, 4))
    assert again["comparison"]["verdict"] not in ("regression", "improvement", "not_comparable")

    one = loop.dataset / next(iter(tasks.values()))["directory"]
    dead = loop.measured(str(one), mending(right=True), "--no-gate", code=4, broken=True)
    assert [each["reward"] for each in dead["tasks"]] == [None]
    assert [(each["cause"], each["trials"]) for each in dead["invalid"]] == [("model_provider_failed", 1)]

    worse = loop.measured(NAME, mending(right=False), "--baseline", str(baseline), code=1)
    assert worse["comparison"]["verdict"] == "regression"
    assert [each["reward"] for each in worse["tasks"]].count(0.0) == len(tasks) - 1


def reported(loop: Loop, cluster: str) -> None:
    """The ticket cites what can be opened and run again; the trends show the problem, and the runs."""
    path = loop.folder / "ticket.md"
    loop.told("ticket", "--cluster-id", cluster, "--output", str(path))
    text = path.read_text(encoding="utf-8")
    sidecar: Json = msgspec.json.decode((loop.dataset / ".codex-loop.json").read_bytes())
    for said in (cluster, NAME, sidecar["dataset"]["digest"], "verdict regression"):
        assert said in text
    pointers = re.findall(r"`codex-loop (show \S+ --turn \d+|signals explain \S+)`", text)
    assert len(pointers) >= 4
    for pointer in pointers:
        assert loop.said(*pointer.split())
    runs = loop.told("trends", "--dataset", NAME)["runs"]
    assert [each["verdict"] for each in runs] == [None, "insufficient_power", "regression"]
    weeks = loop.told("trends", "--signals", "--category", CATEGORY)["total"]["counts"]
    assert sum(weeks) > LEAST
    assert len([count for count in weeks if count]) > 2
