"""What can be said of a task without running it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from codex_loop.errors import UsageError
from codex_loop.harbor import folders
from codex_loop.harbor.progress import silent
from codex_loop.tasks.gate import static
from codex_loop.tasks.gate.folder import read
from codex_loop.tasks.gate.gate import Gated, gate
from tests.tasks.gate import ground


def problems(place: Path) -> str:
    (found, *_) = static.look(read(place))
    return found.detail if found.outcome == "failed" else ""


def test_a_complete_task_has_no_problem(tmp_path: Path) -> None:
    assert problems(ground.task(tmp_path / "one")) == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("task.toml", "local/one", "one", "'one' is not of the form org/name"),
        ("task.toml", '"1.4"', '"2.0"', "schema_version 2.0"),
        ("task.toml", "separate", "shared", "runs in the agent's own environment"),
        ("task.toml", "workdir", "wordkir", "no key wordkir in [environment]"),
        ("task.toml", "cluster_id", "cluster", ""),
        ("tests/Dockerfile", "COPY . /tests/", "", "does not copy the tests"),
    ],
)
def test_what_harbor_would_pass_over_or_misread_is_said(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    place = ground.task(tmp_path / "one")
    ground.edit(place / file, old, new)
    assert said in problems(place)
    assert bool(said) == bool(problems(place))


def test_artifacts_below_a_table_are_no_artifacts(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    line = next(each for each in (place / "task.toml").read_text().splitlines() if each.startswith("artifacts"))
    ground.edit(place / "task.toml", f"{line}\n", "")
    ground.edit(place / "task.toml", "[verifier]\n", f"[verifier]\n{line}\n")
    assert "no key artifacts in [verifier]" in problems(place)


@pytest.mark.parametrize("file", ["instruction.md", "task.toml", "tests/test.sh"])
def test_a_task_without_its_first_files_is_refused_before_anything_is_read(tmp_path: Path, file: str) -> None:
    place = ground.task(tmp_path / "one")
    (place / file).unlink()
    (found,) = gate([place], ground.offline(tmp_path), silent)
    assert (found.state, found.reason) == ("quarantined", f"{file} missing")


@pytest.mark.parametrize("text", ["", "\n \n", "<!-- a canary 1 -->\n\n# canary\n"])
def test_an_instruction_of_which_nothing_reaches_the_agent_is_empty(tmp_path: Path, text: str) -> None:
    place = ground.task(tmp_path / "one")
    (place / "instruction.md").write_text(text)
    assert problems(place) == "instruction.md is empty"


def packed(place: Path, *entries: tarfile.TarInfo) -> None:
    with tarfile.open(place / "environment/repo.tar", "w") as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (entry("../out"), "an entry outside of its folder"),
        (entry("/etc/x"), "an entry outside of its folder"),
        (entry("a", tarfile.FIFOTYPE), "neither file, folder nor link"),
        (entry("a/b", tarfile.SYMTYPE, "../../c"), "a link that leads out"),
        (entry("a", tarfile.SYMTYPE, "/etc/passwd"), "a link that leads out"),
        (entry("a/b", tarfile.SYMTYPE, "../c"), ""),
    ],
)
def test_nothing_of_the_base_tree_leads_out_of_it(tmp_path: Path, made: tarfile.TarInfo, said: str) -> None:
    place = ground.task(tmp_path / "one")
    packed(place, made)
    assert said in problems(place)
    assert bool(said) == bool(problems(place))


def test_a_base_tree_that_cannot_be_read_is_told_and_stops_the_look(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    (place / "environment/repo.tar").write_bytes(b"no archive")
    (found,) = gate([place], ground.offline(tmp_path), silent)
    assert found.state == "quarantined"
    assert "environment/repo.tar cannot be read" in (found.reason or "")


@pytest.mark.parametrize(
    ("file", "text"), [("task.toml", "[task\n"), ("tests/spec.json", "{"), ("task.toml", "[task]\nname = 7\n")]
)
def test_files_that_cannot_be_understood_are_told(tmp_path: Path, file: str, text: str) -> None:
    place = ground.task(tmp_path / "one")
    (place / file).write_text(text)
    (found,) = gate([place], ground.offline(tmp_path), silent)
    assert found.state == "quarantined"
    assert f"{file} is not valid" in (found.reason or "")


def test_what_the_digest_does_not_cover_is_told(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    (place / ".gitignore").write_text("hidden/\n")
    (_, outside) = static.look(read(place))
    assert outside.outcome == "warned"
    assert ground.HIDDEN in outside.detail


def test_without_harbor_a_task_that_passes_stays_a_draft_and_the_reason_says_what_to_do(tmp_path: Path) -> None:
    before = ground.told(ground.task(tmp_path / "one"))
    (found,) = gate([tmp_path / "one"], ground.offline(tmp_path), silent)
    assert (found.state, found.reason) == ("draft", "not run: Harbor is not there")
    assert ground.told(tmp_path / "one") == before


def test_a_task_without_a_verifier_or_a_solution_is_unverified_with_its_reason(tmp_path: Path) -> None:
    silent_one, unsolved = ground.task(tmp_path / "one"), ground.task(tmp_path / "two", limit=61)
    ground.edit(silent_one / "task.toml", '"red_green_tests"', '"missing"\nunverified_reason = "it only talks"')
    (silent_one / ground.SPEC).unlink()
    (unsolved / "solution/fix.patch").unlink()
    found = gate([silent_one, unsolved], ground.offline(tmp_path), silent)
    assert [each.state for each in found] == ["unverified", "unverified"]
    assert found[0].reason == "it only talks"
    assert "no solution is known" in (found[1].reason or "")


def test_too_few_attempts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 3"):
        gate([], ground.offline(tmp_path, attempts=2))


def test_what_is_known_is_not_looked_at_again_but_for_drafts(tmp_path: Path) -> None:
    place, other = ground.task(tmp_path / "one"), ground.task(tmp_path / "two", limit=61)
    known = {
        folders.digest(place): Gated("elsewhere", "local/one", folders.digest(place), "validated", None, ()),
        folders.digest(other): Gated("elsewhere", "local/two", folders.digest(other), "draft", "not run", ()),
    }
    first, second = gate([place, other], ground.offline(tmp_path), silent, known=known)
    assert (first.state, first.checks, first.folder) == ("validated", (), place)
    assert second.state == "draft"
    assert second.checks


def test_a_solution_that_is_known_already_is_told_by_whose_it_is(tmp_path: Path) -> None:
    place, copy = ground.task(tmp_path / "one"), ground.task(tmp_path / "two")
    digest = folders.digest(place)
    known = {digest: Gated("elsewhere", "local/one", digest, "validated", None, ())}
    _, second = gate([place, copy], ground.offline(tmp_path), silent, known=known)
    assert (second.state, second.reason) == ("quarantined", "its solution is that of local/one; one of them is enough")
