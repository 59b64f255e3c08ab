"""The real agents, run offline through their plays; what the store tells is what the mock provider sent.

`CODEX_LOOP_ALL_PLAYS=1` plays everything with every version, as after a new recording.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.clock import DAY_MS, now_ms
from codex_loop.sources.base import Homes
from tests.capture.ground import Ground
from tests.contract.conftest import Run, Staged, live_plays
from tests.contract.judge import Judge
from tests.contract.plays import DAYS
from tests.contract.truth import performed
from tests.signals.golden import expectations, found, spelled
from tools.catalog import CLAUDE, CODEX

pytestmark = [pytest.mark.contract, pytest.mark.slow]

VERSIONS = [(tool.name, tool.version) for tool in (*CODEX, *CLAUDE)]
PLAYS = [(agent, version, play) for agent, version in VERSIONS for play in live_plays(agent, version)]


@pytest.fixture(params=PLAYS, ids=lambda play: f"{play[0]}-{play[1]}/{play[2]}")
def judge(request: pytest.FixtureRequest, staged: Staged) -> Judge:
    agent, version, play = request.param
    run: Run = staged(agent, version)
    return Judge(performed(run.performances[play]), run.store, run.sessions)


def test_the_store_tells_what_really_happened(judge: Judge) -> None:
    differences = [*judge.prompts(), *judge.answers(), *judge.calls(), *judge.tokens(), *judge.happenings()]
    assert differences == []


EXPECTED = dict(expectations())


@pytest.mark.parametrize("day", [play for play in PLAYS if play[2] in DAYS], ids=lambda play: f"{play[0]}/{play[2]}")
def test_a_day_lived_now_has_the_signals_of_its_recording(
    day: tuple[str, str, str], staged: Staged, tmp_path: Path
) -> None:
    agent, version, play = day
    lived = staged(agent, version).performances[play]
    ground = Ground(str(tmp_path / "store.db"), tmp_path, tmp_path / "redaction.key")
    ground.homes = Homes((lived.codex_home,), ()) if agent == "codex" else Homes((), (lived.claude_home,))
    try:
        assert spelled(found(ground, now_ms() + DAY_MS)) == EXPECTED[f"{agent}-{version}/{play}"]
    finally:
        ground.close()


@pytest.mark.parametrize(("agent", "version"), VERSIONS)
def test_no_session_comes_from_nowhere(agent: str, version: str, staged: Staged) -> None:
    run = staged(agent, version)
    known = {each.session for performance in run.performances.values() for each in performed(performance).responses}
    assert [each for each in run.sessions if each.split("/")[0] not in known] == []
