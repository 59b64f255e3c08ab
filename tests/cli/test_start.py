"""What a command does not import: the start of the usual commands stays small."""

import subprocess
import sys

import pytest

from codex_loop.cli.app import COMMANDS

HEAVY = {
    "cyclopts",
    "rich",
    "sqlalchemy",
    "alembic",
    "numpy",
    "pydantic",
    "psycopg",
    "hyperscan",
    "inspect",
    "typing_extensions",
}
HOT = ("sessions", "show", "search", "status", "doctor", "usage daily", "usage session")
MODULES_AFTER = """
import sys
from codex_loop.__main__ import main
code = main({words!r})
print("\\n", *sys.modules)
sys.exit(code)
"""


def modules_after(words: list[str]) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", MODULES_AFTER.format(words=words)], capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1, 3, 4), done.stderr
    assert "Traceback" not in done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_pages_about_the_product_import_neither_codecs_nor_commands(words: list[str]) -> None:
    loaded = modules_after(words)
    assert loaded.isdisjoint({*HEAVY, "msgspec", "sqlite3", "codex_loop.store"})


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_the_page_without_a_command_imports_nothing_heavy(words: list[str]) -> None:
    assert modules_after(words).isdisjoint(HEAVY)


@pytest.mark.parametrize("name", [name for name in HOT if name in COMMANDS])
def test_a_command_that_runs_often_imports_nothing_heavy(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = tmp_path_factory.mktemp("store") / "none.db"
    words = [*name.split(), *(["any"] if name in ("show", "search") else []), "--db", str(store)]
    assert modules_after(words).isdisjoint(HEAVY)


def test_whoever_needs_the_skipped_typing_backport_still_gets_it() -> None:
    probe = (
        "from codex_loop.cli.app import COMMANDS, HOME, load; load(HOME);"
        "import sys; assert 'typing_extensions' not in sys.modules; import typing_extensions, cyclopts;"
        "assert typing_extensions.TypedDict"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)
