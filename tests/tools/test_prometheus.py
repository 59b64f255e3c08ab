"""The Prometheus programs are unpacked once, whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tools import prometheus
from tools.catalog import MissingToolError

_APT = """#!/bin/sh
echo "$1" >> {asked}
test -e {refusing} && {{ echo "E: no such package" >&2; exit 100; }}
: > p.deb
"""
_DPKG = """#!/bin/sh
mkdir -p "$3/usr/bin"
for name in promtool prometheus; do
  printf '#!/bin/sh\\necho version\\n' > "$3/usr/bin/$name"; chmod 755 "$3/usr/bin/$name"
done
"""


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt whose package holds two tiny programs; the file says what it was asked."""
    if sys.platform != "linux":
        pytest.skip("the package is Debian's")
    folder, asked = tmp_path / "bin", tmp_path / "asked"
    folder.mkdir()
    script = _APT.format(asked=asked, refusing=tmp_path / "refusing")
    for name, text in (("apt-get", script), ("dpkg-deb", _DPKG)):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("CODEX_LOOP_TOOLS", str(tmp_path / "tools"))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin{os.pathsep}/usr/sbin")
    if Path("/bin/promtool").exists():
        pytest.skip("this machine has Prometheus installed")
    return asked


def test_the_programs_are_unpacked_once(apt: Path) -> None:
    assert prometheus.ensure().startswith("Prometheus: installed")
    assert prometheus.ensure().startswith("Prometheus: already there")
    assert apt.read_text(encoding="utf-8") == "download\n"
    assert Path(prometheus.find("promtool")).is_file()


def test_nothing_half_done_stays_behind(apt: Path, tmp_path: Path) -> None:
    (tmp_path / "refusing").touch()
    with pytest.raises(MissingToolError, match="no such package"):
        prometheus.ensure()
    assert list((tmp_path / "tools").iterdir()) == []


def test_an_absent_program_names_the_command_that_installs_it(apt: Path) -> None:
    with pytest.raises(MissingToolError, match="make tools"):
        prometheus.find("promtool")
