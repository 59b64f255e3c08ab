"""From the words of a command line to an exit code and a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import codex_loop
from codex_loop.cli.app import COMMANDS, Command, find, run
from codex_loop.errors import Exit, StoreLocked, StoreMissing

HERE = "tests.cli.test_app"
TABLE = {
    "look": Command(f"{HERE}:look", "Look at one thing.", "look"),
    "usage daily": Command(f"{HERE}:look", "Tokens by day.", "usage"),
    "usage weekly": Command(f"{HERE}:look", "Tokens by week.", "usage"),
    "signals": Command(f"{HERE}:look", "Detect signals.", "loop"),
    "signals list": Command(f"{HERE}:look", "List signals.", "loop"),
    "fail": Command(f"{HERE}:fail", "Fail in a chosen way.", "look"),
}
FAILURES: dict[str, BaseException] = {
    "locked": StoreLocked("x.db"),
    "missing": StoreMissing("x.db"),
    "stopped": KeyboardInterrupt(),
    "disk": OSError(28, "No space left on device", "x.db"),
    "bug": ZeroDivisionError("division by zero"),
}


def look(text: str = "", /, *, limit: int = 20) -> int:
    """Look at one thing.

    Examples:
        codex-loop look --limit 5

    Args:
        text: Words to look for.
        limit: At most this many.
    """
    print(f"{text}:{limit}")
    return Exit.FINDING if limit == 1 else Exit.OK


def fail(how: str, /) -> int:
    raise FAILURES[how]


def codex_loop_process(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "codex_loop", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def test_a_command_is_called_with_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["look", "here", "--limit", "3"], TABLE) == 0
    assert capsys.readouterr().out == "here:3\n"


def test_the_exit_code_of_a_command_is_the_exit_code_of_the_process() -> None:
    assert run(["look", "--limit", "1"], TABLE) == Exit.FINDING


def test_words_only_the_framework_reads_reach_the_command_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["look", "--limit", "0x10"], TABLE) == 0
    assert capsys.readouterr().out == ":16\n"


@pytest.mark.parametrize(
    ("words", "name", "rest"),
    [
        (["usage", "daily", "--json"], "usage daily", ["--json"]),
        (["signals"], "signals", []),
        (["signals", "list"], "signals list", []),
        (["signals", "--json", "list"], "signals", ["--json", "list"]),
        (["look", "signals"], "look", ["signals"]),
    ],
)
def test_the_longest_name_wins(words: list[str], name: str, rest: list[str]) -> None:
    match = find(words, TABLE)
    assert match is not None
    assert (match.name, list(match.rest)) == (name, rest)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["lok"], "codex-loop: there is no command `lok`; did you mean `codex-loop look`?\n"),
        (["zzzz"], "codex-loop: there is no command `zzzz`; see `codex-loop --help`\n"),
        (["usage", "dayly"], "codex-loop: there is no command `usage dayly`; did you mean `codex-loop usage daily`?\n"),
        (["look", "--limti", "3"], "Did you mean --limit?; see `codex-loop look --help`\n"),
        (["look", "--limit", "many"], '"many" into int; see `codex-loop look --help`\n'),
        (["look", "a", "b"], "Unused Tokens: ['b']; see `codex-loop look --help`\n"),
        (["--sideways"], "--sideways; see `codex-loop --help`\n"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words, TABLE) == Exit.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(sentence)
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ("locked", 4, "being written by another process"),
        ("missing", 3, "run `codex-loop ingest`"),
        ("stopped", 130, "interrupted"),
        ("disk", 4, "x.db: No space left on device"),
        ("bug", 70, "ZeroDivisionError"),
    ],
)
def test_a_failure_is_one_sentence_and_its_exit_code(
    how: str, code: int, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEX_LOOP_DEBUG", raising=False)
    assert run(["fail", how], TABLE) == code
    said = capsys.readouterr().err
    assert said.startswith("codex-loop: ")
    assert words in said
    assert said.count("\n") == 1


def test_debugging_shows_the_stack_as_well(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_LOOP_DEBUG", "1")
    assert run(["fail", "bug"], TABLE) == Exit.BUG
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--help", "-h", "help"])
def test_the_overview_lists_every_command_once_by_group(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([flag], TABLE) == 0
    lines = [line.split("  ")[1] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert lines == ["look", "fail", "usage daily", "usage weekly", "signals", "signals list"]


@pytest.mark.parametrize("words", [["usage"], ["usage", "--help"]])
def test_a_family_without_a_command_of_its_own_lists_its_members(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words, TABLE) == 0
    said = capsys.readouterr().out
    assert "usage weekly" in said
    assert "signals" not in said


def test_the_help_of_a_command_shows_its_parameters_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["look", "--help"], TABLE) == 0
    said = capsys.readouterr().out
    assert "At most this many" in said
    assert "codex-loop look --limit 5" in said


def test_a_family_within_a_family_lists_its_members(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["usage", "import"]) == 0
    said = capsys.readouterr().out
    assert "usage import ccusage" in said
    assert "usage daily" not in said


def test_a_help_page_breaks_lines_where_the_page_ends_and_nowhere_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert run(["usage", "blocks", "--help"]) == 0
    said = capsys.readouterr().out
    assert "What a provider itself said of its windows" in said.splitlines()[4]


def test_the_version_is_the_package_version() -> None:
    assert codex_loop_process("--version").stdout == f"codex-loop {codex_loop.__version__}\n"


def test_every_overview_line_fits_the_page() -> None:
    said = codex_loop_process("--help").stdout
    assert [line for line in said.splitlines() if len(line) > 80] == []
    assert all(name in said for name in COMMANDS)


def test_without_a_store_the_next_step_is_named(tmp_path: Path) -> None:
    done = codex_loop_process(HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path), USERPROFILE=str(tmp_path))
    assert done.returncode == 0
    assert "codex-loop daily" in done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a shell pipe of POSIX")
def test_a_reader_that_stops_early_causes_no_complaint() -> None:
    done = subprocess.run(
        f"{sys.executable} -m codex_loop --help | true", shell=True, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_output_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    store = tmp_path / "störe.db"
    done = subprocess.run(
        [sys.executable, "-m", "codex_loop", "--json", "--db", str(store)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert "störe.db" in done.stdout.decode("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="there, every ~name is a folder beside one's own")
def test_the_home_of_nobody_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["usage", "import", "ccusage", "~nobody-of-that-name/report.json"]) == Exit.USAGE
    assert "write the path whole" in capsys.readouterr().err
