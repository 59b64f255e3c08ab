"""`codex-loop schema-…`: from proposals to decisions to a file, and what is said when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.cli.width import width_of
from tests.cli.conftest import Json
from tests.clusters.told import about, put
from tests.planted import PROBLEMS
from tests.store.builder import BORN_MS, Builder


@pytest.fixture
def proposed(store: Builder, told: Callable[..., Json]) -> list[str]:
    """The ids of three proposals, the surest first."""
    put(store.database, [row for problem in PROBLEMS for row in about(problem, range(12), found_ms=BORN_MS)])
    told("cluster")
    return [each["id"] for each in told("schema-proposals")["proposals"]]


def test_an_empty_store_has_no_proposals_and_says_who_makes_them(store: Builder, said: Callable[..., str]) -> None:
    assert (
        said("schema-proposals") == "No pending proposals; `codex-loop cluster` makes them from what keeps happening.\n"
    )
    assert said("schema-auto-promote").startswith("No pending proposals")


def test_proposals_fit_a_page_and_say_what_when_and_how_sure(proposed: list[str], said: Callable[..., str]) -> None:
    lines = said("schema-proposals").splitlines()
    assert sum(line.startswith("proposal_") for line in lines) == 6  # three in the table, three told
    told = [line for line in lines if line.startswith("  ") and not line.startswith(" " * 8)]
    assert {line.split()[0] for line in told} == {"what", "when", "do", "sure", "look"}
    assert max(map(width_of, lines)) <= 80


def test_every_part_of_a_confidence_is_shown(proposed: list[str], said: Callable[..., str]) -> None:
    drawn = said("schema-proposals")
    sure = " ".join(drawn[drawn.index("  sure") : drawn.index("  look")].split())
    assert [part.split()[0] for part in sure.partition(": ")[2].split(", ")] == [
        "size", "sessions", "cohesion", "stability", "purity", "precision"
    ]  # fmt: skip
    assert "…" not in drawn[drawn.index("  what") :]


def test_a_decision_is_said_and_listed(
    proposed: list[str], said: Callable[..., str], told: Callable[..., Json]
) -> None:
    approved = said("schema-approve", "--proposal-id", proposed[0][:17], "--name", "known")
    assert approved.startswith("known (version 1) is a category now; it claims 1")
    rejected = said("schema-reject", "--proposal-id", proposed[1], "--reason", "two in one")
    assert rejected == f"{proposed[1]} is rejected: two in one\n"
    listed = {each["id"]: each for each in told("schema-proposals", "--status", "all")["proposals"]}
    assert [listed[number]["status"] for number in proposed] == ["accepted", "rejected", "pending"]
    assert listed[proposed[1]]["reason"] == "two in one"
    assert listed[proposed[0]]["reviewer"]


def test_auto_promote_says_of_each_why_it_stays(proposed: list[str], said: Callable[..., str]) -> None:
    lines = said("schema-auto-promote", "--confidence", "0.85", "--min-samples", "10").splitlines()
    assert len(lines) == 3
    assert all("stays a proposal: " in line and "seen on 1 day of 2" in line for line in lines)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("schema-approve", "--proposal-id", "proposal_nobody"), "no proposal is called proposal_nobody"),
        (("schema-approve", "--proposal-id", ""), "no proposal is called"),
        (("schema-reject", "--proposal-id", "1", "--reason", " "), "--reason is empty"),
        (("schema-auto-promote", "--confidence", "85"), "--confidence 85.0 is no share"),
        (("schema-auto-promote", "--min-samples", "0"), "--min-samples 0 is no number of signals"),
        (("cluster", "--min-sessions", "0"), "--min-sessions 0 is no number of sessions"),
        (("schema-undo", "--category", "nobody"), "no category is called nobody"),
        (("schema-import", "none.json"), "none.json: No such file"),
        (("schema-import", "none.json"), "`codex-loop schema-export --output none.json` writes one"),
        (("schema-export", "--output", "none/of/this.json"), "this.json cannot be written: No such file"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    words: tuple[str, ...], sentence: str, refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sentence in refused(*words)
    assert list(tmp_path.glob("*.part")) == []


def test_a_catalogue_goes_out_and_comes_back_the_same(
    proposed: list[str], said: Callable[..., str], told: Callable[..., Json], tmp_path: Path
) -> None:
    told("schema-approve", "--proposal-id", proposed[0], "--name", "known")
    file = tmp_path / "schema.json"
    assert said("schema-export", "--output", str(file)) == f"1 category written to {file}\n"
    assert said("schema-import", str(file)) == "0 new, 0 changed, 1 the same\n0 signals called anew\n"
    assert said("schema-undo", "--category", "known").startswith("The last change of known is taken back; 1")
    assert told("schema-import", str(file))["changed"] == ["known"]


def test_an_unknown_type_in_a_file_stops_the_import(
    proposed: list[str], told: Callable[..., Json], refused: Callable[..., str], tmp_path: Path
) -> None:
    told("schema-approve", "--proposal-id", proposed[0], "--name", "known")
    file = tmp_path / "schema.json"
    told("schema-export", "--output", str(file))
    content = msgspec.json.decode(file.read_bytes())
    content["categories"]["known"]["signal_type"] = "rage"
    file.write_bytes(msgspec.json.encode(content))
    assert "known is 'rage'; a category is friction or delight" in refused("schema-import", str(file))


def test_a_difference_between_two_files_is_a_finding(
    proposed: list[str], told: Callable[..., Json], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for number, file in zip(proposed, files, strict=False):
        told("schema-approve", "--proposal-id", number)
        told("schema-export", "--output", str(file))
    assert run(["schema-diff", str(files[0]), str(files[1])]) == 1
    assert capsys.readouterr().out.startswith("+ exec_failure_")
    assert run(["schema-diff", str(files[0]), str(files[0])]) == 0
    assert capsys.readouterr().out == "The same categories.\n"
