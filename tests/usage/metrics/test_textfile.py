"""`codexloop.prom` is whole whenever the collector looks, and readable to it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from codex_loop.usage.metrics import textfile
from codex_loop.usage.metrics.family import Sample, gauge

FAMILIES = [gauge("codexloop_build_info", "Always 1.", [Sample({"version": "1"}, 1)])]


def test_the_file_ends_with_a_newline_and_has_no_times(tmp_path: Path) -> None:
    place = textfile.write(tmp_path, FAMILIES)
    assert place.name == "codexloop.prom"
    *lines, end = place.read_bytes().decode().split("\n")
    assert end == ""
    assert lines[-1] == 'codexloop_build_info{version="1"} 1.0'


def test_another_user_may_read_it(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has other rights")
    assert stat.S_IMODE(textfile.write(tmp_path, FAMILIES).stat().st_mode) == 0o644


def test_a_second_one_replaces_the_first_and_nothing_else_stays(tmp_path: Path) -> None:
    textfile.write(tmp_path, FAMILIES)
    textfile.write(tmp_path, [gauge("codexloop_store_up", "Up.", [Sample({}, 0)])])
    (left,) = tmp_path.iterdir()
    assert left.read_text(encoding="utf-8").endswith("codexloop_store_up 0.0\n")


def test_what_cannot_be_put_there_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "codexloop.prom").mkdir()
    (tmp_path / "codexloop.prom" / "x").touch()
    with pytest.raises(OSError, match="codexloop"):
        textfile.write(tmp_path, FAMILIES)
    assert [path.name for path in tmp_path.iterdir()] == ["codexloop.prom"]


def test_until_it_is_whole_it_has_a_name_that_the_collector_passes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    replace = Path.replace

    def watched(draft: Path, target: Path) -> Path:
        seen.extend(path.name for path in tmp_path.iterdir())
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", watched)
    textfile.write(tmp_path, FAMILIES)
    assert len(seen) == 1
    assert not seen[0].endswith(".prom")
