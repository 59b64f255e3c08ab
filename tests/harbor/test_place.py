"""Which Harbor is run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from codex_loop.errors import Exit, HarborUnusable, MissingTool
from codex_loop.harbor.place import MARKER, VERSION, clean_environment, find, home, managed
from codex_loop.settings import Settings, load
from tests.harbor.pretend import pretend, versioned

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs that pretend are scripts")


def settings(harbor: Path | str | None = None) -> Settings:
    return load({"harbor": harbor if harbor is None else str(harbor)}, environ={})


def environ(tmp_path: Path, *folders: Path) -> dict[str, str]:
    """An environment in which nothing of this machine is found."""
    path = ":".join(str(folder / "bin") for folder in folders)
    return {"PATH": path or str(tmp_path / "nothing"), "CODEX_LOOP_HARBOR_HOME": str(tmp_path / "home")}


def install(variables: dict[str, str]) -> Path:
    folder = home(variables)
    program = versioned(folder, VERSION)
    (folder / MARKER).write_text(json.dumps({"version": VERSION}), encoding="utf-8")
    return program


def test_without_any_harbor_both_ways_to_install_it_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingTool) as raised:
        find(settings(), environ(tmp_path))
    assert "codex-loop measure setup" in str(raised.value)
    assert "uv tool install harbor" in str(raised.value)
    assert raised.value.exit_code is Exit.MISSING


def test_the_one_that_the_settings_name_comes_first(tmp_path: Path) -> None:
    variables = environ(tmp_path, tmp_path / "path")
    versioned(tmp_path / "path", "0.25.3")
    install(variables)
    named = versioned(tmp_path / "named", "0.25.1", name="my-harbor")
    assert find(settings(named), variables) == (named, "0.25.1", "settings")


def test_a_supported_one_on_the_path_comes_before_the_managed_one(tmp_path: Path) -> None:
    variables = environ(tmp_path, tmp_path / "path")
    program = versioned(tmp_path / "path", "0.25.3")
    install(variables)
    assert find(settings(), variables) == (program, "0.25.3", "path")


@pytest.mark.parametrize("version", ["0.19.0", "0.26.0", "1.0.0"])
def test_another_version_on_the_path_is_passed_over(tmp_path: Path, version: str) -> None:
    variables = environ(tmp_path, tmp_path / "path")
    versioned(tmp_path / "path", version)
    program = install(variables)
    assert find(settings(), variables) == (program, VERSION, "managed")


def test_when_only_an_old_one_is_there_its_version_and_the_needed_one_are_said(tmp_path: Path) -> None:
    versioned(tmp_path / "path", "0.19.0")
    with pytest.raises(MissingTool, match=r"is 0\.19\.0, and 0\.25\.x is needed"):
        find(settings(), environ(tmp_path, tmp_path / "path"))


def test_a_named_one_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingTool, match="the setting `harbor`"):
        find(settings(tmp_path / "nothing"), environ(tmp_path))


def test_a_named_one_of_another_version_is_not_replaced_behind_the_users_back(tmp_path: Path) -> None:
    variables = environ(tmp_path)
    install(variables)
    with pytest.raises(HarborUnusable, match=r"is Harbor 0\.19\.0, and 0\.25\.x is needed"):
        find(settings(versioned(tmp_path / "old", "0.19.0")), variables)


def test_a_named_one_that_does_not_say_its_version_is_refused(tmp_path: Path) -> None:
    program = pretend(tmp_path / "odd", "sys.exit(3)")
    with pytest.raises(HarborUnusable, match="does not say its version"):
        find(settings(program), environ(tmp_path))


def test_the_version_is_read_beside_the_program_without_starting_it(tmp_path: Path) -> None:
    root = tmp_path / "tool"
    program = pretend(root, "sys.exit('it was started')")
    (root / "lib" / "python3.12" / "site-packages" / "harbor-0.25.7.dist-info").mkdir(parents=True)
    assert find(settings(program), environ(tmp_path)) == (program, "0.25.7", "settings")


def test_half_an_installation_is_none(tmp_path: Path) -> None:
    variables = environ(tmp_path)
    (install(variables).parent.parent / MARKER).unlink()
    assert managed(variables) is None


def test_harbor_does_not_see_the_python_we_run_in_and_tells_nobody_of_its_runs() -> None:
    made = clean_environment({"PATH": "/bin", "VIRTUAL_ENV": "/x", "PYTHONPATH": "/y", "PYTHONHOME": "/z"})
    assert not {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"} & set(made)
    assert (made["PATH"], made["HARBOR_TELEMETRY"], made["LITELLM_LOCAL_MODEL_COST_MAP"]) == ("/bin", "0", "True")


def test_a_person_may_let_harbor_tell_of_its_runs() -> None:
    assert clean_environment({"HARBOR_TELEMETRY": "1"})["HARBOR_TELEMETRY"] == "1"
