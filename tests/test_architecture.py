"""The house rules a reader relies on: where things are, how long they get, what they are called."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import codex_loop

ROOT = Path(__file__).parent.parent
PACKAGE = Path(codex_loop.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)
ROOMS = sorted(path.parent for path in MODULES if path.name == "__init__.py" and path.parent.parent == PACKAGE)
LONGEST_FILE = 500
LONGEST_FUNCTION = 60
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    module = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(module) or not module.body


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_holds_one_noun_and_its_functions_one_step(path: Path) -> None:
    assert path.stem not in NAMES_THAT_SAY_NOTHING
    assert path.read_text(encoding="utf-8").count("\n") <= LONGEST_FILE
    assert [(name, lines) for name, lines in functions(path) if lines > LONGEST_FUNCTION] == []


@pytest.mark.parametrize("room", ROOMS, ids=named)
def test_a_room_says_where_to_begin(room: Path) -> None:
    docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    assert len((docstring or "").splitlines()) >= 3


def test_every_room_has_its_place_in_the_direction_of_imports() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = configuration["tool"]["importlinter"]["contracts"][0]["layers"]
    places = {name.strip(" ()") for line in layers for name in line.split("|")}
    assert {room.name for room in ROOMS} <= places


def test_contributing_shows_every_room() -> None:
    shown = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [room.name for room in ROOMS if f"{room.name}/" not in shown] == []


def test_a_command_module_leaves_parsing_to_the_frame() -> None:
    frame = {"__init__.py", "app.py", "framework.py"}
    importing = [
        path.name
        for path in (PACKAGE / "cli").glob("*.py")
        if path.name not in frame and "cyclopts" in path.read_text(encoding="utf-8")
    ]
    assert importing == []
