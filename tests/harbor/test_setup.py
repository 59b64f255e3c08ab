"""`measure setup`: what is installed, from what, and what happens when it cannot be."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from codex_loop.errors import Degraded, MissingTool
from codex_loop.harbor import setup as setting_up
from codex_loop.harbor import workshop
from codex_loop.harbor.environments import available, bubblewrap, choose, docker
from codex_loop.harbor.installing import find_python
from codex_loop.harbor.place import VERSION, Harbor, home, managed
from codex_loop.harbor.progress import Step
from codex_loop.harbor.sandbox import PYTEST
from codex_loop.harbor.setup import setup
from tests.harbor.pretend import pretend

posix = pytest.mark.skipif(sys.platform == "win32", reason="the programs that pretend are scripts")


@pytest.mark.parametrize("pins", [setting_up.PINS, workshop.PINS])
def test_every_pinned_package_has_a_hash_and_none_an_address(pins: Path) -> None:
    text = pins.read_text(encoding="utf-8")
    packages = re.findall(r"^[a-zA-Z0-9_.-]+==\S+.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+", text, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^[a-zA-Z0-9]", text, re.MULTILINE))
    assert "://" not in text


def test_the_pins_hold_the_versions_that_the_code_names() -> None:
    assert f"harbor=={VERSION} " in setting_up.PINS.read_text(encoding="utf-8")
    assert f"pytest=={PYTEST} " in workshop.PINS.read_text(encoding="utf-8")


@posix
def test_without_a_new_enough_python_it_says_which_one_and_how_to_get_it(tmp_path: Path) -> None:
    old = 'print(\'{"version": "3.9.2", "prefix": "/usr", "program": "/usr/bin/python3"}\')'
    folder = pretend(tmp_path, old, name="python3").parent
    environ = {"PATH": str(folder), "PYENV_ROOT": str(tmp_path), "UV_PYTHON_INSTALL_DIR": str(tmp_path)}
    with pytest.raises(MissingTool, match=r"Python 3\.12 to 3\.14.*found 3\.9\.2.*uv python install"):
        find_python(environ)


@posix
def test_a_launcher_without_its_python_is_passed_over(tmp_path: Path) -> None:
    broken = pretend(tmp_path / "one", "sys.exit('not installed')", name="python3").parent
    new = 'print(\'{"version": "3.13.1", "prefix": "/usr", "program": "/usr/bin/python3.13"}\')'
    works = pretend(tmp_path / "two", new, name="python").parent
    environ = {"PATH": f"{broken}:{works}", "PYENV_ROOT": str(tmp_path), "UV_PYTHON_INSTALL_DIR": str(tmp_path)}
    assert find_python(environ).version == "3.13.1"


@posix
def test_docker_without_a_daemon_is_not_usable_and_says_why(tmp_path: Path) -> None:
    folder = pretend(tmp_path, "sys.exit('Cannot connect to the Docker daemon')", name="docker").parent
    found = docker({"PATH": str(folder)})
    assert (found.usable, found.detail) == (False, "its daemon does not answer; start it")
    assert "not on the PATH" in docker({"PATH": str(tmp_path)}).detail


@posix
def test_docker_without_compose_is_not_usable_and_says_why(tmp_path: Path) -> None:
    body = "print('28.2.2') if sys.argv[1] == 'version' else sys.exit('unknown command: docker compose')"
    found = docker({"PATH": str(pretend(tmp_path, body, name="docker").parent)})
    assert (found.usable, found.detail) == (False, "its compose plugin (version 2) is missing; install it")


@posix
def test_docker_with_a_daemon_is_chosen_first(tmp_path: Path) -> None:
    folder = pretend(tmp_path, "print('28.2.2')", name="docker").parent
    chosen = choose(None, {"PATH": str(folder)})
    assert (chosen.kind, chosen.flag) == ("docker", "docker")


@posix
def test_without_any_environment_both_are_named_with_their_reasons(tmp_path: Path) -> None:
    with pytest.raises(MissingTool) as raised:
        choose(None, {"PATH": str(tmp_path), "CODEX_LOOP_HARBOR_HOME": str(tmp_path)})
    assert "docker: docker is not on the PATH" in str(raised.value)
    assert "bubblewrap: " in str(raised.value)


@pytest.mark.parametrize("asked", ["docker", "bubblewrap"])
def test_an_environment_that_was_asked_for_is_not_replaced_by_another(tmp_path: Path, asked: str) -> None:
    with pytest.raises(MissingTool, match=f"the environment {asked}"):
        choose(asked, {"PATH": str(tmp_path), "CODEX_LOOP_HARBOR_HOME": str(tmp_path)})


def test_an_environment_of_somebody_else_is_handed_on_as_it_is() -> None:
    chosen = choose("my.module:Class", {})
    assert (chosen.kind, chosen.flag, chosen.variables) == ("my.module:Class", "my.module:Class", {})


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox exists on Linux only")
def test_a_sandbox_without_its_python_names_the_command_that_brings_it(tmp_path: Path) -> None:
    program = pretend(tmp_path, "print('bubblewrap 0.8.0')", name="bwrap")
    found = bubblewrap({"PATH": str(program.parent), "CODEX_LOOP_HARBOR_HOME": str(tmp_path / "cache")})
    assert not found.usable
    assert "codex-loop measure setup" in found.detail


@pytest.mark.contract
def test_what_is_there_is_not_touched_again(harbor: Harbor) -> None:
    told: list[Step] = []
    before = {path: path.stat().st_mtime_ns for path in (harbor.program, home(), workshop.home())}
    assert setup(told.append) == harbor
    assert [step.note for step in told] == ["already there"]
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.contract
def test_an_installation_that_fails_leaves_nothing_that_counts(harbor: Harbor, tmp_path: Path) -> None:
    # No index is asked: what the pins name cannot be had, as without a network.
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))},
        "CODEX_LOOP_HARBOR_HOME": str(tmp_path),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "UV_OFFLINE": "1",
        "UV_NO_CACHE": "1",
    }
    (home(environ) / "bin").mkdir(parents=True)
    (home(environ) / "bin" / "harbor").touch()
    with pytest.raises(Degraded, match=r"Harbor 0\.25\.0 could not be installed: .*aiohappyeyeballs"):
        setup(environ=environ)
    assert managed(environ) is None


@pytest.mark.contract
def test_bubblewrap_is_usable_once_it_is_set_up(harbor: Harbor) -> None:
    found = {each.name: each for each in available()}
    assert found["bubblewrap"].usable
    assert "bubblewrap" in found["bubblewrap"].detail
