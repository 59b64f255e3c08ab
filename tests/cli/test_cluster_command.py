"""`codex-loop cluster` as a person and as a program reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codex_loop.cli.app import run
from codex_loop.cli.width import width_of
from tests.cli.conftest import Json
from tests.clusters.told import about, put, signal
from tests.planted import PROBLEMS
from tests.store.builder import BORN_MS, Builder


@pytest.fixture
def filled(store: Builder) -> Builder:
    put(store.database, [row for problem in PROBLEMS for row in about(problem, range(12), found_ms=BORN_MS)])
    return store


def test_without_a_store_the_first_step_is_named(
    page: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cluster", "--db", str(tmp_path / "none.db")]) == 3
    assert "run `codex-loop ingest` first" in capsys.readouterr().err


def test_an_empty_store_says_how_many_are_missing(store: Builder, said: Callable[..., str]) -> None:
    assert said("cluster").splitlines() == [
        "friction: not enough yet: 0 of 5 signals",
        "delight: not enough yet: 0 of 5 signals",
    ]


def test_clusters_fit_a_page_and_lead_to_their_proposals(filled: Builder, said: Callable[..., str]) -> None:
    lines = said("cluster").splitlines()
    assert lines[0].startswith("friction: 36 signals in 3 clusters; grouped anew (")
    assert sum(line.startswith("cluster_") for line in lines) == 3
    assert sum(line.startswith(" " * 18) and line.strip().startswith("exec_failure_") for line in lines) == 3
    assert "…" not in "".join(lines)
    assert lines[-1] == "3 new proposals; codex-loop schema-proposals shows them"
    assert max(map(width_of, lines)) <= 80
    assert "nothing new" in said("cluster")


def test_json_holds_what_was_grouped_proposed_and_named(filled: Builder, told: Callable[..., Json]) -> None:
    answer = told("cluster")
    assert answer["schema"] == "codex-loop/cluster/1"
    assert answer["kinds"]["friction"]["events"] == {"born": 3}
    assert answer["proposals"]["new"] == 3
    assert answer["classified"]["categories"] == 0
    assert answer["vectors"] is None
    assert {each["state"] for each in answer["clusters"]} == {"active"}


def test_a_cluster_of_one_session_is_shown_only_when_asked_for(store: Builder, told: Callable[..., Json]) -> None:
    put(store.database, [signal(number, "cannot push to the protected branch", session=1) for number in range(6)])
    assert told("cluster")["clusters"] == []
    assert len(told("cluster", "--min-sessions", "1")["clusters"]) == 1


def test_one_cluster_is_shown_with_its_signals_and_its_past(
    filled: Builder, said: Callable[..., str], told: Callable[..., Json]
) -> None:
    first = told("cluster")["clusters"][0]
    put(filled.database, [signal(5, "something else", found_ms=BORN_MS)])
    told("cluster", "--force")
    answer = told("cluster", "show", first["id"][:14])
    assert answer["cluster"]["id"] == first["id"]
    assert {each["cluster_id"] for each in answer["signals"]} == {first["id"]}
    assert len(answer["signals"]) == first["members"] == 12
    assert [each["event"] for each in answer["past"]] == ["kept", "born"]
    drawn = said("cluster", "show", first["id"])
    assert sum(line.startswith("sig_") for line in drawn.splitlines()) == 12
    assert max(map(width_of, drawn.splitlines())) <= 80


@pytest.mark.parametrize("text", ["cluster_zz", "nobody", "cluster_0000000000000001"])
def test_what_is_no_cluster_is_said_to_be_none(text: str, filled: Builder, refused: Callable[..., str]) -> None:
    assert f"no cluster is called {text}" in refused("cluster", "show", text)
