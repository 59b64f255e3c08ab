"""Heavy programs are installed whole, once, and a broken folder is made anew."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tools import install
from tools.catalog import MARKER, MissingToolError, Tool, cache_folder, find

TOOL = Tool("ccusage", "ccusage", "1.2.3")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEX_LOOP_TOOLS", str(tmp_path / "tools"))
    return tmp_path / "tools"


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that puts a tiny program where the real package has its binary; it counts how often it was asked."""
    if sys.platform == "win32":
        pytest.skip("the stand-in programs are shell scripts")
    folder = tmp_path / "bin"
    folder.mkdir()
    asked = tmp_path / "asked"
    place = "node_modules/@ccusage/ccusage-$1/bin"
    script = f'#!/bin/sh\necho "$@" >> {asked}\nfor p in linux-x64 linux-arm64 darwin-x64 darwin-arm64; do\n'
    script += f"  set -- $p; mkdir -p {place}; printf '#!/bin/sh\\necho ccusage 1.2.3\\n' > {place}/ccusage\ndone\n"
    for name, text in (("npm", script), ("node", "#!/bin/sh\n")):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return asked


def test_a_program_is_installed_once(npm: Path) -> None:
    assert install.ensure(TOOL) == "ccusage 1.2.3: installed"
    assert install.ensure(TOOL) == "ccusage 1.2.3: already there"
    assert npm.read_text(encoding="utf-8").count("ccusage@1.2.3") == 1


def test_a_folder_that_works_is_adopted(npm: Path) -> None:
    install.ensure(TOOL)
    (TOOL.folder / MARKER).unlink()
    assert install.ensure(TOOL) == "ccusage 1.2.3: adopted"
    assert json.loads((TOOL.folder / MARKER).read_text(encoding="utf-8"))["version"] == "1.2.3"


def test_a_half_installed_folder_is_made_anew(npm: Path) -> None:
    (TOOL.folder / "node_modules").mkdir(parents=True)
    (TOOL.folder / "node_modules" / "left-over").write_text("x", encoding="utf-8")
    assert install.ensure(TOOL) == "ccusage 1.2.3: installed"
    assert not (TOOL.folder / "node_modules" / "left-over").exists()
    assert Path(TOOL.command()[-1]).is_file()


def test_nothing_half_done_stays_behind(npm: Path, cache: Path) -> None:
    install.ensure(TOOL)
    assert [path.name for path in cache.iterdir()] == ["ccusage-1.2.3"]


def test_without_npm_the_sentence_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install.main(["ccusage"]) == install.MISSING
    assert "install Node.js" in capsys.readouterr().err


def test_an_unknown_choice_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert install.main(["everything"]) == 2
    assert "choose from" in capsys.readouterr().err


def test_an_absent_program_names_the_command_that_installs_it() -> None:
    with pytest.raises(MissingToolError, match="make tools"):
        find("codex", "0.169.0")


def test_the_cache_folder_can_be_chosen(cache: Path) -> None:
    assert cache_folder() == cache
