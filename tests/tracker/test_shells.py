"""The short commands, in the shells they are for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from codex_loop.usage.tracker.shells import Shell, script

NAMES = ["os", "oe", "ox", "od", "od1", "od2", "as", "ae", "ax", "ad", "zs", "ze", "zx", "zd", "occ", "acm"]
SHELLS: tuple[Shell, ...] = ("bash", "zsh", "fish")
SAID = {
    "os": "alias start codex --stdin",
    "ax --window W0-09": "alias cross claude --window W0-09 --stdin",
    "ze --file x": "alias end glm --file x",
    "oe --help": "alias end codex --help",
    "od": "alias delete codex",
    "ad": "alias delete claude",
    "od1": "alias delete codex --phase after --index 1",
    "od2": "alias delete codex --phase after --index 2",
    "occ --window W0-01": "ingest codex-ccusage --scope session --window W0-01 --stdin",
    "occ daily --window W0-01": "ingest codex-ccusage --scope daily --window W0-01 --stdin",
    "occ weekly --window W0-01 --run": "ingest codex-ccusage --scope weekly --window W0-01 --run",
    "occ monthly --window W0-01 --file=x": "ingest codex-ccusage --scope monthly --window W0-01 --file=x",
    "acm --window W0-01": "ingest claude-monitor --window W0-01 --stdin",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_every_short_command_is_there_once(shell: Shell) -> None:
    text = script(shell)
    for name in NAMES:
        assert sum(line.startswith((f"function {name} ", f"function {name};")) for line in text.splitlines()) <= 1
        assert f"function {name}" in text


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line", SAID)
def test_a_short_command_becomes_the_long_one(shell: Shell, line: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    spoken = "function tracker; echo $argv; end" if shell == "fish" else 'tracker() { echo "$*"; }'
    file = tmp_path / "aliases"
    file.write_text(f"{spoken}\n{script(shell)}\n{line}\n", encoding="utf-8")
    done = subprocess.run([program, str(file)], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert (done.stdout.strip(), done.stderr) == (SAID[line], "")


def test_aliases_of_the_user_do_not_get_in_the_way(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    file = tmp_path / "rc"
    file.write_text(
        f"shopt -s expand_aliases\nalias od='octal'\ntracker() {{ echo \"$*\"; }}\n{script('bash')}\n", encoding="utf-8"
    )
    line = f'source "{file}"\nod\n'
    done = subprocess.run([bash, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "alias delete codex"
