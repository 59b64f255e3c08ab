"""`codex-loop demo` where Harbor is not: the loop runs, and what was not run here is labelled as recorded."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli import demo_stages
from codex_loop.cli.app import run
from codex_loop.cli.demo_stages import Bench, Said, Source
from codex_loop.cli.width import width_of
from tests.cli.conftest import Json

ROOT = Path(__file__).parents[2]
FIXTURES = ("--use-fixtures", "--skip-openai")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A demo of the bundled samples on a machine without Harbor: its folder, and what it said."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEX_LOOP_HARBOR_HOME", str(folder.parent / "nothing"))
        patch.setenv("CODEX_LOOP_CONFIG", str(folder.parent / "none.toml"))
        patch.delenv("CODEX_LOOP_HARBOR", raising=False)
        patch.setenv("COLUMNS", "80")
        words = [sys.executable, str(ROOT / "demo.py"), *FIXTURES, "--output", str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_it_leaves_what_a_person_opens(shown: tuple[Path, str]) -> None:
    folder, said = shown
    names = {path.name for path in folder.iterdir()}
    assert names >= {"index.html", "README.md", "report.html", "report.md", "ticket.md", "trends.svg", "schema.json"}
    assert f"Open {folder / 'index.html'} first." in " ".join(said.split("\n"))
    assert max(map(width_of, said.splitlines()[:-1])) <= 80


def test_it_takes_away_no_file_that_it_does_not_name(shown: tuple[Path, str]) -> None:
    folder, _ = shown
    assert {path.name for path in folder.iterdir()} <= {*demo_stages.LEFT, ".codex-loop-demo"}


def test_a_measurement_that_was_not_run_here_says_so_everywhere(shown: tuple[Path, str]) -> None:
    folder, said = shown
    for text in (said, (folder / "README.md").read_text(encoding="utf-8"), (folder / "index.html").read_text()):
        assert re.search(r"recorded earlier\s+with Harbor 0\.25\.0, not run now: REGRESSION", text)


def test_its_page_asks_for_nothing_from_anywhere(shown: tuple[Path, str]) -> None:
    text = (shown[0] / "index.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    links = set(re.findall(r'(?:src|href)="([^"]+)"', text))
    assert {link for link in links if not (shown[0] / link).exists()} == set()


def test_its_ticket_and_trends_are_of_the_samples(shown: tuple[Path, str]) -> None:
    ticket = (shown[0] / "ticket.md").read_text(encoding="utf-8")
    assert "edits_that_do_not_fit" in ticket.replace("\\", "")
    assert "An edit could not be applied" in ticket
    assert "codex-loop show" in ticket
    assert (shown[0] / "trends.svg").read_text(encoding="utf-8").startswith("<svg")


def test_somebody_else_s_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    assert run(["demo", *FIXTURES, "--output", str(tmp_path)]) == 2
    assert "was not made by a demo" in capsys.readouterr().err
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_samples_and_own_sessions_exclude_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--use-fixtures", "--codex-home", str(tmp_path), "--output", str(tmp_path / "o")]) == 2
    assert "choose one of them" in capsys.readouterr().err
    assert run(["demo", "--codex-home", str(tmp_path / "no"), "--output", str(tmp_path / "o")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_home_without_sessions_is_shown_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "codex").mkdir()
    words = ["demo", "--codex-home", str(tmp_path / "codex"), "--skip-openai", "--output", str(tmp_path / "out")]
    assert run([*words, "--json"]) == 4
    assert not (tmp_path / "out" / "recorded").exists()
    report: Json = msgspec.json.decode(capsys.readouterr().out)
    states = {stage["name"]: stage["state"] for stage in report["stages"]}
    assert report["schema"] == "codex-loop/demo/1"
    assert states["read, detect, group"] == "done"
    assert states["distill tasks"] == states["measure"] == states["write the ticket"] == "skipped"
    assert run([*words, "--json"]) == 4


class Noting(Bench):
    """Runs nothing and notes what it was told to run."""

    def run(self, *words: str) -> Said:
        self.ran = [*getattr(self, "ran", []), words]
        return Said(0, "100 % of 6 tasks solved\n", "", 0.1)


def test_the_measurements_are_shown_so_that_they_can_be_typed_again(tmp_path: Path) -> None:
    bench = Noting(
        tmp_path,
        Source(own=False, codex_home=None, claude_home=None, lookback_hours=24.0, skip_openai=True),
        lambda _: None,
    )
    bench.dataset = "dataset"
    (tmp_path / "baseline.json").write_text("{}")
    demo_stages._baseline(bench)
    demo_stages._worse(bench)
    assert [words[-2:] for words in bench.ran] == [("--name", "before"), ("--name", "after")]
    shown = [str(stage.command) for stage in bench.stages]
    assert all(command.startswith("codex-loop measure --dataset dataset") for command in shown)
    assert not any("--name" in command for command in shown)  # a name that is taken is refused
