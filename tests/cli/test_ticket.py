"""`codex-loop ticket`: listed, written, opened through a `gh` that only takes notes, and brought up to date."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.cli.width import width_of
from codex_loop.store import clusters
from codex_loop.store.clusters import Lineage, cluster_id
from tests.cli.conftest import Json
from tests.report.told import CLUSTER, NOW, grouped, sessions, troubled
from tests.store.builder import Builder

DAYS = (20.0, 19.0, 13.0, 6.0, 5.0, 4.0, 3.0)
NAME = cluster_id(CLUSTER)
LINK = "https://github.com/acme/webshop/issues/7"
posix = pytest.mark.skipif(sys.platform == "win32", reason="the program that takes notes is a shell script")


@pytest.fixture
def problem(store: Builder, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr("codex_loop.clock.now_ms", lambda: NOW)
    sessions(store, DAYS)
    return troubled(store, DAYS)


class Gh:
    """A `gh` on PATH that notes its words and the text it was given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.says("https://github.com/acme/webshop/issues/7")

    def says(self, line: str, code: int = 0) -> None:
        path = self.folder / "gh"
        path.write_text(
            f'#!/bin/sh\nfor word in "$@"; do echo "$word" >> "{self.folder}/words"; case "$word" in\n'
            f'--body-file=*) cat "${{word#--body-file=}}" >> "{self.folder}/told";; esac; done\n'
            f'[ "$2" = view ] && {{ cat "{self.folder}/issue"; exit 0; }}\n'
            f'echo "{line}"; echo "HTTP 404: {line}" >&2; exit {code}\n'
        )
        self.is_(None)
        path.chmod(0o755)

    def is_(self, closed_at: str | None) -> None:
        """Whether the issue was closed, as GitHub says it."""
        state = "OPEN" if closed_at is None else "CLOSED"
        (self.folder / "issue").write_text(msgspec.json.encode({"closedAt": closed_at, "state": state}).decode())

    def words(self) -> list[str]:
        """What it was told to do since it was asked last, without the file and without looking."""
        notes = self.folder / "words"
        found = notes.read_text() if notes.exists() else ""
        notes.unlink(missing_ok=True)
        looked = f"issue\nview\n{LINK}\n--json=state,closedAt\n"
        return [word for word in found.replace(looked, "").splitlines() if not word.startswith("--body-file=")]


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gh:
    made = Gh(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{made.folder}{os.pathsep}{os.environ['PATH']}")
    return made


def test_without_a_name_the_problems_are_listed_on_80_columns(problem: list[int], said: Callable[..., str]) -> None:
    lines = said("ticket").splitlines()
    assert lines[0].split()[:2] == ["pri", "calls"]
    assert NAME[:16] in lines[1]
    assert lines[2] == "     exec_failure_carousel"
    assert "codex-loop ticket --cluster-id ID" in lines[-1]
    assert max(map(width_of, lines)) <= 80


def test_nothing_to_list_is_said_with_what_to_do(store: Builder, said: Callable[..., str]) -> None:
    assert "codex-loop cluster" in said("ticket")


def test_a_ticket_is_printed_or_written_the_same(problem: list[int], said: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "ticket.md"
    printed = said("ticket", "--cluster-id", NAME)
    assert said("ticket", "--cluster-id", NAME[:14], "--output", str(file)).startswith(f"{file}: written (unchanged)")
    assert file.read_text(encoding="utf-8") == printed
    assert printed.startswith("# exec\\_failure: carousel, peer")


def test_an_unchanged_ticket_is_not_written_again(
    problem: list[int], told: Callable[..., Json], tmp_path: Path
) -> None:
    file = tmp_path / "ticket.md"
    asked = ("ticket", "--cluster-id", NAME, "--output", str(file))
    first = told(*asked)
    assert (first["schema"], first["change"], first["written"]) == ("codex-loop/ticket-filed/1", "new", True)
    stamp = file.stat().st_mtime_ns
    again = told(*asked)
    assert (again["change"], again["written"], file.stat().st_mtime_ns) == ("unchanged", False, stamp)
    assert again["ticket"] == first["ticket"]


def test_a_ticket_that_grew_is_updated_in_its_file(
    problem: list[int], store: Builder, told: Callable[..., Json], tmp_path: Path
) -> None:
    file = tmp_path / "ticket.md"
    told("ticket", "--cluster-id", NAME, "--output", str(file))
    sessions(store, [1.0])
    troubled(store, (*DAYS, 1.0))
    assert told("ticket", "--cluster-id", NAME, "--output", str(file))["change"] == "updated"
    assert "8 signals in 8 sessions" in file.read_text(encoding="utf-8")
    (line,) = told("ticket")["problems"]
    assert (line["state"], line["signals"]) == ("open", 8)


def test_a_file_of_somebody_else_is_never_written_over(
    problem: list[int], refused: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "notes.md"
    file.write_text("my own notes\n")
    assert "is no ticket of ours" in refused("ticket", "--cluster-id", NAME, "--output", str(file))
    assert file.read_text() == "my own notes\n"


@pytest.mark.parametrize("form", ["github", "linear", "json"])
def test_a_ticket_of_each_form_is_known_again(
    form: str, problem: list[int], said: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "ticket"
    for word in ("written", "as it was"):
        assert word in said("ticket", "--cluster-id", NAME, "--format", form, "--output", str(file))
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "written" in said("ticket", "--cluster-id", NAME, "--format", form, "--output", str(file))


def test_few_sessions_need_the_word_small(
    store: Builder, said: Callable[..., str], refused: Callable[..., str]
) -> None:
    sessions(store, DAYS[:2])
    troubled(store, DAYS[:2])
    assert "was seen in 2 sessions; a ticket needs 3" in refused("ticket", "--cluster-id", NAME)
    assert said("ticket", "--cluster-id", NAME, "--small").startswith("# exec")


def test_an_unknown_or_empty_cluster_is_refused_with_the_next_step(
    problem: list[int], store: Builder, refused: Callable[..., str]
) -> None:
    assert "no cluster is called cluster_zz; `codex-loop cluster`" in refused("ticket", "--cluster-id", "cluster_zz")
    grouped(store.database, [], cluster=77)
    assert "nothing is in cluster_000000000000004d any more" in refused("ticket", "--cluster-id", cluster_id(77))
    assert "name it with --cluster-id" in refused("ticket", "--create")
    assert "no --format linear" in refused("ticket", "--cluster-id", NAME, "--create", "--format", "linear")


def test_a_ticket_whose_problem_was_merged_into_another_is_listed_with_that(
    problem: list[int], store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    said("ticket", "--cluster-id", NAME)
    assert told("ticket")["left"] == []
    grouped(store.database, problem, cluster=77)
    left = told("ticket")["left"]
    assert [(each["cluster_id"], each["merged_into"], each["link"]) for each in left] == [(NAME, None, None)]
    merged = Lineage(NOW, "merged", 77, msgspec.json.encode([cluster_id(77), NAME]).decode(), 0.6)
    clusters.enlarge(store.database, [], [], [], [merged])
    drawn = said("ticket")
    assert f"the ticket of {NAME}: exec_failure: carousel, peer\n" in drawn
    assert f"   its problem was merged into {cluster_id(77)}\n" in drawn
    assert max(map(width_of, drawn.splitlines())) <= 80


def test_a_closed_ticket_of_a_cluster_that_is_gone_is_not_told_again(
    problem: list[int], store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    said("ticket", "--cluster-id", NAME)
    said("ticket", "--cluster-id", NAME, "--close")
    grouped(store.database, problem, cluster=77)
    assert told("ticket")["left"] == []


@posix
def test_an_issue_is_opened_once_and_then_edited(
    problem: list[int], store: Builder, gh: Gh, said: Callable[..., str]
) -> None:
    asked = ("ticket", "--cluster-id", NAME, "--create", "--repo", "acme/webshop")
    assert f"{LINK} (new)" in said(*asked)
    assert gh.words() == [
        "issue", "create", "--repo=acme/webshop", "--title=[P4] exec_failure: carousel, peer"
    ]  # fmt: skip
    assert f"{LINK} (unchanged)" in said(*asked)
    assert gh.words() == []
    sessions(store, [1.0])
    troubled(store, (*DAYS, 1.0))
    said("ticket", "--cluster-id", NAME)
    said(*asked)
    assert gh.words() == ["issue", "edit", LINK, "--title=[P4] exec_failure: carousel, peer"]
    assert "8 signals in 8 sessions" in (gh.folder / "told").read_text(encoding="utf-8")


def test_a_ticket_that_is_closed_stays_closed_until_it_is_seen_again(
    problem: list[int], store: Builder, said: Callable[..., str], told: Callable[..., Json], refused: Callable[..., str]
) -> None:
    named = ("ticket", "--cluster-id", NAME)
    assert "has no ticket yet" in refused(*named, "--close")
    said(*named)
    assert f"the ticket of {NAME} is closed (closed)" in said(*named, "--close")
    assert "State: closed: not seen since it was closed." in said(*named)
    assert told(*named)["change"] == "unchanged"
    assert [line["state"] for line in told("ticket")["problems"]] == ["closed"]
    sessions(store, [-0.5])
    troubled(store, (*DAYS, -0.5))
    assert [line["state"] for line in told("ticket")["problems"]] == ["reopened"]
    assert "State: open again" in said(*named)


@posix
def test_an_issue_that_somebody_closed_is_opened_again_when_the_problem_is_back(
    problem: list[int], store: Builder, gh: Gh, told: Callable[..., Json], refused: Callable[..., str]
) -> None:
    asked = ("ticket", "--cluster-id", NAME, "--create")
    title = "--title=[P4] exec_failure: carousel, peer"
    told(*asked)
    gh.words()
    gh.is_("2026-11-25T10:00:00Z")
    assert told(*asked)["ticket"]["state"] == "closed"
    assert gh.words() == ["issue", "edit", LINK, title]
    assert told(*asked)["change"] == "unchanged"
    assert gh.words() == []
    sessions(store, [-1.0])
    troubled(store, (*DAYS, -1.0))
    assert told(*asked)["change"] == "reopened"
    assert gh.words() == ["issue", "reopen", LINK, "issue", "edit", LINK, title]
    assert f"stands at {LINK}; close it there" in refused("ticket", "--cluster-id", NAME, "--close")


@posix
def test_no_issue_is_opened_for_a_problem_that_is_solved(
    problem: list[int], gh: Gh, said: Callable[..., str], refused: Callable[..., str]
) -> None:
    named = ("ticket", "--cluster-id", NAME)
    said(*named)
    assert "stands nowhere yet" in refused(*named, "--close", "--create")
    said(*named, "--close")
    assert "stands nowhere yet" in refused(*named, "--create")
    assert gh.words() == []


@posix
def test_closing_a_ticket_closes_its_issue(problem: list[int], gh: Gh, told: Callable[..., Json]) -> None:
    asked = ("ticket", "--cluster-id", NAME, "--create")
    told(*asked)
    gh.words()
    assert told(*asked, "--close")["change"] == "closed"
    assert gh.words()[-3:] == ["issue", "close", LINK]
    gh.is_("2026-11-26T10:00:00Z")
    assert told(*asked)["change"] == "unchanged"
    assert gh.words() == []
    gh.is_(None)
    assert told(*asked)["ticket"]["state"] == "reopened"


@posix
def test_what_is_sent_was_redacted(store: Builder, gh: Gh, said: Callable[..., str]) -> None:
    secret = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
    sessions(store, DAYS)
    troubled(store, DAYS, text=f"push with {secret} from /home/ann/shop failed")
    said("ticket", "--cluster-id", NAME, "--create")
    sent = (gh.folder / "told").read_text(encoding="utf-8") + "\n".join(gh.words())
    assert "push with" in sent
    assert secret not in sent
    assert "/home/ann" not in sent


@posix
def test_a_gh_that_refuses_leaves_the_ticket_unsent(
    problem: list[int], store: Builder, gh: Gh, capsys: pytest.CaptureFixture[str]
) -> None:
    gh.says("not found", code=1)
    assert run(["ticket", "--cluster-id", NAME, "--create", "--db", store.place]) == 4
    assert "gh issue create failed: HTTP 404: not found" in capsys.readouterr().err
    gh.says(LINK)
    gh.words()
    assert run(["ticket", "--cluster-id", NAME, "--create", "--db", store.place]) == 0
    assert gh.words()[:2] == ["issue", "create"]


def test_without_gh_it_says_where_to_get_it(
    problem: list[int],
    store: Builder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["ticket", "--cluster-id", NAME, "--create", "--db", store.place]) == 3
    assert "gh is not installed; get it from cli.github.com" in capsys.readouterr().err
